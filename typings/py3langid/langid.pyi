from collections.abc import Iterable
from typing import Any

MODEL_FILE: str

class LanguageIdentifier:
    nb_ptc: Any
    nb_pc: Any
    nb_classes: list[str]
    tk_nextmove: Any
    tk_output: Any
    tk_row: Any
    def __init__(
        self,
        nb_ptc: object,
        nb_pc: object,
        nb_classes: list[str],
        tk_nextmove: object,
        tk_output: object,
        norm_probs: bool = False,
        min_confidence: float | None = None,
        *,
        tk_row: object,
    ) -> None: ...
    @classmethod
    def from_model_file(cls, model_file: str) -> LanguageIdentifier: ...
    def set_languages(self, langs: Iterable[str] | None = None) -> None: ...
    def rank(self, text: str) -> list[tuple[str, float]]: ...
