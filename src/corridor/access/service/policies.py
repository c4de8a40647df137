"""The node's rules: policies by name beside the shipped ones, and the purposes that are listed.

Whatever is published is checked together with all that is in force. What cannot take effect is
refused whole, and what was in force stays in force.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from corridor.access.adapters.policy_cases import shipped_case_file
from corridor.access.adapters.shipped import shipped_purposes
from corridor.access.errors import BadPolicy, NoSuchPolicy, NoSuchPurpose
from corridor.access.ports import Fault, PolicyEngine, PolicySet
from corridor.access.records import Policy, Purpose, UseClass
from corridor.access.rules.policies import place_of, refused, version_of
from corridor.access.rules.policy_cases import CaseFile, Tried, facts_of, tried
from corridor.access.rules.stating import stated
from corridor.core.canonical import sha256
from corridor.core.clock import Clock
from corridor.core.errors import Invalid
from corridor.core.store import Transaction, View

SHORTEST_VERSION = 8
"""So many digits of a version are enough to name it."""


@dataclass(frozen=True, slots=True)
class Policies:
    """Say by which rules access is decided, and for which purposes it may be asked."""

    clock: Clock
    engine: PolicyEngine
    listed: Mapping[str, Purpose] = field(default_factory=shipped_purposes)
    """The purposes that come along."""

    def publish(self, tx: Transaction, name: str, text: str, reason: str) -> Policy:
        """Put a text of policies in force under a name, in the place of what it had.

        The same text again changes nothing.

        Raises:
            BadPolicy: if it has a fault, or does not fit those in force.
            Incomplete: if the name or the reason is not as it has to be.
        """
        text = text.replace("\r\n", "\n")
        present = self.policies(tx)
        if name in present and present[name].text == text:
            return present[name]
        texts = {**self._texts(tx), name: text}
        if faults := self.engine.faults(texts):
            raise BadPolicy(f"{refused(faults)}.", faults=[place_of(fault) for fault in faults])
        policy = stated(Policy, self.clock(), name=name, text=text, reason=reason)
        tx.append(policy)
        self._account(tx, "policy.publish", name, texts)
        return policy

    def retire(self, tx: Transaction, name: str, reason: str) -> Policy:
        """Take the policies of a name out of force; their history stays.

        Raises:
            NoSuchPolicy: if there are none in force under it.
        """
        if name not in self.policies(tx):
            raise NoSuchPolicy(f"No policies are in force under the name {name!r}.")
        policy = stated(Policy, self.clock(), name=name, text="", reason=reason)
        tx.append(policy)
        self._account(tx, "policy.retire", name, self._texts(tx))
        return policy

    def faults(self, view: View, texts: Mapping[str, str]) -> Sequence[Fault]:
        """Return everything that is wrong with texts, were they in force beside the present ones."""
        return [
            fault
            for fault in self.engine.faults({**self._texts(view), **texts})
            if fault.name in texts
        ]

    def policies(self, view: View) -> dict[str, Policy]:
        """Return the node's own policies that are in force, by name."""
        newest = {policy.name: policy for policy in view.own(Policy)}
        return {name: newest[name] for name in sorted(newest) if newest[name].text}

    def history(self, view: View, name: str) -> list[Policy]:
        """Return all that was ever in force under a name, oldest first.

        Raises:
            NoSuchPolicy: if there never was anything.
        """
        found = [policy for policy in view.own(Policy) if policy.name == name]
        if not found:
            raise NoSuchPolicy(f"There never was a policy of the name {name!r}.")
        return found

    def shipped(self) -> PolicySet:
        """Return the rules that hold on every node, alone."""
        return self.engine.policies({})

    def in_force(self, view: View) -> PolicySet:
        """Return the policies that are in force."""
        return self.engine.policies(self._texts(view))

    def with_added(self, view: View, texts: Mapping[str, str]) -> PolicySet:
        """Return the policies as they would be with these added, or put in the place of others.

        Raises:
            BadPolicy: if they could not be in force together.
        """
        return self.engine.policies({**self._texts(view), **texts})

    def version(self, view: View) -> str:
        """Return the version of the policies in force."""
        return version_of(self.engine.shipped, self._texts(view))

    def at_version(self, view: View, version: str) -> PolicySet:
        """Return the policies as they were at a version of the past, by the beginning of its digits.

        Raises:
            NoSuchPolicy: if there was none, or the shipped rules were others then.
            Invalid: if it is too short to tell.
        """
        if len(version) < SHORTEST_VERSION:
            raise Invalid(f"Give at least {SHORTEST_VERSION} digits of a version.")
        steps = accumulate(view.own(Policy), _after, initial=dict[str, str]())
        for texts in reversed(list(steps)):
            if version_of(self.engine.shipped, texts).startswith(version):
                return self.engine.policies(texts)
        raise NoSuchPolicy(
            f"Under the rules that this program ships there was no version {version}.",
            hint="`corridor access policy history` shows the versions.",
        )

    def versions(self, view: View) -> list[tuple[Policy, str]]:
        """Return every change of the policies with the version that it led to, oldest first."""
        changes = list(view.own(Policy))
        steps = accumulate(changes, _after, initial=dict[str, str]())
        after = [version_of(self.engine.shipped, texts) for texts in steps]
        return list(zip(changes, after[1:], strict=True))

    def texts(self, policies: PolicySet, ids: Sequence[str]) -> tuple[tuple[str, str], ...]:
        """Return policies by their ids with their texts; an id that is not among them is left out."""
        return tuple((name, policies.texts[name]) for name in ids if name in policies.texts)

    def tried(self, policies: PolicySet, given: CaseFile | None = None) -> list[Tried]:
        """Return what policies say of cases: those that are given, or the shipped ones.

        Raises:
            Invalid: if a case is not as it should be.
        """
        shipped, base = shipped_case_file()
        cases = given or shipped
        if given is not None and given.base:
            base = facts_of(given.base, None, "base")
        return list(tried(cases.cases, base, policies))

    def shipped_purposes(self) -> Mapping[str, Purpose]:
        """Return the purposes that are listed on every node until its operator says otherwise."""
        return self.listed

    def purposes(self, view: View) -> dict[str, Purpose]:
        """Return the purposes that may be declared, by name."""
        found = {**self.listed, **{purpose.name: purpose for purpose in view.own(Purpose)}}
        return {name: found[name] for name in sorted(found) if found[name].active}

    def list_purpose(self, tx: Transaction, name: str, title: str, use_class: UseClass) -> Purpose:
        """List a purpose, or give one that is listed another title or class.

        The same again changes nothing.

        Raises:
            Incomplete: if a field is not as it has to be.
        """
        present = self.purposes(tx).get(name)
        if present is not None and (present.title, present.use_class) == (title, use_class):
            return present
        fields = {"name": name, "title": title, "use_class": use_class}
        purpose = stated(Purpose, self.clock(), **fields)
        tx.append(purpose)
        tx.audit("purpose.list", name, use_class=use_class)
        return purpose

    def retire_purpose(self, tx: Transaction, name: str, reason: str) -> Purpose:
        """Take a purpose off the list: what was granted for it is closed from then on.

        Raises:
            NoSuchPurpose: if it is not listed.
        """
        present = self.purposes(tx).get(name)
        if present is None:
            raise NoSuchPurpose(f"The purpose {name!r} is not listed.")
        purpose = Purpose(
            made_at=self.clock(),
            name=name,
            title=present.title,
            use_class=present.use_class,
            active=False,
        )
        tx.append(purpose)
        tx.audit("purpose.retire", name, reason=reason)
        return purpose

    def _texts(self, view: View) -> dict[str, str]:
        return {name: policy.text for name, policy in self.policies(view).items()}

    def _account(self, tx: Transaction, act: str, name: str, texts: Mapping[str, str]) -> None:
        digest = sha256(texts[name].encode()) if name in texts else None
        tx.audit(act, name, sha256=digest, version=version_of(self.engine.shipped, texts))


def _after(texts: dict[str, str], policy: Policy) -> dict[str, str]:
    """Return the texts in force after a change."""
    others = {name: text for name, text in texts.items() if name != policy.name}
    return {**others, policy.name: policy.text} if policy.text else others
