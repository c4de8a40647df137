"""The scenario of a fallback that may be used in one language and not in another."""

from collections.abc import Iterator

from support.partners import until
from support.stages import Seen, Stage

from acceptance.scenario import Check, is_clean_error, is_whole, scenario

HINDI, JAPANESE = "hi-Deva", "ja-Jpan"
TEXTS = {HINDI: "आपके कार्यालय का समय क्या है?", JAPANESE: "窓口は何時から開いていますか?"}


@scenario(
    "S19",
    "A fallback for one language",
    "Who steps in is eligible in the caller's language; where nobody is, that is said.",
    {"gateway": {"failures_to_open": 1000}},
)
def eligible_in_one(stage: Stage) -> Iterator[Check]:
    stage.node.add_provider(
        "gamma",
        stage.beta.url,
        supplier="gamma-inc",
        model="narrow",
        sha256="cd" * 32,
        languages=(HINDI,),
    )
    stage.node.offer("words", ["alpha", "gamma"], (HINDI, JAPANESE))
    until(lambda: _ask(stage, HINDI).status == 200)
    stage.reset()
    stage.alpha.mode = "503"
    for stream in (False, True):
        hindi = _ask(stage, HINDI, stream=stream)
        yield Check("Hindi: the fallback answers", is_whole(hindi, "gamma"), _told(hindi))
    asked = stage.beta.asked
    for stream in (False, True):
        japanese = _ask(stage, JAPANESE, stream=stream)
        yield Check("Japanese: a clean error", is_clean_error(japanese), _told(japanese))
    yield Check("Japanese: the fallback hears nothing", stage.beta.asked == asked)
    stage.alpha.mode = "answer"
    back = _ask(stage, JAPANESE)
    yield Check("Japanese: the first, once it is well", is_whole(back, "alpha"))


def _ask(stage: Stage, language: str, *, stream: bool = False) -> Seen:
    messages = [{"role": "user", "content": TEXTS[language]}]
    return stage.ask(model="words", stream=stream, messages=messages)


def _told(seen: Seen) -> str:
    return f"status {seen.status}"
