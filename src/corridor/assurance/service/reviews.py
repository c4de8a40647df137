"""What people say to trees: answer a leaf's question, challenge an element, answer the challenge."""

from collections.abc import Sequence
from dataclasses import dataclass

from corridor.assurance.errors import NotStated, OwnChallenge
from corridor.assurance.records import (
    Answer,
    Defeater,
    DefeaterAnswer,
    Leaf,
    Level,
    Stand,
    TreeResult,
)
from corridor.assurance.rules.pieces import EVIDENCE
from corridor.assurance.rules.trees import Challenge
from corridor.assurance.service.trees import Known, Trees
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, NotFound
from corridor.core.records import RecordId
from corridor.core.store import Kept, Transaction, View


@dataclass(frozen=True, slots=True)
class Document:
    """What an answer rests on."""

    name: str = ""
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A defeater with the tree that it speaks of, and what was said to it."""

    known: Known
    challenge: Challenge


@dataclass(frozen=True, slots=True)
class Reviews:
    """Let people answer, challenge, and answer challenges; each is a record that partners see."""

    clock: Clock
    catalogue: Catalogue
    trees: Trees

    def answer(
        self,
        tx: Transaction,
        tree: str,
        node: str,
        model: str,
        level: Level,
        words: str,
        by: str,
        *,
        language: str | None = None,
        document: Document = Document(),
        sha256: str | None = None,
    ) -> Answer:
        """Answer the question of a leaf for one exact model.

        Raises:
            NotStated: if the tree is no record yet.
            NotFound: if it has no such leaf, or there is no such model.
        """
        known = self._stated(tx, tree)
        leaf = known.tree.node(node)
        if not isinstance(leaf, Leaf):
            raise NotFound(f"{known.called} has no leaf {node!r}.")
        answer = Answer(
            made_at=self.clock(),
            visibility="partners",
            tree=known.tree.id,
            node=node,
            question=leaf.question,
            model=model,
            model_sha256=sha256 or self.catalogue.stated_digest(tx, model),
            language=language,
            level=level,
            words=words,
            by=by,
            document=document.name,
            document_sha256=document.sha256,
        )
        tx.append(answer)
        tx.audit("tree.answer", known.called, node=node, level=level, sha256=answer.model_sha256)
        return answer

    def challenge(
        self,
        tx: Transaction,
        tree: str,
        node: str,
        reasons: str,
        by: str,
        *,
        model_sha256: str | None = None,
        language: str | None = None,
        evidence: Sequence[str] = (),
    ) -> Defeater:
        """State why an element does not hold; whoever keeps the tree sees it, until it is answered.

        Raises:
            NotStated: if the tree is no record yet.
            NotFound: if it has no such element, or a record named as evidence is not known.
        """
        known = self._stated(tx, tree)
        if known.tree.node(node) is None:
            raise NotFound(f"{known.called} has no element {node!r}.")
        defeater = Defeater(
            made_at=self.clock(),
            visibility="partners",
            tree=known.tree.id,
            node=node,
            reasons=reasons,
            by=by,
            model_sha256=model_sha256,
            language=language,
            evidence=_known(tx, evidence),
        )
        tx.append(defeater)
        tx.audit("tree.challenge", known.called, node=node, defeater=defeater.id)
        return defeater

    def settle(
        self,
        tx: Transaction,
        defeater: str,
        stand: Stand,
        reasons: str,
        by: str,
        *,
        evidence: Sequence[str] = (),
    ) -> DefeaterAnswer:
        """Answer a challenge: the element holds all the same, or it does not. The newest answer counts.

        Raises:
            NotFound: if there is no such challenge, or a record named as evidence is not known.
            OwnChallenge: if it is answered by whoever made it.
        """
        found = self.defeater(tx, defeater).record
        if found.by == by:
            raise OwnChallenge(f"{by} made this challenge.")
        answer = DefeaterAnswer(
            made_at=self.clock(),
            visibility="partners",
            defeater=found.id,
            stand=stand,
            reasons=reasons,
            by=by,
            evidence=_known(tx, evidence),
        )
        tx.append(answer)
        tx.audit("tree.settle", found.id, node=found.node, stand=stand)
        return answer

    def defeater(self, view: View, name: str) -> Kept[Defeater]:
        """Return a challenge that stands, by its record or the beginning of it.

        Raises:
            NotFound: if there is none.
            Conflict: if several begin so.
        """
        found = [each for each in view.every(Defeater) if name and each.record.id.startswith(name)]
        if not found:
            raise NotFound(
                f"There is no challenge {name!r}.",
                hint="`corridor assurance tree challenges` lists them.",
            )
        if len(found) > 1:
            raise Conflict(f"Several challenges begin with {name!r}.", hint="Give more of the id.")
        return found[0]

    def challenges(self, view: View) -> list[Open]:
        """Return every challenge to every tree, answered or not."""
        stated = [known for known in self.trees.trees(view) if known.stated]
        return [
            Open(known, each) for known in stated for each in self.trees.challenges(view, known)
        ]

    def _stated(self, view: View, tree: str) -> Known:
        known = self.trees.tree(view, tree)
        if not known.stated:
            raise NotStated(f"{known.tree.name} came with Corridor, and nobody has stated it.")
        return known


def _known(view: View, records: Sequence[str]) -> tuple[RecordId, ...]:
    """Return records of evidence that are known here.

    Raises:
        NotFound: if one is not.
    """
    there = {str(each.record_id) for each in view.entries() if records and each.kind in NAMED}
    for record in records:
        if record not in there:
            raise NotFound(f"{record!r} is no record of evidence that is known here.")
    return tuple(RecordId(each) for each in records)


NAMED = frozenset(kind.kind for kind in (*EVIDENCE, Answer, TreeResult))
"""Kinds of records that may be named as evidence."""
