"""What one can ask about rules of tiers: check them, see what they would change, adopt them."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from corridor.assurance.adapters.rule_files import (
    RuleFile,
    rules_from,
    rules_in,
    shipped,
    shipped_rules,
    skill_tests,
)
from corridor.assurance.errors import BadRules, NoRules
from corridor.assurance.records import TierRule, TierRules
from corridor.assurance.records.skill_tests import SkillTest, Untested
from corridor.assurance.records.views import TierChanged
from corridor.assurance.rules.pieces import EVIDENCE
from corridor.assurance.rules.tiering import KINDS, Book, book_of, standing
from corridor.assurance.rules.tiering.checking import faults, notes
from corridor.assurance.rules.tiering.ruling import asked_of
from corridor.catalogue import Catalogue
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.records import Entry, Record
from corridor.core.store import Kept, Transaction, View
from corridor.evaluation import listings


@dataclass(frozen=True, slots=True)
class Rulebook:
    """Keep the rules by which this node reckons tiers."""

    clock: Clock
    catalogue: Catalogue

    def shipped(self) -> list[TierRules]:
        """Return the rules that come with Corridor."""
        return shipped(self.clock())

    def read(self, source: str) -> TierRules:
        """Return rules by the name under which they come with Corridor, or from a file.

        Raises:
            NoRules: if there are none.
            Invalid: if the file is not right, with the line.
        """
        path = Path(source)
        if path.suffix or path.exists():
            return rules_in(path, self.clock())
        return shipped_rules(source, self.clock())

    def stated(self, rules: RuleFile) -> TierRules:
        """Return rules that are stated as a file states them.

        Raises:
            BadRules: if together they are none.
        """
        return rules_from(rules, self.clock())

    def shipped_under(self, name: str) -> TierRules:
        """Return rules by the name under which they come with Corridor.

        Raises:
            NoRules: if there are none.
        """
        return shipped_rules(name, self.clock())

    def tests(self, view: View) -> list[tuple[SkillTest, int]]:
        """Return the tests of skill that rules may ask for, each with how much evidence on it is here."""
        found = Counter(kept.record.suite for kind in EVIDENCE for kept in view.every(kind))
        return [(each, found[each.suite]) for each in skill_tests().tests]

    def untested(self) -> tuple[Untested, ...]:
        """Return the domains in which no test gives evidence here, and why."""
        return skill_tests().untested

    def in_force(self, view: View) -> TierRules | None:
        """Return the rules that this node has adopted last; None where it has adopted none."""
        adopted = list(view.own(TierRules))
        return adopted[-1] if adopted else None

    def history(self, view: View) -> list[TierRules]:
        """Return all rules that this node has adopted, the oldest first."""
        return list(view.own(TierRules, taken_back=True))

    def faults(self, view: View, rules: TierRules) -> list[tuple[str, str]]:
        """Return what is wrong with rules at this node, with its place."""
        found = list(faults(rules, listings(), self._suites(view), skill_tests().tests))
        before = [each for each in self.history(view) if each.name == rules.name]
        newest = max((each.edition for each in before), default=0)
        if newest >= rules.edition and not any(_same(each, rules) for each in before):
            said = f"edition {newest} of {rules.name} is other rules: count on"
            found.append(("edition", said))
        return found

    def notes(self, rules: TierRules) -> list[str]:
        """Return what is allowed and worth knowing before rules are adopted."""
        return list(notes(rules, skill_tests().tests))

    def asked(self, rule: TierRule) -> list[str]:
        """Return what a rule asks, in words."""
        return list(asked_of(rule))

    def changes(self, view: View, rules: TierRules) -> list[TierChanged]:
        """Return what rules would change: of each file that is known here, in each language."""
        everything = list(view.arrived(KINDS))
        own = view.identity.name
        before = book_of(own, everything)
        after = book_of(own, [*everything, _as_adopted(rules, view)])
        return list(self._changes(view, before, after))

    def adopt(
        self,
        tx: Transaction,
        rules: TierRules,
        reason: str,
        set_words_until: datetime | None = None,
    ) -> TierRules:
        """Put rules in force, in the place of those before.

        Till `set_words_until`, where it is given, tiers that persons set before go on lowering.

        Raises:
            BadRules: if they ask for what cannot be; nothing is kept.
            Invalid: if that day is over.
        """
        if set_words_until is not None:
            if set_words_until <= self.clock():
                raise Invalid("That day is over.", hint="Name a later one, or leave it out.")
            rules = rules.model_copy(update={"set_words_until": set_words_until})
        if wrong := self.faults(tx, rules):
            raise BadRules("; ".join(f"{place}: {what}" for place, what in wrong) + ".")
        adopted = TierRules.model_validate(
            {
                **rules.model_dump(exclude={"id"}),
                "made_at": self.clock(),
                "visibility": "partners",
                "reason": reason,
            }
        )
        tx.append(adopted)
        tx.audit("tier_rules.adopt", rules.name, edition=rules.edition, reason=reason)
        return adopted

    def required(self, view: View) -> TierRules:
        """Return the rules in force.

        Raises:
            NoRules: if this node has adopted none.
        """
        found = self.in_force(view)
        if found is None:
            raise NoRules(
                "This node has adopted no rules of tiers.",
                hint="`corridor assurance rules adopt NAME`; `… rules list` shows what there is.",
            )
        return found

    def _suites(self, view: View) -> set[str]:
        """Return the suites of which there is evidence here."""
        return {kept.record.suite for kind in EVIDENCE for kept in view.every(kind)}

    def _changes(self, view: View, before: Book, after: Book) -> Iterator[TierChanged]:
        names = {model.file.sha256: model.name for model in self.catalogue.models(view).values()}
        now = self.clock()
        for file in sorted({*names, *before.dossiers, *after.dossiers}):
            spoken = {piece.language for piece in after.of(file).pieces}
            for language in (*sorted(spoken), None):
                was = standing(before, file, language, now).tier
                becomes = standing(after, file, language, now).tier
                if was != becomes:
                    yield TierChanged(
                        model=names.get(file, file[:12]),
                        model_sha256=file,
                        language=language,
                        before=was,
                        after=becomes,
                    )


def _same(one: TierRules, other: TierRules) -> bool:
    stated = {"id", "made_at", "visibility", "reason", "set_words_until"}
    return one.model_dump(exclude=stated) == other.model_dump(exclude=stated)


def _as_adopted(rules: TierRules, view: View) -> Kept[Record]:
    entry = Entry(
        record_id=rules.id,
        kind=rules.kind,
        version=rules.version,
        issuer=view.identity.name,
        position=view.log_size(),
        made_at=rules.made_at,
        visibility="partners",
        sha256="",
    )
    return Kept(entry, rules)
