"""The guide to access can be followed on two nodes, from the first command to the last."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from support import opening
from support.following import Followed, follow
from support.nodes import Node, a_node
from support.partners import introduce
from support.supply import a_model, a_provider, a_supplier, an_organisation
from support.upstream import a_fake_upstream

from corridor.access import People
from corridor.assurance import Assurance

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "guides" / "trusted-access.md").read_text(encoding="utf-8")
LANGUAGES = ("en-Latn", "hi-Deva", "ja-Jpan")
VENDORS = ("gemma-3-270m", "a5" * 32)
PARTNERS = ("smollm2-135m-instruct", "b1" * 32)


def _vendor_side(india: Node, upstream: str) -> None:
    """Play what the demonstration has done at node in, with models that answer at once."""
    model, digest = VENDORS
    vendor = india.add_provider("vendor-gemma", upstream, model=model, sha256=digest)
    india.offer("helpline", [vendor.name])
    runtime = india.runtime
    with runtime.store.transaction("test") as tx:
        office = an_organisation("helpline-office", country="IN", visibility="partners")
        tx.append(office)
        people = runtime.service(People)
        people.register(tx, "asha", "person", office.name, ("operator",))
        people.register(tx, "ravi", "person", office.name, ("approver",))
        opening.vouch_for(runtime, tx, vendor)


def _partner_side(japan: Node, upstream: str) -> None:
    model, digest = PARTNERS
    with japan.runtime.store.transaction("test") as tx:
        tx.append(a_supplier())
        tx.append(a_model(model, sha256=digest, visibility="public"))
    provider = japan.add_provider("smollm2-local", upstream, model=model, sha256=digest)
    japan.offer("small", [provider.name])
    runtime = japan.runtime
    with runtime.store.transaction("test") as tx:
        for language in LANGUAGES:
            made = opening.an_evaluation(provider, language, runtime.store.clock())
            tx.append(made.model_copy(update={"visibility": "public"}))
        opening.vouch_for(runtime, tx, provider)


def _borrow(india: Node, japan: Node) -> None:
    model, digest = PARTNERS
    runtime = india.runtime
    with runtime.store.transaction("test") as tx:
        tx.append(a_supplier("jp"))
        lent = a_provider(
            "jp-smollm2",
            f"{japan.address}/v1",
            credential="node:jp",
            served="smollm2-local",
            supplier="jp",
            model=model,
            model_sha256=digest,
        )
        tx.append(lent)
        runtime.service(Assurance).rate(tx, model, 0, "so that a test may use it", sha256=digest)
    introduce(india.runtime, japan.runtime)
    introduce(japan.runtime, india.runtime)


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Followed]:
    folder = tmp_path_factory.mktemp("guide")
    demo = folder / "var" / "demo"
    demo.mkdir(parents=True)
    with ExitStack() as stack:
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        upstream = stack.enter_context(a_fake_upstream("own"))
        india = stack.enter_context(a_node(demo, "in"))
        japan = stack.enter_context(a_node(demo, "jp"))
        _vendor_side(india, upstream.url)
        _partner_side(japan, upstream.url)
        _borrow(india, japan)
        japan.start()
        india.start()
        monkeypatch.chdir(folder)
        yield follow(GUIDE, folder, india.address)


@pytest.mark.timeout(500)
def test_every_command_of_the_guide_works(followed: Followed) -> None:
    assert followed.returncode == 0, followed.steps[-1] + followed.errors
    assert len(followed.steps) == len(followed.shells) + 1


def test_the_draft_says_what_it_still_needs(followed: Followed) -> None:
    assert "needs days: is missing" in followed.after("draft=$(")


def test_the_request_waits_for_another_person_and_what_is_granted_is_less(
    followed: Followed,
) -> None:
    assert "the approval of another person" in followed.after("access submit $draft")
    assert "{'requests': 50}" in followed.after("access approve $request ")


def test_the_granted_language_is_answered_and_another_is_refused(followed: Followed) -> None:
    said = followed.after("vendor-gemma ja-Jpan")
    assert re.search(r"^answered \S+ by vendor-gemma$", said, re.MULTILINE)
    assert "language_not_granted" in said
    assert "a grant that covers the language" in followed.after("access explain $refused")


def test_a_key_that_was_renewed_opens_what_the_old_one_did(followed: Followed) -> None:
    assert re.search(r"^answered ", followed.after("access/keys/renew"), re.MULTILINE)


def test_the_top_tier_opens_after_the_partners_word_and_not_before(followed: Followed) -> None:
    said = followed.after("access approve $request3")
    assert "It opens nothing before jp's countersignature" in said
    before, after = said.split("This node agrees: ")
    assert "too_few_countries, not_countersigned" in before
    assert "by jp-smollm2" not in before
    assert "by jp-smollm2" in after


def test_what_is_closed_is_refused_and_the_account_holds(followed: Followed) -> None:
    assert "so: revoked." in followed.after("access suspend grant")
    account = followed.after("access audit --verify")
    assert "denied: language_not_granted" in account
    assert re.search(r"^ in/audit .* 0 *$", account, re.MULTILINE)


def test_a_policy_closes_as_its_diff_said(followed: Followed) -> None:
    assert "nobody_watches would close" in followed.after("access diff now")
    said = followed.after("policy publish watched")
    assert "so: nobody_watches." in said
    assert "allowed: granted" in said


def test_the_partner_sees_a_pseudonym_until_it_is_told_the_name(followed: Followed) -> None:
    assert "by jp-smollm2" in followed.after("access approve $request2")
    seen = followed.after("--home var/demo/jp access grant show $grant2\ncorridor")
    assert "pseudonym" in seen
    assert "meera" not in seen
    assert "all known" in followed.after("var/demo/jp access leases")
    assert "is the person meera of helpline-office" in followed.after("access resolved")
    assert "the leaflets are printed" in followed.after("var/demo/jp access revocations")


def test_a_model_that_was_named_for_a_tier_is_granted(followed: Followed) -> None:
    said = followed.after("access approve $any")
    assert re.search(r"^gemma-3-270m: request [0-9a-f]{32}\nGranted: ", said, re.MULTILINE)
    assert re.search(r"^  stands +named$", said, re.MULTILINE)
