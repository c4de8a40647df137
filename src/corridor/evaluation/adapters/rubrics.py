"""The words that come with Corridor for judging, one file a language."""

from functools import lru_cache
from importlib.resources import files

import yaml
from pydantic import TypeAdapter

from corridor.core.errors import Invalid
from corridor.evaluation.records.rubrics import JudgingWords

WORDS = TypeAdapter(JudgingWords)


def languages() -> tuple[str, ...]:
    """Return the languages in which a model can be asked to judge."""
    names = (each.name for each in _folder().iterdir())
    return tuple(sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml")))


@lru_cache(maxsize=32)
def words_of(language: str) -> JudgingWords:
    """Return the words of a language.

    Raises:
        Invalid: if there are none.
    """
    if language not in languages():
        raise Invalid(
            f"There are no words to judge in {language} with.",
            hint=f"There are some in {', '.join(languages())}; elsewhere only English is used.",
        )
    value: object = yaml.safe_load((_folder() / f"{language}.yaml").read_text("utf-8"))
    assert isinstance(value, dict)  # noqa: S101  our own file
    return WORDS.validate_python({"tag": language, **value})


def _folder():  # noqa: ANN202  a Traversable, whose home moves between versions of Python
    return files("corridor.evaluation") / "data" / "judging"
