"""What one can ask about API keys: issue, rotate, revoke, and whose one is.

The node keeps an HMAC of each key and no key. A key that is unknown, expired or revoked looks the
same to whoever shows it.
"""

import hmac
import secrets
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Lock

from corridor.access.errors import NoSuchKey, NoSuchPrincipal, NotKnown, Throttled
from corridor.access.records import ApiKey, KeyRevoked, Project
from corridor.access.rules.keys import (
    KEY,
    KEY_MARK,
    PREFIX_LENGTH,
    Bucket,
    KeyState,
    caller_of,
    emptied_by_one,
    ends_of,
    refilled,
    seconds_to_wait,
    state_of,
)
from corridor.access.rules.secrets import Secrets
from corridor.access.settings import AccessSettings
from corridor.access.store.people import (
    keys_of,
    mentioning,
    principal_of,
    project_of,
    revocations_of,
)
from corridor.core.clock import Clock
from corridor.core.errors import Conflict, Invalid, NotFound
from corridor.core.store import Transaction, View

MAX_CALLERS = 10_000
"""So many addresses are counted in memory; beyond it, those that were quiet longest are forgotten."""


@dataclass(frozen=True, slots=True)
class WrongKeys:
    """How many wrong keys came from which address lately: in this process, and in memory alone."""

    lock: Lock = field(default_factory=Lock)
    buckets: OrderedDict[str, Bucket] = field(default_factory=OrderedDict[str, Bucket])

    def to_wait(self, address: str, now: float, per_minute: int) -> float:
        """Return for how many seconds no more keys of an address are looked at."""
        if not self.buckets:  # as it nearly always is
            return 0.0
        with self.lock:
            bucket = refilled(self.buckets.get(caller_of(address)), now, per_minute)
        return seconds_to_wait(bucket, per_minute)

    def note(self, address: str, now: float, per_minute: int) -> None:
        """Count one more wrong key of an address."""
        caller = caller_of(address)
        with self.lock:
            bucket = refilled(self.buckets.pop(caller, None), now, per_minute)
            self.buckets[caller] = emptied_by_one(bucket)
            while len(self.buckets) > MAX_CALLERS:
                self.buckets.popitem(last=False)


@dataclass(frozen=True, slots=True)
class ApiKeys:
    """Issue keys, take them back, and say whose one is."""

    settings: AccessSettings
    clock: Clock
    secrets: Secrets = field(repr=False)
    wrong: WrongKeys = field(default_factory=WrongKeys, repr=False)

    def issue(
        self,
        tx: Transaction,
        principal: str,
        project: str | None,
        label: str,
        models: Sequence[str] = (),
        lifetime: timedelta | None = None,
    ) -> tuple[ApiKey, str]:
        """Make a key and return it with its secret, which is not kept and cannot be shown again.

        With a project it is for models; without one it is a person's own, for the control side.

        Raises:
            NoSuchPrincipal: if there is no such principal, or it has left.
            NotFound: if there is no such project.
            Invalid: if a personal key is for models, a project's for none, or its time is over.
        """
        holder = principal_of(tx, principal)
        if holder is None or not holder.active:
            raise NoSuchPrincipal(f"There is no principal {principal!r}.")
        if project is None:
            _check_personal(holder.type, models)
        else:
            _check_for_models(_known_project(tx, project).organisation, holder.organisation, models)
        if lifetime is not None and lifetime <= timedelta(0):
            raise Invalid("A key's lifetime has to be longer than nothing.")
        key, secret = self._made(
            tx,
            principal=principal,
            project=project,
            label=label,
            models=tuple(models),
            expires_at=self.clock() + lifetime if lifetime is not None else None,
        )
        tx.audit("key.issue", key.prefix, principal=principal, project=project, label=label)
        return key, secret

    def rotate(
        self, tx: Transaction, prefix: str, overlap: timedelta | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key in the place of another, which still works for a while; return the new one.

        The new one has the time that the old one had when it was made.

        Raises:
            NoSuchKey: if no key in force begins so.
            Conflict: if it was rotated already.
        """
        old = self._in_force(tx, prefix)
        lifetime = None if old.expires_at is None else old.expires_at - old.made_at
        end = None if lifetime is None else self.clock() + lifetime
        return self._rotated(tx, old, overlap, end, by_holder=False)

    def renew(
        self, tx: Transaction, prefix: str, overlap: timedelta | None = None
    ) -> tuple[ApiKey, str]:
        """Make a key in the place of one, for whoever showed that one; return the new one.

        It ends when the old one would have: only the operator gives more time. Who closes the old
        one closes this one too.

        Raises:
            NoSuchKey: if no key in force begins so.
            Conflict: if it was rotated already.
        """
        old = self._in_force(tx, prefix)
        return self._rotated(tx, old, overlap, old.expires_at, by_holder=True)

    def revoke(self, tx: Transaction, prefix: str, reason: str) -> ApiKey:
        """Close a key at once and for good, with those that its holder made in its place.

        It may be one that expires or was rotated.

        Raises:
            NoSuchKey: if no key begins so, or it is revoked already with all that came of it.
        """
        found = [key for key in mentioning(tx, ApiKey, prefix) if key.prefix == prefix]
        closed: list[ApiKey] = []
        for key in (each for first in found for each in self.line(tx, first)):
            if self.state(tx, key) != "revoked":
                self._end(tx, key, reason)
                tx.audit("key.revoke", key.prefix, principal=key.principal, reason=reason)
                closed.append(key)
        if not closed:
            raise NoSuchKey(f"No key that could be revoked begins with {prefix[:20]!r}.")
        return closed[0]

    def revoke_all(self, tx: Transaction, principal: str, reason: str) -> list[ApiKey]:
        """Close every key of a principal at once, those of projects included."""
        open_ones = [key for key, state in self.keys_of(tx, principal) if state != "revoked"]
        for key in open_ones:
            self._end(tx, key, reason)
            tx.audit("key.revoke", key.prefix, principal=principal, reason=reason)
        return open_ones

    def keys(self, view: View) -> list[tuple[ApiKey, KeyState]]:
        """Return every key with its state, oldest first."""
        now, ends = self.clock(), ends_of(view.own(KeyRevoked))
        return [(key, state_of(key, ends.get(key.id), now)) for key in view.own(ApiKey)]

    def keys_of(self, view: View, principal: str) -> list[tuple[ApiKey, KeyState]]:
        """Return every key of a principal with its state, oldest first."""
        now, ends = self.clock(), ends_of(view.own(KeyRevoked))
        return [(key, state_of(key, ends.get(key.id), now)) for key in keys_of(view, principal)]

    def state(self, view: View, key: ApiKey) -> KeyState:
        """Say whether a key is in force, expired or revoked."""
        end = ends_of(revocations_of(view, key)).get(key.id)
        return state_of(key, end, self.clock())

    def end(self, view: View, key: ApiKey) -> datetime | None:
        """Return from when on a key is revoked, if it is or will be."""
        return min((each.effective for each in revocations_of(view, key)), default=None)

    def holding(self, view: View, secret: str) -> ApiKey:
        """Return the key in force that somebody shows.

        Raises:
            NotKnown: if there is none, whatever the reason.
        """
        if KEY.match(secret):
            digest = self.secrets.key_digest(secret)
            for key in mentioning(view, ApiKey, digest):
                same = hmac.compare_digest(key.digest, digest)
                if same and self.state(view, key) == "in_force":
                    return key
        raise NotKnown("This key opens nothing here.")

    def line(self, view: View, key: ApiKey) -> Iterator[ApiKey]:
        """Yield a key, and those that its holders made in its place, one after another."""
        yield key
        for each in mentioning(view, ApiKey, key.id):
            if each.by_holder and each.replaces == key.id:
                yield from self.line(view, each)

    def check_pace(self, address: str) -> None:
        """Check that an address may show a key: it did not show too many wrong ones lately.

        Raises:
            Throttled: if it did. The fact `retry_after` is in seconds.
        """
        rate = self.settings.wrong_keys_per_minute
        wait = self.wrong.to_wait(address, self.clock().timestamp(), rate)
        if wait > 0:
            seconds = max(1, round(wait + 0.5))
            raise Throttled("Too many tries came from here lately.", retry_after=seconds)

    def note_wrong(self, address: str) -> None:
        """Count a wrong key of an address."""
        now, rate = self.clock().timestamp(), self.settings.wrong_keys_per_minute
        self.wrong.note(address, now, rate)

    def _in_force(self, view: View, prefix: str) -> ApiKey:
        for key in mentioning(view, ApiKey, prefix):
            if key.prefix == prefix and self.state(view, key) == "in_force":
                return key
        raise NoSuchKey(f"No key in force begins with {prefix[:20]!r}.")

    def _rotated(
        self,
        tx: Transaction,
        old: ApiKey,
        overlap: timedelta | None,
        expires_at: datetime | None,
        *,
        by_holder: bool,
    ) -> tuple[ApiKey, str]:
        if revocations_of(tx, old):
            raise Conflict(
                f"Key {old.prefix} has an end already: it was rotated.",
                hint="Revoke it to end it now; rotate the key that took its place.",
            )
        now = self.clock()
        lasting = timedelta(hours=self.settings.rotation_overlap_hours)
        end = now + max(timedelta(0), lasting if overlap is None else overlap)
        key, secret = self._made(
            tx,
            principal=old.principal,
            project=old.project,
            label=old.label,
            models=old.models,
            expires_at=expires_at,
            replaces=old.id,
            by_holder=by_holder,
        )
        tx.append(
            KeyRevoked(made_at=now, key_id=old.id, effective=end, reason=f"rotated to {key.prefix}")
        )
        tx.audit("key.rotate", old.prefix, to=key.prefix, until=end.isoformat())
        return key, secret

    def _made(self, tx: Transaction, **fields: object) -> tuple[ApiKey, str]:
        while True:
            secret = KEY_MARK + secrets.token_urlsafe(32)
            prefix = secret[:PREFIX_LENGTH]
            if not mentioning(tx, ApiKey, prefix):  # people name a key by it
                break
        key = ApiKey.model_validate(
            {
                "made_at": self.clock(),
                "prefix": prefix,
                "digest": self.secrets.key_digest(secret),
                **fields,
            }
        )
        tx.append(key)
        return key, secret

    def _end(self, tx: Transaction, key: ApiKey, reason: str) -> None:
        now = self.clock()
        tx.append(KeyRevoked(made_at=now, key_id=key.id, effective=now, reason=reason))


def _known_project(view: View, name: str) -> Project:
    found = project_of(view, name)
    if found is None:
        raise NotFound(
            f"There is no project {name!r}.", hint="`corridor access project list` shows them."
        )
    return found


def _check_personal(kind: str, models: Sequence[str]) -> None:
    if models:
        raise Invalid(
            "A personal key is for no model.", hint="Name the project that the models are for."
        )
    if kind != "person":
        raise Invalid("Only a person has a personal key.", hint="Name a project for this key.")


def _check_for_models(project: str, holder: str, models: Sequence[str]) -> None:
    if not models:
        raise Invalid(
            "A project's key is for at least one model.", hint="Name services, or `*` for all."
        )
    if project != holder:
        raise Invalid(
            f"The project is of {project} and the key's holder of {holder}.",
            hint="A key is for a project of its holder's organisation.",
        )
