import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.catalogue import Turn, question_answer_prompt, script_of
from corridor.catalogue.rules.chat import turns_of
from corridor.catalogue.rules.scripts import RANGES, UNKNOWN, letters
from corridor.core.errors import Invalid


@given(st.text())
def test_letters_are_counted_as_one_by_one(text: str) -> None:
    one_by_one: dict[str, int] = {}
    for character in text:
        for script, ranges in RANGES.items():
            if any(first <= ord(character) <= last for first, last in ranges):
                one_by_one[script] = one_by_one.get(script, 0) + 1

    assert letters(text) == one_by_one


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("What do bees make?", "Latn"),
        ("मधुमक्खियाँ क्या बनाती हैं?", "Deva"),
        ("ミツバチは何を作りますか?", "Jpan"),
        ("東京", "Hani"),
        ("東京都知事選挙の結果", "Jpan"),
        ("这家店的招牌上写着一个大大的の字, 因为老板喜欢日本的文化和食物和音乐", "Hani"),
        ("서울은 大韓民國의 수도입니다", "Kore"),
        ("Python में list कैसे sort करें?", "Deva"),
        ("How do I say नमस्ते in English letters?", "Latn"),
        ("GPU は速い計算機です", "Jpan"),
        ("नमस्ते hello नमस्ते", "Deva"),
        ("", "Zyyy"),
        ("123 !? 🙂 𑒀", "Zyyy"),
        ("1" * 500 + "नमस्ते" + "2" * 500, "Deva"),
        ("été Ünïcode", "Latn"),
    ],
)
def test_a_text_has_the_script_of_most_of_its_letters(text: str, script: str) -> None:
    assert script_of(text) == script


@pytest.mark.parametrize(
    ("text", "script"),
    [
        ("মই ভাত খাওঁ।", "Beng"),  # Assamese
        ("আমি ভাত খাই।", "Beng"),  # Bengali
        ("आं ओंखाम जायो।", "Deva"),  # Bodo
        ("હું ભાત ખાઉં છું.", "Gujr"),
        ("ನಾನು ಅನ್ನ ತಿನ್ನುತ್ತೇನೆ.", "Knda"),
        ("بٕہ چھُس بَتہٕ کھیوان۔", "Arab"),  # Kashmiri
        ("ഞാൻ ചോറ് കഴിക്കുന്നു.", "Mlym"),
        ("ꯑꯩ ꯆꯥꯛ ꯆꯥꯔꯤ꯫", "Mtei"),  # Manipuri
        ("ମୁଁ ଭାତ ଖାଏ।", "Orya"),
        ("ਮੈਂ ਚੌਲ ਖਾਂਦਾ ਹਾਂ।", "Guru"),
        ("ᱤᱧ ᱫᱟᱠᱟ ᱡᱚᱢ ᱮᱫᱟᱹ ᱾", "Olck"),  # Santali
        ("مان ڀت کائيندو آهيان.", "Arab"),  # Sindhi
        ("நான் சோறு சாப்பிடுகிறேன்.", "Taml"),
        ("నేను అన్నం తింటాను.", "Telu"),
        ("میں چاول کھاتا ہوں۔", "Arab"),  # Urdu
        ("මම බත් කනවා.", "Sinh"),
        ("ང་ཚོ་བོད་ཡིག་ཀློག", "Tibt"),
        ("Я читаю книгу.", "Cyrl"),
    ],
)
def test_the_scripts_of_indias_languages_and_others_are_told_apart(text: str, script: str) -> None:
    assert script_of(text) == script


@given(st.text())
def test_any_text_has_a_script_or_none(text: str) -> None:
    assert len(script_of(text)) == len(UNKNOWN)


def test_without_earlier_answers_two_fixed_examples_stand_before_the_question() -> None:
    prompt = question_answer_prompt([Turn("user", "What is the capital of Japan?")])

    assert prompt.splitlines()[0] == "Question: What do bees make?"
    assert prompt.endswith("Question: What is the capital of Japan?\nAnswer:")
    assert prompt.count("Question:") == 3


@pytest.mark.parametrize(
    ("question", "labels"),
    [("भारत की राजधानी क्या है?", ("प्रश्न", "उत्तर")), ("日本の首都はどこですか?", ("質問", "答え"))],
)
def test_the_examples_are_in_the_questions_own_language(
    question: str, labels: tuple[str, str]
) -> None:
    prompt = question_answer_prompt([Turn("user", question)])

    assert prompt.endswith(f"{labels[0]}: {question}\n{labels[1]}:")
    assert prompt.count(labels[0] + ":") == 3


def test_earlier_exchanges_are_the_examples_and_instructions_stand_first() -> None:
    turns = [
        Turn("user", "Capital of France?"),
        Turn("system", "Be short."),
        Turn("assistant", "Paris"),
        Turn("user", "Of\nJapan?"),
    ]

    assert question_answer_prompt(turns) == (
        "Be short.\nQuestion: Capital of France?\nAnswer: Paris\n\nQuestion: Of Japan?\nAnswer:"
    )


@given(st.lists(st.builds(Turn, st.sampled_from(["user", "assistant", "system"]), st.text())))
def test_any_chat_becomes_a_prompt_that_asks_for_an_answer(turns: list[Turn]) -> None:
    assert question_answer_prompt(turns).endswith((":", ": "))


def test_text_parts_are_one_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]

    assert turns_of({"messages": [{"role": "user", "content": parts}]}) == [Turn("user", "a\nb")]


NOT_TEXT: list[object] = [
    None,
    [],
    "hello",
    {},
    ["hello"],
    [{"role": "user"}],
    [{"content": "hello"}],
    [{"role": "user", "content": None}],
    [{"role": "user", "content": 3}],
    [{"role": 3, "content": "hello"}],
    [{"role": "user", "content": ["hello"]}],
    [{"role": "user", "content": [{"type": "image_url", "image_url": {}}]}],
    [{"role": "user", "content": [{"type": "text", "text": 3}]}],
]


@pytest.mark.parametrize("messages", NOT_TEXT)
def test_messages_that_are_not_text_are_refused(messages: object) -> None:
    with pytest.raises(Invalid):
        turns_of({"messages": messages})
