"""Live callers of the helpline: the real `openai` client, in three languages at once."""

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

import openai

from corridor.app.demo.roles import SERVICE

QUESTIONS = {
    "en-Latn": (
        "How many seasons are there in a year?",
        "What do plants drink?",
        "What colour is a ripe tomato?",
    ),
    "hi-Deva": (
        "एक साल में कितने महीने होते हैं?",
        "पौधों को जीने के लिए क्या चाहिए?",
        "पके टमाटर का रंग क्या होता है?",
    ),
    "ja-Jpan": (
        "1年には何か月ありますか?",
        "植物が育つには何が必要ですか?",
        "熟したトマトは何色ですか?",
    ),
}
MAX_TOKENS = 8
"""A short answer: one small model on one thread answers everybody."""
PAUSE_SECONDS = 0.2


@dataclass(slots=True)
class Callers:
    """One caller for each language, asking again and again until stopped."""

    address: str
    key: str
    answered: Counter[tuple[str, str]] = field(default_factory=Counter[tuple[str, str]])
    """Answers by language and provider."""
    failed: list[str] = field(default_factory=list[str])
    """What went wrong, one line for each failed request."""
    samples: dict[tuple[str, str], tuple[str, str]] = field(
        default_factory=dict[tuple[str, str], tuple[str, str]]
    )
    """By language and provider: a question and what was answered."""
    _stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self) -> None:
        """Start to call."""
        for language in QUESTIONS:
            thread = threading.Thread(target=self._call, args=(language,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def end(self) -> None:
        """Let every caller finish its request, then stop."""
        self._stop.set()
        for thread in self._threads:
            thread.join()

    @property
    def sent(self) -> int:
        """How many requests were made."""
        return self.answered.total() + len(self.failed)

    def _call(self, language: str) -> None:
        client = openai.OpenAI(base_url=f"{self.address}/v1", api_key=self.key, max_retries=0)
        number = 0
        while not self._stop.is_set():
            question = QUESTIONS[language][number % len(QUESTIONS[language])]
            try:
                ask = _streamed if number % 2 else _whole
                provider, text = ask(client, question, language)
            except openai.OpenAIError as error:
                with self._lock:
                    self.failed.append(f"{language}: {type(error).__name__}: {error}")
            else:
                with self._lock:
                    self.answered[language, provider] += 1
                    self.samples.setdefault((language, provider), (question, text))
            number += 1
            self._stop.wait(PAUSE_SECONDS)
        client.close()


def all_answered(callers: Callers, seconds: float) -> bool:
    """Wait until every language has had an answer; return whether that came in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if {language for language, _ in callers.answered} == set(QUESTIONS):
            return True
        time.sleep(0.1)
    return False


def _whole(client: openai.OpenAI, question: str, language: str) -> tuple[str, str]:
    raw = client.chat.completions.with_raw_response.create(
        model=SERVICE,
        messages=[{"role": "user", "content": question}],
        max_tokens=MAX_TOKENS,
        temperature=0,
        extra_headers={"X-Corridor-Language": language},
    )
    text = raw.parse().choices[0].message.content or ""
    return raw.headers["x-corridor-provider"], text


def _streamed(client: openai.OpenAI, question: str, language: str) -> tuple[str, str]:
    with client.chat.completions.with_streaming_response.create(
        model=SERVICE,
        messages=[{"role": "user", "content": question}],
        max_tokens=MAX_TOKENS,
        temperature=0,
        stream=True,
        extra_headers={"X-Corridor-Language": language},
    ) as response:
        provider = response.headers["x-corridor-provider"]
        pieces = [
            chunk.choices[0].delta.content or "" for chunk in response.parse() if chunk.choices
        ]
    return provider, "".join(pieces)
