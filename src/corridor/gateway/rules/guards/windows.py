"""One text of a stream, searched as it comes: what may still become a number is held back.

Held back is the run of letters, digits and signs at the end, at most `LONGEST` characters: in
prose the word that is being written, in scripts without Latin letters nothing. So what was split
over events is found whole. Words that tell what a number is count as far back as `CONTEXT`; words
behind a number count only as far as they have come by then.
"""

import re
from dataclasses import dataclass

from corridor.gateway.rules.guards.finding import Found, found_in, placeholder
from corridor.gateway.rules.guards.folding import folded
from corridor.gateway.rules.guards.plans import Search
from corridor.gateway.rules.guards.searching import Flag
from corridor.gateway.rules.guards.shapes import refused

LONGEST = 96
CONTEXT = 96
_TAIL = re.compile(r"(?:[0-9A-Za-z@._%+\-()]| (?=[0-9)]))*")
"""Of the text read backwards."""


@dataclass(slots=True)
class Window:
    """A text on its way."""

    search: Search
    place: str
    flag: Flag
    _held: str = ""
    _passed: str = ""
    """The end of what has gone on, as it came."""

    def feed(self, text: str) -> str:
        """Take in more of the text; return what can go on.

        Raises:
            Refusal: if something was found that a policy refuses.
        """
        return self._through(text, ends=False)

    def finish(self) -> str:
        """Return the rest.

        Raises:
            Refusal: if something was found that a policy refuses.
        """
        return self._through("", ends=True) if self._held else ""

    def _through(self, text: str, *, ends: bool) -> str:
        whole, begin = self._passed + self._held + text, len(self._passed)
        found = [f for f in found_in(whole, self.search.detectors) if f.end > begin]
        cut = len(whole) if ends else _cut(whole, begin)
        for each in found:
            if each.start < cut < each.end:
                cut = max(each.start, begin)
        going = [each for each in found if each.end <= cut]
        shown = self._shown(whole, begin, cut, going) if going else whole[begin:cut]
        self._held, self._passed = whole[cut:], whole[max(0, cut - CONTEXT) : cut]
        return shown

    def _shown(self, whole: str, begin: int, cut: int, going: list[Found]) -> str:
        pieces: list[str] = []
        rest = begin
        for each in going:
            action = self.search.actions[each.kind]
            if action == "refuse":
                raise refused("pii", self.place, f"it holds {each.kind}")
            self.flag(each.kind, self.place)
            if action == "redact":
                pieces += (whole[rest : max(rest, each.start)], placeholder(each.kind))
                rest = each.end
        return "".join((*pieces, whole[rest:cut]))


def _cut(whole: str, begin: int) -> int:
    """Return from where on a text is held back."""
    backwards = folded(whole[max(begin, len(whole) - LONGEST) :])[::-1]
    tail = _TAIL.match(backwards)
    return len(whole) - (tail.end() if tail else 0)
