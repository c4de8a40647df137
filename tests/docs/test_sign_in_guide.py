"""The guide to signing in says which settings there are, and its example is one that is taken."""

import re
import tomllib
from pathlib import Path

from corridor.access.settings import AccessSettings, IssuerSettings

GUIDE = (Path(__file__).parents[2] / "docs" / "guides" / "sign-in.md").read_text(encoding="utf-8")


def test_the_settings_of_the_guide_are_taken() -> None:
    (example,) = re.findall(r"^```toml\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)

    settings = AccessSettings.model_validate(tomllib.loads(example)["access"])

    [issuer] = settings.issuers
    assert issuer.organisations == {"Tokyo": "tokyo-institute"}
    assert issuer.model_fields_set == set(IssuerSettings.model_fields)


def test_every_setting_that_is_explained_is_there() -> None:
    explained = re.findall(r"^\| `(\w+)` \|", GUIDE, re.MULTILINE)

    assert explained
    assert set(explained) <= set(IssuerSettings.model_fields)
