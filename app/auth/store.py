"""Rows of accounts, sessions and attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from app.auth.models import SignInAttempt, SignInSession, User
from app.auth.rules import GUESSING_WINDOW
from app.kernel.ids import token_hash


def user_by_name(session: Session, name: str) -> User | None:
    """The account behind a user name or a mobile number."""
    return session.scalar(select(User).where(or_(User.user_name == name, User.mobile == name)))


def budget_name(user: User | None, typed_name: str) -> str:
    """Whose guesses are counted together: an account's under whichever of its names, else those at one typed name."""
    return f"account:{user.id}" if user else f"name:{typed_name}"


def queue_up(session: Session, name: str) -> None:
    """Wait until nobody else holds `name`, and hold it to the end of the transaction; SQLite's writers queue anyway."""
    if session.get_bind().dialect.name == "postgresql":
        key = int(token_hash(name)[:15], 16)  # 60 bits: two names that meet only wait for each other.
        session.execute(select(func.pg_advisory_xact_lock(key)))


def failures(session: Session, *, name: str, address: str, now: datetime) -> tuple[int, int]:
    """How often the name and the address have failed within the window."""
    since = now - GUESSING_WINDOW
    failed = select(func.count()).where(SignInAttempt.failed == 1, SignInAttempt.at > since)
    by_name = session.scalar(failed.where(SignInAttempt.name_hash == token_hash(name))) or 0
    by_address = session.scalar(failed.where(SignInAttempt.address == address)) or 0
    return by_name, by_address


def note_attempt(session: Session, *, name: str, address: str, failed: bool, now: datetime) -> int:
    """Write the try down, whatever becomes of it; its id."""
    attempt = SignInAttempt(at=now, name_hash=token_hash(name), address=address, failed=int(failed))
    session.add(attempt)
    session.flush()
    return attempt.id


def take_back(session: Session, attempt_id: int) -> None:
    """The try was right: it counts as no failure."""
    session.execute(update(SignInAttempt).where(SignInAttempt.id == attempt_id).values(failed=0))


def session_by_token(session: Session, token: str) -> tuple[SignInSession, User] | None:
    """The session row and account behind a cookie."""
    row = session.execute(
        select(SignInSession, User)
        .join(User, User.id == SignInSession.user_id)
        .where(SignInSession.token_hash == token_hash(token))
    ).first()
    return (row[0], row[1]) if row else None


def end_sessions(session: Session, *, user_id: int, now: datetime, keep: int | None = None) -> None:
    """End every session of an account, save the one to keep (P27)."""
    ended = update(SignInSession).where(SignInSession.user_id == user_id, SignInSession.ended_at.is_(None))
    if keep is not None:
        ended = ended.where(SignInSession.id != keep)
    session.execute(ended.values(ended_at=now))
