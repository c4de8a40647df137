"""Which script a text is in."""


def script_of(text: str) -> str:
    """Return the ISO 15924 code of the script that most letters are in: Deva, Jpan or Latn.

    Kana and Han count as Jpan. This tells the languages of the demonstration apart and no more:
    Chinese would be called Jpan, and Marathi shares Deva with Hindi.
    """
    counts = {"Deva": 0, "Jpan": 0, "Latn": 0}
    for character in text:
        code = ord(character)
        if 0x0900 <= code <= 0x097F:
            counts["Deva"] += 1
        elif 0x3040 <= code <= 0x30FF or 0x4E00 <= code <= 0x9FFF:
            counts["Jpan"] += 1
        elif character.isalpha():
            counts["Latn"] += 1
    return max(counts, key=lambda script: counts[script]) if any(counts.values()) else "Latn"
