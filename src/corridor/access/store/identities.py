"""Passwords, sessions and sign-ins under way: what ends or changes, and so is no record."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, select

from corridor.access.store.schema import passwords, sessions, sign_ins
from corridor.core.store import Transaction, View


@dataclass(frozen=True, slots=True)
class Password:
    """What is kept of a password."""

    salt: bytes
    digest: bytes


@dataclass(frozen=True, slots=True)
class Session:
    """A sign-in that lasts for a while, by a keyed hash of its token."""

    digest: str
    principal: str
    issuer: str
    began_at: float
    """Seconds since 1970, as `until`."""
    until: float


@dataclass(frozen=True, slots=True)
class SignIn:
    """One round trip to an OpenID provider that has begun."""

    state: str
    issuer: str
    nonce: str
    verifier: str
    """Of PKCE (RFC 7636)."""
    until: float


def password_of(view: View, principal: str) -> Password | None:
    """Return what is kept of a principal's password, if there is one."""
    query = select(passwords.c.salt, passwords.c.digest).where(passwords.c.principal == principal)
    row = view.connection.execute(query).first()
    return None if row is None else Password(row.salt, row.digest)


def keep_password(tx: Transaction, principal: str, password: Password) -> None:
    """Keep a password in the place of an earlier one."""
    drop_password(tx, principal)
    tx.connection.execute(
        insert(passwords).values(
            principal=principal,
            salt=password.salt,
            digest=password.digest,
            changed_at=tx.clock().timestamp(),
        )
    )


def drop_password(tx: Transaction, principal: str) -> None:
    """Forget a principal's password."""
    tx.connection.execute(delete(passwords).where(passwords.c.principal == principal))


def session_of(view: View, digest: str) -> Session | None:
    """Return a session, which may be over."""
    query = select(sessions).where(sessions.c.digest == digest)
    row = view.connection.execute(query).mappings().first()
    return None if row is None else Session(**dict(row))


def keep_session(tx: Transaction, session: Session) -> None:
    """Keep a new session; those that are over are forgotten."""
    tx.connection.execute(delete(sessions).where(sessions.c.until <= session.began_at))
    tx.connection.execute(
        insert(sessions).values(
            digest=session.digest,
            principal=session.principal,
            issuer=session.issuer,
            began_at=session.began_at,
            until=session.until,
        )
    )


def end_session(tx: Transaction, digest: str) -> bool:
    """Forget a session; tell whether there was one."""
    return bool(tx.connection.execute(delete(sessions).where(sessions.c.digest == digest)).rowcount)


def end_sessions_of(tx: Transaction, principal: str) -> int:
    """Forget all sessions of a principal; return how many there were."""
    done = tx.connection.execute(delete(sessions).where(sessions.c.principal == principal))
    return done.rowcount


def keep_sign_in(tx: Transaction, sign_in: SignIn, now: float) -> None:
    """Keep a round trip that begins; those that took too long are forgotten."""
    tx.connection.execute(delete(sign_ins).where(sign_ins.c.until <= now))
    tx.connection.execute(
        insert(sign_ins).values(
            state=sign_in.state,
            issuer=sign_in.issuer,
            nonce=sign_in.nonce,
            verifier=sign_in.verifier,
            until=sign_in.until,
        )
    )


def take_sign_in(tx: Transaction, state: str) -> SignIn | None:
    """Return a round trip and forget it: nobody can come back from it twice."""
    query = select(sign_ins).where(sign_ins.c.state == state)
    row = tx.connection.execute(query).mappings().first()
    gone = tx.connection.execute(delete(sign_ins).where(sign_ins.c.state == state)).rowcount
    return None if row is None or not gone else SignIn(**dict(row))
