"""The budget of wrong secrets: one per account and one per address, counted in the database (P30).

A try is written down as failed before the secret is looked at, under locks that make tries of one account and of
one address queue; whoever proves right takes it back. So many guesses at once are no more guesses than one by one,
and no lock is held while a password is hashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from app.actor import Actor
from app.audit import api as audit
from app.auth import rules, store
from app.auth.errors import TooManyAttempts
from app.auth.models import User
from app.db import transaction, use_case


@dataclass(frozen=True, slots=True)
class Guess:
    """One try that counts as failed until it is proven right; `user_id` is None for a name that nobody has."""

    attempt_id: int
    user_id: int | None
    user_name: str
    password_hash: str | None
    address: str

    @property
    def who(self) -> Actor:
        """Who tried, for the trail: the account's own name, for what was typed may be a password."""
        return Actor(user_name=self.user_name, address=self.address)

    @property
    def object_ref(self) -> str:
        return f"user:{self.user_id or '-'}"


@use_case
def guess_as(typed_name: str, *, address: str, now: datetime) -> Guess:
    """Open a try at the account behind a typed name. Raises TooManyAttempts."""
    with transaction() as session:
        guess = _open(session, store.user_by_name(session, typed_name), typed_name, address=address, now=now)
    return _granted(guess)


@use_case
def guess_own(user_id: int, *, address: str, now: datetime) -> Guess:
    """Open a try of somebody who is signed in and names the present password again. Raises TooManyAttempts."""
    with transaction() as session:
        guess = _open(session, session.get_one(User, user_id), "", address=address, now=now)
    return _granted(guess)


@use_case
def refuse(guess: Guess, action: str, *, now: datetime) -> None:
    """Write the wrong guess into the trail; its attempt stays as it was opened."""
    with transaction() as session:
        audit.record(session, by=guess.who, action=action, object_ref=guess.object_ref, at=now)


def _open(session: Session, user: User | None, typed_name: str, *, address: str, now: datetime) -> Guess | None:
    name = store.budget_name(user, typed_name)
    attempt_id = take_from_budget(session, name=name, address=address, now=now)
    guess = Guess(
        attempt_id=attempt_id or 0, user_id=user.id if user else None, user_name=user.user_name if user else "-",
        password_hash=user.password_hash if user else None, address=address,
    )  # fmt: skip
    if attempt_id is None:
        audit.record(session, by=guess.who, action="auth.refused", object_ref=guess.object_ref, at=now)
        return None
    return guess


def _granted(guess: Guess | None) -> Guess:
    if guess is None:
        raise TooManyAttempts(minutes=15)
    return guess


def take_from_budget(session: Session, *, name: str, address: str, now: datetime) -> int | None:
    """The id of a new attempt that counts as failed; None when the account or the address has used its budget up."""
    store.queue_up(session, f"address:{address}")
    store.queue_up(session, name)
    by_name, by_address = store.failures(session, name=name, address=address, now=now)
    if rules.guessing_is_over(failures_of_name=by_name, failures_of_address=by_address):
        return None
    return store.note_attempt(session, name=name, address=address, failed=True, now=now)
