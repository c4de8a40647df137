"""Whether an answer is in the language and script that was asked for."""

import csv
from pathlib import Path

import pytest

from corridor.evaluation.adapters.parity import shipped
from corridor.evaluation.rules.answers.scripts import SCRIPTS, fidelity, script_of
from corridor.evaluation.rules.answers.tongues import is_in
from corridor.evaluation.rules.answers.words import LEXICONS

SIB = Path(__file__).parents[4] / "shared" / "data" / "sib200" / "TEST-ONLY"
CODES = {
    "as-Beng": "asm_Beng",
    "bn-Beng": "ben_Beng",
    "en-Latn": "eng_Latn",
    "gu-Gujr": "guj_Gujr",
    "hi-Deva": "hin_Deva",
    "ja-Jpan": "jpn_Jpan",
    "kn-Knda": "kan_Knda",
    "ks-Arab": "kas_Arab",
    "mai-Deva": "mai_Deva",
    "ml-Mlym": "mal_Mlym",
    "mr-Deva": "mar_Deva",
    "ne-Deva": "npi_Deva",
    "mni-Beng": "mni_Beng",
    "or-Orya": "ory_Orya",
    "pa-Guru": "pan_Guru",
    "sa-Deva": "san_Deva",
    "sat-Olck": "sat_Olck",
    "sd-Arab": "snd_Arab",
    "ta-Taml": "tam_Taml",
    "te-Telu": "tel_Telu",
    "ur-Arab": "urd_Arab",
}
FALLEN = [
    ("hi-Latn", "The capital of Japan is Tokyo and it is the largest city in the country."),
    ("hi-Deva", "The capital of Japan is Tokyo."),
    ("mr-Deva", "जापान की राजधानी टोक्यो है और यह देश का सबसे बड़ा शहर भी है।"),
    ("hi-Deva", "जपानची राजधानी टोकियो आहे आणि ते देशातील एक मोठे शहर आहे."),
    ("as-Beng", "জাপানের রাজধানী টোকিও এবং এটি দেশের সবচেয়ে বড় শহর।"),
    ("bn-Beng", "জাপানৰ ৰাজধানী টোকিঅ আৰু ই দেশৰ এখন ডাঙৰ চহৰ।"),
    ("sd-Arab", "جاپان کا دارالحکومت ٹوکیو ہے اور یہ ملک کا سب سے بڑا شہر ہے۔"),
    ("ur-Arab", "طوكيو هي عاصمة اليابان وهي من أكبر المدن في العالم التي كان"),
    ("ja-Jpan", "东京是日本的首都也是日本最大的城市之一"),
    ("ja-Jpan", "Tokyo is the capital."),
]


@pytest.mark.parametrize(("language", "text"), FALLEN)
def test_a_text_in_another_language_is_noticed(language: str, text: str) -> None:
    assert not is_in(text, language)


@pytest.mark.parametrize("language", sorted(LEXICONS))
def test_a_sentence_of_its_own_is_in_each_language(language: str) -> None:
    told = shipped()[1][language]
    assert is_in(told.reference, language)
    assert is_in(told.choices[0], language)


@pytest.mark.parametrize("text", ["42", "", "B", "東京"])
def test_what_has_too_little_to_tell_by_is_not_called_foreign(text: str) -> None:
    assert is_in(text, "ja-Jpan" if text != "B" else "en-Latn")


def test_the_part_of_a_text_in_its_script_is_told() -> None:
    assert fidelity("दिल", "hi-Deva") == 1.0
    assert fidelity("42", "hi-Deva") is None
    assert fidelity("ab東京", "ja-Jpan") == 0.5


def test_every_language_has_a_script_that_can_be_told() -> None:
    assert {script_of(tag) for tag in LEXICONS} <= {*SCRIPTS, "Jpan"}


@pytest.mark.skipif(not SIB.exists(), reason="SIB-200 is not at ../shared/data")
@pytest.mark.parametrize("language", sorted(CODES))
def test_hardly_a_sentence_of_sib_200_is_called_foreign_in_its_own_language(language: str) -> None:
    path = SIB / f"{CODES[language]}.test.tsv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        texts = [row["text"] for row in rows]
    foreign = [text for text in texts if not is_in(text, language)]
    assert len(foreign) <= len(texts) / 100


def test_a_list_of_kanji_words_is_japanese_and_a_chinese_sentence_is_not() -> None:
    assert is_in("月曜日、火曜日、水曜日、木曜日、金曜日、土曜日、日曜日", "ja-Jpan")
    assert not is_in("今天的天气非常好，我们一起去公园散步吧", "ja-Jpan")
