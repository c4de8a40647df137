"""All that tiers rest on, by the file that it is about, folded from records as they arrive.

A book never changes: what arrives makes a new one, which shares with the old what is the same. What was
reckoned of a file is kept, and forgotten when something arrives that it rests on: evidence that a rule asks
for, a word on the file, on how it came about, or on what it was made from; never for another file's sake.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from corridor.assurance.records import (
    Act,
    Domain,
    EvidenceKind,
    LoweringConfirmed,
    Query,
    RiskTier,
    Tier,
    TierLowering,
    TierRules,
)
from corridor.assurance.rules.pieces import EVIDENCE, piece_of
from corridor.assurance.rules.queries import Piece
from corridor.assurance.rules.tiering.lowered import Lowered, lowered
from corridor.catalogue import Provenance, descendants_of
from corridor.core.corrections import Correction, Withdrawal
from corridor.core.records import Entry, Record, RecordId
from corridor.core.store import Kept
from corridor.federation import Partner, PartnerStanding

KINDS: tuple[type[Record], ...] = (
    Withdrawal,
    Correction,
    Partner,
    PartnerStanding,
    TierRules,
    RiskTier,
    TierLowering,
    LoweringConfirmed,
    Provenance,
    *EVIDENCE,
)
"""The kinds of records that tiers rest on."""


def _empty() -> Any:  # noqa: ANN401  each field below says what it maps
    return {}


@dataclass(frozen=True, slots=True)
class Word:
    """What a node said last of a file in a domain."""

    tier: Tier
    act: Act
    record: RecordId
    place: int
    """Its number among all that arrived: what is larger came later."""
    before_rules: bool
    """Whether it came before the rules in force."""


@dataclass(frozen=True, slots=True)
class Dossier:
    """What is known of one file."""

    pieces: tuple[Piece, ...] = ()
    """Evidence that rules ask for, of those who are believed."""
    words: Mapping[tuple[str, Domain], Word] = field(default_factory=_empty)
    """By issuer and domain."""
    lowered: tuple[Lowered, ...] = ()
    """What was proposed here and confirmed, the newest last."""


NOTHING = Dossier()


@dataclass(frozen=True, slots=True)
class Book:
    """What is known of every file, and the rules."""

    own: str
    """This node's name."""
    rules: TierRules | None = None
    """Those in force."""
    rules_position: int = 0
    """Where they lie in this node's log."""
    asked: Mapping[tuple[EvidenceKind, str], tuple[Query, ...]] = field(default_factory=_empty)
    """What the rules ask of evidence, by its kind and suite."""
    place: int = 0
    """How much has arrived."""
    partners: Mapping[str, bool] = field(default_factory=_empty)
    """Whether records are exchanged with each."""
    dossiers: Mapping[str, Dossier] = field(default_factory=_empty)
    """By the file's digest."""
    stated: Mapping[str, Mapping[str, Provenance]] = field(default_factory=_empty)
    """How files came about, by digest, then by who says so."""
    made_into: Mapping[str, frozenset[str]] = field(default_factory=_empty)
    """The files that are said to be made from one, directly."""
    proposals: Mapping[str, Kept[TierLowering]] = field(default_factory=_empty)
    """This node's, by id."""
    reckoned: dict[str, dict[Any, Any]] = field(
        default_factory=dict[str, dict[Any, Any]], compare=False
    )
    """What follows of all this for a file; only `standing` reads and fills it."""

    def is_known(self, issuer: str) -> bool:
        """Tell whether an issuer is this node, or a partner with which records are exchanged."""
        return issuer == self.own or self.partners.get(issuer, False)

    def is_believed(self, issuer: str) -> bool:
        """Tell whether what an issuer states may lower a tier: this node, and whom the rules name."""
        named = self.rules is not None and issuer in self.rules.believed
        return issuer == self.own or (named and self.is_known(issuer))

    def of(self, file: str) -> Dossier:
        """Return what is known of a file."""
        return self.dossiers.get(file, NOTHING)


def book_of(own: str, arrivals: Iterable[Kept[Record]]) -> Book:
    """Return the book after everything that ever arrived, of the kinds of `KINDS` at least."""
    everything = list(arrivals)
    taken = {
        (kept.entry.issuer, str(kept.record.record))
        for kept in everything
        if isinstance(kept.record, Withdrawal | Correction)
    }
    standing = [kept for kept in everything if _counts(kept, taken)]
    return learned(_ruled(own, standing), standing)


def changes_all(arrivals: Iterable[Kept[Record]], own: str) -> bool:
    """Tell whether one of these changes what earlier ones mean: then a book is made anew."""
    return any(
        isinstance(kept.record, Withdrawal | Correction)
        or (isinstance(kept.record, TierRules) and kept.entry.issuer == own)
        for kept in arrivals
    )


def learned(book: Book, arrivals: Iterable[Kept[Record]]) -> Book:
    """Return the book after these too; none of them may change what earlier ones mean."""
    draft = _Draft(book)
    for kept in arrivals:
        draft.take(kept)
    return draft.finished()


def _ruled(own: str, standing: Iterable[Kept[Record]]) -> Book:
    """Return an empty book with the rules in force."""
    mine = (kept for kept in standing if kept.entry.issuer == own)
    adopted = [kept for kept in mine if isinstance(kept.record, TierRules)]
    if not adopted:
        return Book(own)
    rules = cast("TierRules", adopted[-1].record)
    asked: dict[tuple[EvidenceKind, str], tuple[Query, ...]] = {}
    for query in rules.queries():
        place = (query.kind, query.suite)
        asked[place] = (*asked.get(place, ()), query)
    return Book(own, rules, adopted[-1].entry.position, asked)


def _counts(kept: Kept[Record], taken: set[tuple[str, str]]) -> bool:
    """Tell whether a record counts: one that raised a tier does though it was taken back."""
    raised = isinstance(kept.record, RiskTier) and kept.record.act == "raised"
    return raised or (kept.entry.issuer, str(kept.record.id)) not in taken


class _Draft:
    """A book being made: a mapping is copied when it is first changed."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._changed: dict[str, dict[Any, Any]] = {}
        self._place = book.place
        self._touched: set[str] = set()
        self._languages: dict[str, set[str]] = {}
        """Files of which only what was reckoned in some languages is touched."""
        self._all_touched = False

    def finished(self) -> Book:
        changed = cast("dict[str, Any]", self._changed)
        book = replace(self._book, place=self._place, **changed)
        return replace(book, reckoned=self._still_true(book))

    def take(self, kept: Kept[Record]) -> None:
        self._place += 1
        record, issuer = kept.record, kept.entry.issuer
        if isinstance(record, EVIDENCE):
            self._take_evidence(kept)
            return
        match record:
            case RiskTier():
                self._take_word(record, kept.entry)
            case Provenance():
                self._take_provenance(record, issuer)
            case LoweringConfirmed():
                self._take_confirmation(record, issuer)
            case _:
                if issuer == self._book.own:
                    self._take_own(kept)

    def _take_own(self, kept: Kept[Record]) -> None:
        match kept.record:
            case Partner(name=name):
                self._of("partners").setdefault(name, True)
                self._all_touched = True
            case PartnerStanding(partner=name, standing=standing):
                self._of("partners")[name] = standing == "active"
                self._all_touched = True
            case TierLowering():
                self._of("proposals")[str(kept.record.id)] = kept
            case _:
                pass

    def _take_word(self, record: RiskTier, entry: Entry) -> None:
        issuer, began = entry.issuer, self._book.rules_position
        before = issuer == self._book.own and entry.position < began
        word = Word(record.tier, record.act, record.id, self._place, before)
        dossier = self._dossier(record.model_sha256)
        words = {**dossier.words, (issuer, record.domain): word}
        self._keep(record.model_sha256, replace(dossier, words=words))

    def _take_confirmation(self, record: LoweringConfirmed, issuer: str) -> None:
        proposal = self._now("proposals").get(str(record.lowering_id))
        if record.lowering_issuer != self._book.own or proposal is None:
            return
        found = lowered(proposal, record, issuer, self._place)
        if found is not None:
            file = proposal.record.model_sha256
            dossier = self._dossier(file)
            self._keep(file, replace(dossier, lowered=(*dossier.lowered, found)))

    def _take_provenance(self, record: Provenance, issuer: str) -> None:
        stated, file = self._of("stated"), record.model_sha256
        stated[file] = {**stated.get(file, {}), issuer: record}
        made_into = self._of("made_into")
        for base in record.derived_from:
            made_into[base] = made_into.get(base, frozenset()) | {record.model_sha256}
        self._touched.add(record.model_sha256)

    def _take_evidence(self, kept: Kept[Record]) -> None:
        """Take in evidence if a rule asks for it; of others than are believed it is not even looked at."""
        piece = piece_of(kept.record, kept.entry.issuer)
        believed = self._book.rules.believed if self._book.rules else ()
        if piece is None or piece.issuer not in (self._book.own, *believed):
            return
        asking = self._book.asked.get((piece.kind, piece.suite), ())
        fixed = any(piece.language in query.languages for query in asking)
        if not fixed and not any(not query.languages for query in asking):
            return
        file = piece.model_sha256
        dossier = self._dossier(file)
        self._of("dossiers")[file] = replace(dossier, pieces=(*dossier.pieces, piece))
        if fixed:
            self._touched.add(file)
        else:
            self._languages.setdefault(file, set()).add(piece.language)

    def _dossier(self, file: str) -> Dossier:
        return self._now("dossiers").get(file, NOTHING)

    def _keep(self, file: str, dossier: Dossier) -> None:
        self._of("dossiers")[file] = dossier
        self._touched.add(file)

    def _still_true(self, book: Book) -> dict[str, dict[Any, Any]]:
        """Return what was reckoned and rests on nothing that has arrived."""
        if self._all_touched:
            return {}
        gone = descendants_of(self._touched, book.made_into)
        kept = {file: each for file, each in self._book.reckoned.items() if file not in gone}
        for touched, languages in self._languages.items():
            for file in descendants_of((touched,), book.made_into) & kept.keys():
                found = kept[file].items()
                kept[file] = {key: each for key, each in found if key[0] not in languages}
        return kept

    def _now(self, name: str) -> Mapping[Any, Any]:
        changed = self._changed.get(name)
        return changed if changed is not None else getattr(self._book, name)

    def _of(self, name: str) -> dict[Any, Any]:
        if name not in self._changed:
            self._changed[name] = dict(getattr(self._book, name))
        return self._changed[name]
