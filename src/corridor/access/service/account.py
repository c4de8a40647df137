"""What one can ask of the account: write decisions, find them, and check that nothing was changed."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from corridor.access.errors import NoSuchPrincipal
from corridor.access.records import Principal
from corridor.access.records.account import Accounted, Answered, Checked, Decided, Fault
from corridor.access.rules import account as rules
from corridor.access.rules.secrets import Secrets
from corridor.access.store import account as store
from corridor.access.store.account import Which
from corridor.core.merkle import EMPTY, leaf_hash
from corridor.core.store import Transaction, View, commitment_of

MOST_FRAMES = 1000
PIECE = 32
"""Lines that are made without a rest."""
MOST_FOUND = 10_000
"""A query gives so many decisions at most."""


@dataclass(frozen=True, slots=True)
class Account:
    """Keep every decision in the audit log, and tell what can be told of them."""

    secrets: Secrets
    frames: dict[int, rules.Frame] = field(default_factory=dict[int, rules.Frame], repr=False)
    """By the identity of the facts of decisions; each holds its facts, so that none comes twice."""

    def write(
        self,
        tx: Transaction,
        items: Sequence[Decided | Answered],
        rest: Callable[[], object] | None = None,
    ) -> None:
        """Put decisions and answers into the audit log, in this order, and decisions in the index.

        Where it may rest it does so between some lines and the next: to make them is work for
        Python, and nobody else has its lock meanwhile.
        """
        size = max(1, len(items)) if rest is None else PIECE
        placed: list[tuple[int, Decided | Answered]] = []
        for start in range(0, len(items), size):
            if start and rest is not None:
                rest()
            piece = items[start : start + size]
            placed += enumerate(piece, tx.audit_all([self._line(item) for item in piece]))
        log = tx.audit_log
        store.keep(tx, log, [(at, each) for at, each in placed if isinstance(each, Decided)])
        answers = [(at, each) for at, each in placed if isinstance(each, Answered)]
        store.keep_answers(tx, log, answers)

    def _line(self, item: Decided | Answered) -> tuple[str, str, bytes]:
        """Return the act, the subject and the facts of an item's line."""
        if isinstance(item, Decided):
            return rules.DECIDE, item.who, self._frame(item).facts_of(item)
        return rules.ANSWERED, item.who, rules.answer_written(item)

    def _frame(self, item: Decided) -> rules.Frame:
        """Return what a decision's line has in common with those of all on the very same."""
        known = self.frames.get(id(item.facts))  # they have one object of facts
        if known is not None and known.fits(item):
            return known
        if len(self.frames) >= MOST_FRAMES:
            self.frames.clear()
        found = self.frames[id(item.facts)] = rules.Frame.of(item)
        return found

    def decided_between(self, view: View, which: Which, limit: int = 100) -> Iterator[Accounted]:
        """Yield decisions with their places in the audit log, the newest first."""
        return store.found(view, which, min(limit, MOST_FOUND))

    def of_request(self, view: View, request_id: str) -> list[Accounted]:
        """Return the decisions on one request, oldest first."""
        return list(store.found(view, Which(request=request_id), MOST_FOUND))[::-1]

    def request_ids(self, view: View, beginning: str) -> list[str]:
        """Return the ids of decided requests that begin so; not all of them where they are many."""
        return store.beginning(view, "request_id", beginning)

    def pseudonyms(self, view: View, beginning: str) -> list[str]:
        """Return the pseudonyms in the account that begin so; not all of them where they are many."""
        return store.beginning(view, "who", beginning)

    def totals(self, view: View, which: Which) -> tuple[int, int]:
        """Return how many decisions allowed, and how many denied."""
        counts = store.totals(view, which)
        return counts[True], counts[False]

    def pseudonym_of(self, view: View, person: str) -> str:
        """Return under which pseudonym the account has one of this node's own principals.

        Raises:
            NoSuchPrincipal: if there never was one of this name.
        """
        if not any(each.name == person for each in view.own(Principal, taken_back=True)):
            raise NoSuchPrincipal(f"There never was a principal {person!r} here.")
        return self.secrets.pseudonym(person, view.identity.name)

    def checked(self, view: View) -> list[Checked]:
        """Check each audit log that this node has had against its tree, and the index against it."""
        return [self._checked(view, log) for log in store.logs(view)]

    def _checked(self, view: View, log: str) -> Checked:
        edge, decisions = EMPTY, 0
        faults: list[Fault] = []
        for line in store.lines(view, log):
            if line.position != edge.size:
                faults.append(Fault(position=edge.size, message="entries are missing"))
                break
            edge, _ = edge.grown(leaf_hash(commitment_of(line.salt, line.entry)))
            decisions += line.indexed is not None
            if wrong := rules.fault_of(line.entry, line.indexed, line.answer):
                faults.append(Fault(position=line.position, message=wrong))
        size = view.log_size(log)
        if (edge.size, edge.root) != (size, view.log_root(log)):
            faults.append(Fault(position=size, message="the entries are not those of the tree"))
        faults += [
            Fault(position=position, message="the audit log has nothing there")
            for position in store.without_entry(view, log)
        ]
        return Checked(
            log=log,
            size=edge.size,
            root=edge.root.hex(),
            decisions=decisions,
            faults=tuple(faults),
        )
