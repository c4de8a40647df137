"""Which tokens a model has to read to score many texts: every common beginning is read once.

The texts are laid out as a tree of tokens. A node stands for all texts that begin with it, so that the
options of one question share the question, and all questions share the examples before them. The last
token of a text is scored but never read. What the tree holds is the same as reading each text alone; that
the arithmetic of an engine gives the same to the last digit is not promised.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Scored:
    """A text of which a part is scored."""

    tokens: Tokens
    start: int
    """The first token that is scored, at least 1: nothing predicts the first of all."""


@dataclass(slots=True)
class Node:
    """A token to read, for a run of neighbouring texts."""

    token: int
    position: int
    first: int
    """The first of its texts, counted within the tree."""
    last: int
    wanted: bool = False
    """Whether what follows it is scored."""


@dataclass(frozen=True, slots=True)
class Tree:
    """Some of the texts, laid out for one reading."""

    texts: tuple[int, ...]
    """Which of all texts they are."""
    nodes: tuple[Node, ...]
    """Each after the one it follows."""
    scores: tuple[tuple[int, ...], ...]
    """For each text the nodes after which its scored tokens come, in order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How all texts are read."""

    kept: Tokens
    """Begins every text and stays in memory from tree to tree."""
    trees: tuple[Tree, ...]

    @property
    def tokens(self) -> int:
        """How many tokens are read in all."""
        return len(self.kept) + sum(len(tree.nodes) for tree in self.trees)


def planned(texts: Sequence[Scored], *, most_tokens: int, most_texts: int, memory: int) -> Plan:
    """Lay texts out in trees of at most so many tokens and texts.

    A text that is longer than a tree has one for itself. What is kept and a tree together fit a memory
    of so many tokens, if each text alone does.
    """
    order = sorted(range(len(texts)), key=lambda index: texts[index].tokens)
    kept = _kept(texts, order)
    groups = _groups(texts, order, len(kept), min(most_tokens, memory - len(kept)), most_texts)
    trees = tuple(_tree(texts, group, len(kept)) for group in groups)
    return Plan(kept, trees)


def common_length(one: Tokens, other: Tokens) -> int:
    """Return how many tokens two texts begin with together."""
    most = min(len(one), len(other))
    for index in range(most):
        if one[index] != other[index]:
            return index
    return most


def _kept(texts: Sequence[Scored], order: Sequence[int]) -> Tokens:
    """Return what all begin with, short of the tokens after which something is scored."""
    if len(order) < 2:
        return ()
    first, last = texts[order[0]].tokens, texts[order[-1]].tokens
    most = min(text.start for text in texts) - 1
    return first[: min(most, common_length(first, last))]


def _groups(
    texts: Sequence[Scored], order: Sequence[int], kept: int, most_tokens: int, most_texts: int
) -> Iterator[list[int]]:
    group: list[int] = []
    size = 0
    before: Tokens = ()
    for index in order:
        read = texts[index].tokens[:-1]
        more = len(read) - (common_length(before, read) if group else kept)
        if group and (size + more > most_tokens or len(group) == most_texts):
            yield group
            group, size, more = [], 0, len(read) - kept
        group.append(index)
        size += more
        before = read
    if group:
        yield group


def _tree(texts: Sequence[Scored], group: Sequence[int], kept: int) -> Tree:
    nodes: list[Node] = []
    path: list[int] = []  # the nodes of the text before this one, after what is kept
    before: Tokens = ()
    scores: list[tuple[int, ...]] = []
    for place, index in enumerate(group):
        text = texts[index]
        read = text.tokens[:-1]
        shared = common_length(before, read) - kept if before else 0
        path = path[:shared]
        for position in range(kept + shared, len(read)):
            path.append(len(nodes))
            nodes.append(Node(read[position], position, place, place))
        for node in path:
            nodes[node].last = place
        wanted = tuple(path[text.start - 1 - kept :])
        for node in wanted:
            nodes[node].wanted = True
        scores.append(wanted)
        before = read
    return Tree(tuple(group), tuple(nodes), tuple(scores))
