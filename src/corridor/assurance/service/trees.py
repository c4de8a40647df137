"""Trees: keep them, and say what one exact model shows of them, in each language."""

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from corridor.assurance.adapters.aisev.questions import sheet_in
from corridor.assurance.adapters.tree_files import shipped, shipped_tree
from corridor.assurance.errors import NotStated
from corridor.assurance.records import (
    Answer,
    Defeater,
    DefeaterAnswer,
    EvidenceKind,
    Tree,
    TreeResult,
)
from corridor.assurance.records.views import TreeDiff
from corridor.assurance.rules.queries import Held
from corridor.assurance.rules.trees import (
    RULE,
    Asked,
    Challenge,
    Evaluated,
    Fault,
    Given,
    checked,
    evaluated,
    found,
)
from corridor.assurance.rules.trees.diffs import Moved, changes, moves, shown
from corridor.assurance.rules.trees.possible import Askable, impossible
from corridor.assurance.service.evidence import apart, held
from corridor.assurance.service.scoring import Whose, evidence_in
from corridor.catalogue import Catalogue, Language
from corridor.core.clock import Clock
from corridor.core.errors import Invalid, NotFound
from corridor.core.records import new_id
from corridor.core.store import Kept, Transaction, View
from corridor.evaluation import Evaluation, listings, tag_of


@dataclass(frozen=True, slots=True)
class Known:
    """A tree, and whose word it is."""

    tree: Tree
    issuer: str = ""
    """Empty where it came with Corridor, and nobody has stated it here."""

    @property
    def stated(self) -> bool:
        """Whether it is a record, so that people can answer and challenge it."""
        return bool(self.issuer)

    @property
    def called(self) -> str:
        """How it is named at this node."""
        return f"{self.issuer}/{self.tree.name}" if self.issuer else self.tree.name


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one exact model shows of a tree, language by language."""

    known: Known
    model: str
    model_sha256: str
    evaluations: tuple[Evaluated, ...]
    challenges: tuple[Challenge, ...]

    @property
    def languages(self) -> tuple[str, ...]:
        """In which languages it was asked."""
        return tuple(each.language for each in self.evaluations)


@dataclass(frozen=True, slots=True)
class Trees:
    """Keep assurance trees and evaluate them on the evidence that counts here."""

    clock: Clock
    catalogue: Catalogue

    def keep(self, tx: Transaction, tree: Tree) -> Tree:
        """State a tree that has no faults; the newest of a name counts.

        Raises:
            BadTree: with the first fault and its place.
        """
        stated = checked(tree, self.impossible(tree)).model_copy(
            update={"made_at": self.clock(), "id": new_id()}
        )
        tx.append(stated)
        tx.audit("tree.keep", tree.name, edition=tree.edition, nodes=len(tree.nodes))
        return stated

    def impossible(self, tree: Tree) -> Iterator[Fault]:
        """Yield each leaf that asks for evidence that cannot exist."""
        return impossible(tree, _suites())

    def trees(self, view: View) -> list[Known]:
        """Return the trees that are known: shipped ones, and the newest of each name of each node."""
        stated = {(k.entry.issuer, k.record.name): k for k in view.every(Tree)}
        known = [Known(kept.record, kept.entry.issuer) for kept in stated.values()]
        own = {each.tree.name for each in known if each.issuer == view.identity.name}
        return [Known(tree) for name, tree in shipped().items() if name not in own] + known

    def tree(self, view: View, name: str) -> Known:
        """Return a tree by its name (this node's, else the shipped one), by ISSUER/NAME, or by its record.

        Raises:
            NotFound: if there is none.
        """
        issuer, _, last = name.rpartition("/")
        for kept in reversed(list(view.every(Tree))):
            named = (kept.entry.issuer, kept.record.name) == (issuer or view.identity.name, last)
            if named or kept.record.id == name:
                return Known(kept.record, kept.entry.issuer)
        if issuer:
            raise NotFound(f"{issuer} has stated no tree {last!r} that is known here.")
        return Known(shipped_tree(name))

    def evaluate(
        self,
        view: View,
        name: str,
        model: str,
        languages: Sequence[str] = (),
        *,
        sha256: str | None = None,
    ) -> Outcome:
        """Return what a model's file shows of a tree; where no languages are named, in those of its evidence.

        Raises:
            NotFound: if there is no such tree or model.
            BadTree: if the tree has faults.
            Invalid: if nothing is known of the model in any language, and none is named.
        """
        known = self.tree(view, name)
        digest = sha256 or self.catalogue.stated_digest(view, model)
        return self.evaluated(view, known, model, digest, languages, held(view, digest))

    def evaluated(
        self,
        view: View,
        known: Known,
        model: str,
        digest: str,
        languages: Sequence[str],
        evidence: Held,
    ) -> Outcome:
        """Return what a file shows of a tree by evidence that was read before."""
        tree, challenges = checked(known.tree), tuple(self.challenges(view, known))
        answers = self._answers(view, known, digest)
        tags = _languages(tree, languages, evidence.languages(digest), answers)
        now = self.clock()
        results = [
            evaluated(tree, Asked(digest, tag, now, evidence, answers), challenges) for tag in tags
        ]
        return Outcome(known, model, digest, tuple(results), challenges)

    def diff(
        self,
        view: View,
        trees: tuple[str, str],
        models: tuple[str, str] | None = None,
        languages: Sequence[str] = (),
    ) -> TreeDiff:
        """Return what differs between two trees (or one, named twice), and between what two models show of them.

        Where no languages are named, it is asked in those in which either model has evidence.

        Raises:
            NotFound: if there is no such tree or model.
            BadTree: if a tree has faults.
            Invalid: if nothing is known of either model in any language, and none is named.
        """
        first, second = (self.tree(view, each).tree for each in trees)
        moved: list[Moved] = []
        if models is not None:
            spoken = sorted(
                {
                    tag
                    for pair in zip(trees, models, strict=True)
                    for tag in self._spoken(view, *pair)
                }
            )
            asked = [_tag(each, spoken) for each in languages] or spoken
            before, after = (
                self.evaluate(view, tree, model, asked).evaluations
                for tree, model in zip(trees, models, strict=True)
            )
            moved = moves(before, after)
        return shown(changes(first, second), moved)

    def _spoken(self, view: View, tree: str, model: str) -> set[str]:
        """Return the languages in which a model has evidence, or answers to a tree's questions."""
        known, digest = self.tree(view, tree), self.catalogue.stated_digest(view, model)
        answers = self._answers(view, known, digest).values()
        said = {given.answer.language for every in answers for given in every}
        return {*held(view, digest).languages(digest), *(tag for tag in said if tag)}

    def publish(self, tx: Transaction, outcome: Outcome) -> TreeResult:
        """State what was found, for partners to see.

        Raises:
            NotStated: if the tree is no record yet.
        """
        if not outcome.known.stated:
            raise NotStated(
                f"{outcome.known.tree.name} came with Corridor, and nobody has stated it."
            )
        tree = outcome.known.tree
        result = TreeResult(
            made_at=self.clock(),
            visibility="partners",
            tree=tree.id,
            tree_name=tree.name,
            edition=tree.edition,
            model=outcome.model,
            model_sha256=outcome.model_sha256,
            languages=outcome.languages,
            rule=RULE,
            found=tuple(found(tree, outcome.evaluations)),
        )
        tx.append(result)
        return result

    def results(self, view: View) -> list[Kept[TreeResult]]:
        """Return the newest result that each node has stated of each tree, edition and file."""
        found = {
            (k.entry.issuer, k.record.tree, k.record.model_sha256): k
            for k in view.every(TreeResult)
        }
        return list(found.values())

    def score(
        self,
        tx: Transaction,
        data: bytes,
        model: str,
        language: str,
        judge: str,
        *,
        sha256: str | None = None,
    ) -> list[Evaluation]:
        """State the scores in a table of aisev as evidence, leaf by leaf: of all leaves, or of none.

        Raises:
            NoQuestionsOfAisev: if the table breaks the contract, or is not scored whole; with the row.
        """
        digest = sha256 or self.catalogue.stated_digest(tx, model)
        where, now = tx.identity.name, self.clock()
        whose = Whose(model, digest, language, judge, tx.actor, where, now)
        records = evidence_in(sheet_in(data), whose)
        for record in records:
            tx.append(record)
        return records

    def challenges(self, view: View, known: Known) -> Iterator[Challenge]:
        """Yield the defeaters of a tree in any of its editions, each with what was said to it last.

        Only the node that states the tree, and this one, may answer; nobody answers themself. To part with
        a partner does not silence what it has asked already.
        """
        editions = _editions(view, known)
        may = {known.issuer, view.identity.name}
        said: dict[str, list[DefeaterAnswer]] = {}
        for kept in view.every(DefeaterAnswer):
            if kept.entry.issuer in may:
                said.setdefault(kept.record.defeater, []).append(kept.record)
        for kept in view.every(Defeater):
            if kept.record.tree in editions:
                last = [a for a in said.get(kept.record.id, ()) if a.by != kept.record.by]
                yield Challenge(kept.entry.issuer, kept.record, last[-1] if last else None)

    def _answers(self, view: View, known: Known, digest: str) -> dict[str, list[Given]]:
        editions, left_out = _editions(view, known), apart(view)
        found: dict[str, list[Given]] = {}
        for kept in view.every(Answer):
            answer = kept.record
            counts = answer.tree in editions and answer.model_sha256 == digest
            if counts and kept.entry.issuer not in left_out:
                found.setdefault(answer.node, []).append(Given(kept.entry.issuer, answer))
        return found


@functools.cache
def _suites() -> dict[str, Askable]:
    """Return what the suites that Corridor can run give evidence of."""
    of_answers: frozenset[EvidenceKind] = frozenset(("capability", "measure"))
    kinds: dict[str, frozenset[EvidenceKind]] = {
        "safety": frozenset(("safety",)),
        "parallel": frozenset(("measure",)),
    }
    return {
        name: Askable(kinds.get(listing.kind, of_answers), frozenset(listing.languages))
        for name, listing in listings().items()
    }


def _editions(view: View, known: Known) -> set[str]:
    """Return the records of all editions of a tree, those that were taken back too."""
    same = view.every(Tree, issuer=known.issuer, taken_back=True) if known.stated else ()
    return {kept.record.id for kept in same if kept.record.name == known.tree.name}


def _languages(
    tree: Tree, asked: Sequence[str], known: Sequence[str], answers: dict[str, list[Given]]
) -> list[str]:
    """Return the languages that were asked for; else those in which anything is known of the model."""
    said = {
        given.answer.language
        for every in answers.values()
        for given in every
        if given.answer.language
    }
    wanted = {tag for leaf in tree.leaves() for query in leaf.queries for tag in query.languages}
    there = sorted({*known, *said, *wanted})
    if asked:
        return list(dict.fromkeys(_tag(tag, there) for tag in asked))
    if not there:
        raise Invalid(
            "Nothing is known of this model in any language.", hint="Name languages: --languages."
        )
    return sorted({*known, *said}) or there


def _tag(language: str, there: Sequence[str]) -> str:
    """Return the tag of a language; a short name is one of those that are there."""
    if "-" not in language:
        return tag_of(language, there)
    try:
        return TypeAdapter(Language).validate_python(language)
    except ValidationError as error:
        raise Invalid(
            f"{language[:40]!r} is no language tag with script.", hint="Write it as hi-Deva."
        ) from error
