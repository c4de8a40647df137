"""How languages are called in reports and pictures: in English, and in their own words."""

NAMES = {
    "ar-Arab": ("Arabic", "العربية"),
    "as-Beng": ("Assamese", "অসমীয়া"),
    "bn-Beng": ("Bengali", "বাংলা"),
    "brx-Deva": ("Bodo", "बर'"),
    "de-Latn": ("German", "Deutsch"),
    "doi-Deva": ("Dogri", "डोगरी"),
    "en-Latn": ("English", "English"),
    "es-Latn": ("Spanish", "español"),
    "fr-Latn": ("French", "français"),
    "gu-Gujr": ("Gujarati", "ગુજરાતી"),
    "hi-Deva": ("Hindi", "हिन्दी"),
    "id-Latn": ("Indonesian", "Bahasa Indonesia"),
    "ja-Jpan": ("Japanese", "日本語"),
    "kn-Knda": ("Kannada", "ಕನ್ನಡ"),
    "ko-Kore": ("Korean", "한국어"),
    "kok-Deva": ("Konkani", "कोंकणी"),
    "ks-Arab": ("Kashmiri", "کٲشُر"),
    "mai-Deva": ("Maithili", "मैथिली"),
    "ml-Mlym": ("Malayalam", "മലയാളം"),
    "mni-Mtei": ("Manipuri", "ꯃꯤꯇꯩꯂꯣꯟ"),
    "mr-Deva": ("Marathi", "मराठी"),
    "ne-Deva": ("Nepali", "नेपाली"),
    "or-Orya": ("Odia", "ଓଡ଼ିଆ"),
    "pa-Guru": ("Punjabi", "ਪੰਜਾਬੀ"),
    "pt-Latn": ("Portuguese", "português"),
    "sa-Deva": ("Sanskrit", "संस्कृतम्"),
    "sat-Olck": ("Santali", "ᱥᱟᱱᱛᱟᱲᱤ"),
    "sd-Arab": ("Sindhi", "سنڌي"),
    "sd-Deva": ("Sindhi", "सिन्धी"),
    "si-Sinh": ("Sinhala", "සිංහල"),
    "ta-Taml": ("Tamil", "தமிழ்"),
    "te-Telu": ("Telugu", "తెలుగు"),
    "th-Thai": ("Thai", "ไทย"),
    "ur-Arab": ("Urdu", "اردو"),
    "vi-Latn": ("Vietnamese", "Tiếng Việt"),
    "zh-Hans": ("Chinese, simplified", "简体中文"),
    "zh-Hant": ("Chinese, traditional", "繁體中文"),
}
"""By tag: the English name, and the language's own."""
RIGHT_TO_LEFT = ("Arab",)


def language_name(tag: str) -> str:
    """Return the English name of a language with its tag, or its tag alone."""
    return f"{NAMES[tag][0]} ({tag})" if tag in NAMES else tag


def english_name(tag: str) -> str:
    """Return the English name of a language, or its tag."""
    return NAMES[tag][0] if tag in NAMES else tag


def own_name(tag: str) -> str:
    """Return what a language calls itself; empty where that is not known here, or is its English name."""
    english, own = NAMES.get(tag, ("", ""))
    return "" if own == english else own


def direction(tag: str) -> str:
    """Return in which direction a language is written, as pages say it."""
    return "rtl" if tag.endswith(RIGHT_TO_LEFT) else "ltr"
