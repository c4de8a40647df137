"""The few words that are drawn beside a tree's own, in English, Japanese and Hindi; the latter two not reviewed by native speakers."""

from collections.abc import Mapping

from corridor.assurance.records import State

STATES: Mapping[str, Mapping[State, str]] = {
    "en-Latn": {
        "left_out": "left out",
        "shown": "shown",
        "open": "open",
        "weak": "weak evidence",
        "undeveloped": "undeveloped",
        "stale": "stale",
        "challenged": "challenged",
        "contradicted": "contradicted",
        "refuted": "refuted",
    },
    "ja-Jpan": {
        "left_out": "対象外",
        "shown": "示された",
        "open": "未決",
        "weak": "弱い証拠のみ",
        "undeveloped": "未展開",
        "stale": "証拠が古い",
        "challenged": "異議あり",
        "contradicted": "証拠が矛盾",
        "refuted": "反証された",
    },
    "hi-Deva": {
        "left_out": "लागू नहीं",
        "shown": "दिखाया गया",
        "open": "अनिर्णीत",
        "weak": "केवल कमज़ोर साक्ष्य",
        "undeveloped": "अविकसित",
        "stale": "साक्ष्य पुराना",
        "challenged": "चुनौती दी गई",
        "contradicted": "साक्ष्य विरोधी",
        "refuted": "खंडित",
    },
}
NOTES: Mapping[str, str] = {
    "en-Latn": "A reading of evidence by the rule {rule}. Unknown is 0 to 1. It is nobody's approval.",
    "ja-Jpan": "規則 {rule} による証拠の読み取りです。不明は0から1とします。承認ではありません。",
    "hi-Deva": "यह नियम {rule} से साक्ष्य का पठन है। अज्ञात 0 से 1 है। यह किसी की स्वीकृति नहीं है।",
}
LANGUAGES = tuple(STATES)


def words_in(language: str) -> Mapping[State, str]:
    """Return the words for states in a language; in English where there are none."""
    return STATES.get(language, STATES["en-Latn"])
