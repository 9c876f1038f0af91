"""Signing in and out, and keeping one's own account (P27, P30, P31)."""

from __future__ import annotations

from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError

from app.audit import api as audit
from app.auth import guessing, rules, store
from app.auth.actor import Actor
from app.auth.errors import NameTaken, TooManyAttempts, WeakPassword, WrongCode, WrongPassword
from app.auth.guessing import Guess
from app.auth.models import SignInSession, User
from app.db import changed_one, transaction, use_case
from app.domain import Role
from app.kernel.ids import new_token, token_hash

_hasher = PasswordHasher()
#: Verified in place of an unknown account's hash, so that known and unknown names take the same time.
_NOBODY = _hasher.hash("nobody signs in with this")

TOTP_SECONDS = 30


def use_cheap_hashes() -> None:
    """Lower the cost of hashing; for tests and demo data only, whose passwords guard nothing."""
    global _hasher, _NOBODY
    _hasher = PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1)
    _NOBODY = _hasher.hash("nobody signs in with this")


def _matches(stored: str, password: str) -> bool:
    try:
        return _hasher.verify(stored, password)
    except (VerifyMismatchError, InvalidHashError):
        return False


def sign_in(user_name: str, password: str, *, address: str, now: datetime) -> tuple[str, bool]:
    """A new session's cookie value, and whether a one-time code is still to come.

    Raises WrongPassword for whatever is wrong, TooManyAttempts when guessing is over. Three steps, because hashing
    takes long on purpose: the try is counted, the password is checked with nothing held, the session is opened if
    the account is still as it was read.
    """
    guess = guessing.guess_as(user_name, address=address, now=now)
    if _matches(guess.password_hash or _NOBODY, password) and guess.user_id is not None:
        opened = _open_session(guess, now=now)
        if opened is not None:
            return opened
    guessing.refuse(guess, "auth.refused", now=now)
    raise WrongPassword()


@use_case
def _open_session(guess: Guess, *, now: datetime) -> tuple[str, bool] | None:
    """None when the account was closed, or its password replaced, while this one was looked at."""
    token = new_token()
    with transaction() as session:
        user = session.get_one(User, guess.user_id, with_for_update={"read": True})
        if user.password_hash != guess.password_hash or user.disabled_at is not None:
            return None
        code_needed = rules.needs_second_factor(user.role)
        store.take_back(session, guess.attempt_id)
        session.add(_new_session(user, token, address=guess.address, now=now, proven=not code_needed))
        audit.record(session, by=guess.who, action="auth.signed_in", object_ref=guess.object_ref, at=now)
        return token, code_needed


def _new_session(user: User, token: str, *, address: str, now: datetime, proven: bool) -> SignInSession:
    return SignInSession(
        token_hash=token_hash(token), user_id=user.id, created_at=now, seen_at=now,
        second_factor_at=now if proven else None, ended_at=None, address=address,
    )  # fmt: skip


@use_case
def prove_second_factor(token: str, code: str, *, address: str, now: datetime) -> str:
    """A fresh cookie value for the session that brought the right code; each code works once (P30)."""
    refused: Exception | None = None
    fresh = new_token()
    with transaction() as session:
        found = store.session_by_token(session, token)
        if found is None:
            raise WrongCode()
        row, user = found
        who = Actor(user_name=user.user_name, address=address)
        name = store.budget_name(user, "")
        attempt_id = guessing.take_from_budget(session, name=name, address=address, now=now)
        step = int(now.timestamp()) // TOTP_SECONDS
        used = next((s for s in (step, step - 1, step + 1) if _code_at(user, s) == code), None)
        if attempt_id is None:
            refused = TooManyAttempts(minutes=15)
        elif used is None or not _use_step(session, user, used):
            refused = WrongCode()
        else:
            store.take_back(session, attempt_id)
            row.second_factor_at, row.token_hash = now, token_hash(fresh)
        action = "auth.code_refused" if refused else "auth.second_factor"
        audit.record(session, by=who, action=action, object_ref=f"user:{user.id}", at=now)
    if refused:
        raise refused
    return fresh


def _code_at(user: User, step: int) -> str | None:
    return pyotp.TOTP(user.totp_secret).at(step * TOTP_SECONDS) if user.totp_secret else None


def _use_step(session, user: User, step: int) -> bool:  # type: ignore[no-untyped-def]
    taken = update(User).where(User.id == user.id, User.totp_last_step < step).values(totp_last_step=step)
    return changed_one(session.execute(taken))


@use_case
def sign_out(*, by: Actor, now: datetime) -> None:
    """End this session for good; a copied cookie is dead with it (P31)."""
    with transaction() as session:
        session.execute(update(SignInSession).where(SignInSession.id == by.session_id).values(ended_at=now))
        audit.record(session, by=by, action="auth.signed_out", object_ref=f"user:{by.user_id}", at=now)


@use_case
def sign_out_everywhere(*, by: Actor, now: datetime) -> None:
    """End every other session of the actor's account (P27)."""
    with transaction() as session:
        assert by.user_id is not None
        store.end_sessions(session, user_id=by.user_id, now=now, keep=by.session_id)
        audit.record(session, by=by, action="auth.signed_out_everywhere", object_ref=f"user:{by.user_id}", at=now)


def change_password(old: str, new: str, *, by: Actor, now: datetime) -> str:
    """A fresh cookie value for this session; the password is the new one and every other session ends (P27, P31).

    Raises WeakPassword, WrongPassword, TooManyAttempts: guesses at the old password use the account's budget.
    """
    assert by.user_id is not None
    rules.check_password(new, user_name=by.user_name)
    if new == old:
        raise WeakPassword(reason="same")
    guess = guessing.guess_own(by.user_id, address=by.address, now=now)
    if _matches(guess.password_hash or _NOBODY, old):
        fresh = _replace_password(guess, _hasher.hash(new), by=by, now=now)
        if fresh is not None:
            return fresh
    guessing.refuse(guess, "auth.password_refused", now=now)
    raise WrongPassword()


@use_case
def _replace_password(guess: Guess, new_hash: str, *, by: Actor, now: datetime) -> str | None:
    """None when the account was closed, or its password replaced, while the old one was looked at."""
    fresh = new_token()
    with transaction() as session:
        replaced = (
            update(User)
            .where(User.id == guess.user_id, User.password_hash == guess.password_hash, User.disabled_at.is_(None))
            .values(password_hash=new_hash, must_change_password=0, version=User.version + 1)
        )
        if not changed_one(session.execute(replaced)):
            return None
        store.take_back(session, guess.attempt_id)
        store.end_sessions(session, user_id=by.user_id or 0, now=now, keep=by.session_id)
        own = update(SignInSession).where(SignInSession.id == by.session_id, SignInSession.ended_at.is_(None))
        session.execute(own.values(token_hash=token_hash(fresh)))
        audit.record(session, by=by, action="auth.password_changed", object_ref=f"user:{by.user_id}", at=now)
    return fresh


@use_case
def keep_preferences(*, language: str | None = None, theme: str | None = None, by: Actor, now: datetime) -> None:
    """Remember the actor's language and theme."""
    with transaction() as session:
        user = session.get_one(User, by.user_id)
        before = {"language": user.language, "theme": user.theme}
        user.language, user.theme = language or user.language, theme or user.theme
        audit.record(
            session, by=by, action="auth.preferences", object_ref=f"user:{user.id}", at=now, before=before,
            after={"language": user.language, "theme": user.theme},
        )  # fmt: skip


@use_case
def add_user(
    user_name: str,
    password: str,
    *,
    display_name: str,
    role: Role,
    mobile: str | None = None,
    customer_id: int | None = None,
    engineer_id: int | None = None,
    totp_secret: str | None = None,
    first_password: bool = True,
    by: Actor,
    now: datetime,
) -> int:
    """The id of a new account. A first password works once: its owner replaces it at the first sign-in (P30)."""
    rules.check_password(password, user_name=user_name)
    if rules.needs_second_factor(role) and totp_secret is None:
        totp_secret = pyotp.random_base32()
    password_hash = _hasher.hash(password)  # Before the transaction: nobody waits for it.
    try:
        with transaction() as session:
            user = User(
                user_name=user_name, mobile=mobile, display_name=display_name, role=role,
                password_hash=password_hash, totp_secret=totp_secret, customer_id=customer_id,
                engineer_id=engineer_id, must_change_password=int(first_password), created_at=now,
            )  # fmt: skip
            session.add(user)
            session.flush()
            audit.record(
                session, by=by, action="auth.user_added", object_ref=f"user:{user.id}", at=now,
                after={"user_name": user_name, "role": role},
            )  # fmt: skip
            return user.id
    except IntegrityError as error:
        raise NameTaken(user_name=user_name) from error


@use_case
def disable_user(user_id: int, *, by: Actor, now: datetime) -> None:
    """Close an account at once: its next request anywhere finds no right (P27)."""
    with transaction() as session:
        user = session.get_one(User, user_id)
        user.disabled_at = now
        store.end_sessions(session, user_id=user_id, now=now)
        audit.record(session, by=by, action="auth.user_disabled", object_ref=f"user:{user_id}", at=now)


@use_case
def note_seen(session_id: int, *, now: datetime) -> None:
    """Keep an active session from going idle; bookkeeping, not a change of anybody's data."""
    with transaction() as session:
        session.execute(update(SignInSession).where(SignInSession.id == session_id).values(seen_at=now))
