"""Telling policies apart in a text, and showing a text without the names of people."""

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from corridor.access.adapters.cedar import CedarEngine
from corridor.access.rules.policies import statements, version_of, withheld

PIECES = (
    *("permit(principal, action, resource)", " when { true }", ";", "\n", "\r", " "),
    *("// a; comment", '@note("a; b // c")', '"', "\\", "/", "é"),
    *('forbid(principal == Principal::"a;\\"b//", action, resource);',),
)


def is_no_policy(text: str) -> bool:
    try:
        cedarpy.PolicySet.from_str(text)
    except ValueError:
        return True
    return False


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join))
def test_the_policies_of_a_text_are_those_that_cedar_finds_in_it(text: str) -> None:
    try:
        whole = cedarpy.PolicySet.from_str(text)
    except ValueError:
        assert any(is_no_policy(each.text) for each in statements(text))
        return
    apart = [cedarpy.PolicySet.from_str(each.text) for each in statements(text)]
    assert [len(each) for each in apart] == [1] * len(whole)


def test_each_policy_is_found_with_the_line_on_which_it_begins() -> None:
    text = '// first\n@id("a")\npermit(principal, action, resource);\n\n  /* */ forbid;\n// last\n'
    assert [(each.line, each.text) for each in statements(text)] == [
        (2, '@id("a")\npermit(principal, action, resource);'),
        (5, "/* */ forbid;"),
    ]


def test_the_shipped_text_has_a_policy_for_every_semicolon_in_it() -> None:
    found = list(statements(CedarEngine().shipped))
    assert len(found) > 25
    assert all(each.text.startswith("@id") and each.text.endswith(";") for each in found)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('principal == Principal::"tanaka"', 'principal == Principal::"(withheld)"'),
        ('Principal // x\n :: /**/ "tanaka"', 'Principal // x\n :: /**/ "tanaka"'),
        ('Principal // "no"\n :: "tanaka"', 'Principal // "no"\n :: "(withheld)"'),
        (
            '[Principal::"a", Principal::"b\\"c"]',
            '[Principal::"(withheld)", Principal::"(withheld)"]',
        ),
        (f'Principal::"{"ab" * 16}"', f'Principal::"{"ab" * 16}"'),
        ('Model::"tanaka" "Principal::" "x"', 'Model::"tanaka" "Principal::" "x"'),
    ],
)
def test_names_of_principals_are_withheld_and_nothing_else(text: str, shown: str) -> None:
    assert withheld(text) == shown


def test_no_two_sets_of_texts_have_one_version() -> None:
    found = {
        version_of(shipped, texts)
        for shipped in ("", "a")
        for texts in ({}, {"a": ""}, {"": "a"}, {"a": "b", "c": "d"}, {"a": 'b","c":"d'})
    }
    assert len(found) == 10
    assert version_of("a", {"x": "1", "y": "2"}) == version_of("a", {"y": "2", "x": "1"})
