"""Templates of pages: nothing that is put in becomes markup, and nothing is left out unsaid."""

import pytest
from jinja2 import UndefinedError

from corridor.core.pages import templates_in

SHIPPED = templates_in("corridor.supply_chain.adapters")
TEMPLATE = "<p>\n{% if name %}\n{{ name }}\n{% endif %}\n"


def test_what_is_put_in_is_text_and_no_markup() -> None:
    page = SHIPPED.from_string(TEMPLATE).render(name="<b> & co")

    assert page == "<p>\n&lt;b&gt; &amp; co\n"


def test_what_is_not_given_is_a_defect() -> None:
    with pytest.raises(UndefinedError, match="name"):
        SHIPPED.from_string(TEMPLATE).render()


def test_the_templates_of_a_package_are_found() -> None:
    assert "assessment.html" in SHIPPED.list_templates()
