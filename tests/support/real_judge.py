"""A real small model as a judge, whose server holds it to the scale by a grammar, as an operator could set one up."""

import re
import threading
from typing import cast

from corridor.catalogue import Catalogue
from corridor.edge.runtime import Runtime
from support.quiz import Pupil


def held_to_the_scale(runtime: Runtime, model: str) -> Pupil:
    """Return a pupil that answers prompts to a judge by a real model, which can write a letter and the number alone."""
    catalogue = runtime.service(Catalogue)
    engine = catalogue.run_here(catalogue.packaged(model)[2]).engine()
    turn = threading.Lock()

    def judge(prompt: str) -> str:
        check = re.findall(r"\d{5}", prompt)[-1]
        body: dict[str, object] = {
            "messages": [{"role": "user", "content": prompt}],
            "grammar": f'root ::= [ABCD] " {check}"',
            "max_tokens": 24,
            "temperature": 0.0,
            "seed": 1,
        }
        with turn:
            said = cast(
                "dict[str, list[dict[str, dict[str, str]]]]", engine.handle_chat_completions(body)
            )
        return said["choices"][0]["message"]["content"]

    return judge
