"""The forms in which answers are compared: what they make equal in each language, and what not."""

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from corridor.evaluation.rules.answers.normal import clean, normal
from corridor.evaluation.rules.answers.words import LEXICONS

EQUAL = [
    ("en-Latn", "Tokyo.", "tokyo"),
    ("en-Latn", "The Nile", "Nile"),
    ("en-Latn", "“Delhi”", "Delhi"),
    ("en-Latn", "H₂O", "H2O"),
    ("ja-Jpan", "ﾄﾞｲﾂ", "ドイツ"),
    ("ja-Jpan", "カ\u3099ス", "ガス"),
    ("ja-Jpan", "カ\u309bス", "ガス"),
    ("ja-Jpan", "ハ\u309aン", "パン"),
    ("ja-Jpan", "りんご", "リンゴ"),
    ("ja-Jpan", "ニュー・デリー", "ニューデリー"),
    ("ja-Jpan", "Ｈ２Ｏ", "H2O"),
    ("ja-Jpan", "『東 京』。", "東京"),
    ("hi-Deva", "\u0958लम", "क\u093cलम"),
    ("hi-Deva", "ज़मीन", "जमीन"),
    ("hi-Deva", "हिन्दी", "हिंदी"),
    ("hi-Deva", "चाँद", "चांद"),
    ("hi-Deva", "अाम", "आम"),
    ("hi-Deva", "कक्षा ५", "कक्षा 5"),
    ("hi-Deva", "क्\u200dष", "क्ष"),
    ("hi-Deva", "दिल्ली॥", "दिल्ली"),
    ("mr-Deva", "मुम्बई", "मुंबई"),
    ("ne-Deva", "काठमाण्डु।", "काठमांडु"),
    ("sa-Deva", "उत्तरम्", "उत्तरं"),
    ("mai-Deva", "पटना |", "पटना"),
    ("doi-Deva", "जम्मू.", "जम्मू"),
    ("brx-Deva", "कोकराझार।", "कोकराझार"),
    ("kok-Deva", "पणजी.", "पणजी"),
    ("sd-Deva", "कराची।", "कराची"),
    ("bn-Beng", "ক\u09c7\u09be", "ক\u09cb"),
    ("bn-Beng", "ক\u09c7\u09d7", "ক\u09cc"),
    ("bn-Beng", "\u09dc", "\u09a1\u09bc"),
    ("bn-Beng", "উৎসব", "উত্\u200dসব"),
    ("as-Beng", "গুৱাহাটী।", "গুৱাহাটী"),
    ("mni-Beng", "ইম্ফাল।", "ইম্ফাল"),
    ("mni-Mtei", "ꯏꯝꯐꯥꯜ꯫", "ꯏꯝꯐꯥꯜ"),
    ("or-Orya", "କ\u0b47\u0b3e", "କ\u0b4b"),
    ("or-Orya", "ଵ", "ୱ"),
    ("gu-Gujr", "અા", "આ"),
    ("gu-Gujr", "અન્ત", "અંત"),
    ("pa-Guru", "\u0a5bਮੀਨ", "ਜ\u0a3cਮੀਨ"),
    ("pa-Guru", "ਅਾ", "ਆ"),
    ("ta-Taml", "க\u0bc6\u0bbe", "க\u0bca"),
    ("ta-Taml", "க\u0bc7\u0bbe", "க\u0bcb"),
    ("ta-Taml", "க\u0bc6\u0bd7", "க\u0bcc"),
    ("ta-Taml", "ஶ்ரீ", "ஸ்ரீ"),
    ("te-Telu", "క\u0c46\u0c56", "క\u0c48"),
    ("kn-Knda", "ಕ\u0cc6\u0cc2", "ಕ\u0cca"),
    ("kn-Knda", "ಅನ್ತ", "ಅಂತ"),
    ("ml-Mlym", "ന\u0d4d\u200d", "ൻ"),
    ("ml-Mlym", "ക\u0d46\u0d3e", "ക\u0d4a"),
    ("ml-Mlym", "എൻ്റെ", "എന്റെ"),
    ("ur-Arab", "لاہور۔", "لاهور"),
    ("ur-Arab", "كراچي", "کراچی"),
    ("ur-Arab", "کُتّا", "کتا"),
    ("ur-Arab", "کـــتاب", "کتاب"),
    ("sd-Arab", "ڪراچي.", "ڪراچی"),
    ("ks-Arab", "سِرینَگَر۔", "سِرینَگَر"),
    ("sat-Olck", "ᱫᱤᱞᱞᱤ᱾", "ᱫᱤᱞᱞᱤ"),
    ("sat-Olck", "ᱠᱟᱹᱸ", "ᱠᱟᱸᱹ"),
    ("hi-Latn", "Dillī", "Dilli"),
    ("ja-Latn", "Tōkyō", "Tokyo"),
]
DIFFERENT = [
    ("en-Latn", "C++", "C"),
    ("en-Latn", "10²", "102"),
    ("en-Latn", "3½", "31/2"),
    ("en-Latn", "-5", "5"),
    ("en-Latn", "resume", "résumé"),
    ("ja-Jpan", "かき", "かぎ"),
    ("ja-Jpan", "はん", "ぱん"),
    ("ja-Jpan", "ビル", "ビール"),
    ("hi-Deva", "पड़ना", "पडना"),
    ("hi-Deva", "दिन", "दीन"),
    ("hi-Deva", "कल", "काल"),
    ("mr-Deva", "बाळ", "बाल"),
    ("ne-Deva", "दिन", "दीन"),
    ("sa-Deva", "रामः", "राम"),
    ("mai-Deva", "पानि", "पान"),
    ("doi-Deva", "घर", "घड़"),
    ("brx-Deva", "मोन", "मन"),
    ("kok-Deva", "तें", "ते"),
    ("sd-Deva", "जो", "जा"),
    ("bn-Beng", "পড়া", "পরা"),
    ("bn-Beng", "দিন", "দীন"),
    ("as-Beng", "ৰাম", "বাম"),
    ("mni-Beng", "লৈ", "লি"),
    ("mni-Mtei", "ꯂꯩ", "ꯂꯤ"),
    ("or-Orya", "ଡ", "ଡ଼"),
    ("gu-Gujr", "કમળ", "કમલ"),
    ("pa-Guru", "ਸ਼ਾਹ", "ਸਾਹ"),
    ("ta-Taml", "பல்", "பள்"),
    ("ta-Taml", "மனம்", "மணம்"),
    ("te-Telu", "పాలు", "పలు"),
    ("kn-Knda", "ಹಾಲು", "ಹಲು"),
    ("ml-Mlym", "കര", "കറ"),
    ("ur-Arab", "بہار", "بھار"),
    ("sd-Arab", "ڊ", "د"),
    ("ks-Arab", "کٲم", "کام"),
    ("ks-Arab", "گُر", "گَر"),
    ("sat-Olck", "ᱫᱟᱠ", "ᱫᱟᱜ"),
    ("hi-Latn", "Dilli", "Delhi"),
]
MARKED = st.text(
    st.sampled_from(
        "aAéñ½²⁻019 .-+।॥。、「」（Ｂ：४௪৪۴かカ゛゜\u3099\u309aﾊﾟｶﾞ東क़ख़ड़ँंन्तमअाेैि"
        "কোৌেড়য়ৎத்கொோெஶ்ரீസൻ്റൌأيىكهئٔۂےՙꯀ꯫ᱹᱸᱟ\u200d\u200c\u200b\u00ad\ufeff\n\t\u00a0"
    ),
    max_size=14,
)
TAGS = st.sampled_from(sorted(LEXICONS))


@pytest.mark.parametrize(("language", "one", "other"), EQUAL)
def test_two_ways_to_write_the_same_are_equal(language: str, one: str, other: str) -> None:
    assert normal(one, language) == normal(other, language) != ""


@pytest.mark.parametrize(("language", "one", "other"), DIFFERENT)
def test_two_words_that_differ_in_a_mark_stay_apart(language: str, one: str, other: str) -> None:
    assert normal(one, language) != normal(other, language)


def test_every_language_has_a_case_of_each() -> None:
    own = {tag for tag in LEXICONS if not tag.endswith("Latn")} | {"en-Latn", "hi-Latn"}
    assert own <= {row[0] for row in EQUAL}
    assert own <= {row[0] for row in DIFFERENT}


@given(text=st.text(max_size=12) | MARKED)
@example(text="अाे")
@example(text="क\u093c\u093c")
def test_a_text_in_its_form_for_reading_is_not_changed_again(text: str) -> None:
    assert clean(clean(text)) == clean(text)


@given(text=st.text(max_size=12) | MARKED, language=TAGS)
@example(text="か\u200b ゛", language="ja-Jpan")
@example(text="\u0a72\n\u0a3f", language="ja-Jpan")
def test_a_text_in_its_form_for_comparing_is_not_changed_again(text: str, language: str) -> None:
    assert normal(normal(text, language), language) == normal(text, language)


@given(text=st.text(max_size=12) | MARKED, language=TAGS)
def test_canonically_equal_texts_have_one_form(text: str, language: str) -> None:
    composed, parted = (unicodedata.normalize(form, text) for form in ("NFC", "NFD"))
    assert normal(composed, language) == normal(parted, language)
