"""What a password must be, when guessing ends, how long a session lives (P30, P31)."""

from __future__ import annotations

from datetime import datetime, timedelta

from app.auth.errors import WeakPassword
from app.domain import Role

MAX_FAILURES_PER_NAME = 10
MAX_FAILURES_PER_ADDRESS = 100
GUESSING_WINDOW = timedelta(minutes=15)
IDLE_LIMIT = timedelta(hours=12)
ABSOLUTE_LIMIT = timedelta(days=14)
SEEN_EVERY = timedelta(minutes=5)
SECOND_FACTOR_ROLES = frozenset({Role.MANAGER, Role.ADMINISTRATOR})

_COMMON_STEMS = (
    "password",
    "123456",
    "qwerty",
    "abcdef",
    "111111",
    "letmein",
    "iloveyou",
    "admin",
    "welcome",
    "5201314",
)


def check_password(password: str, *, user_name: str) -> None:
    """Accept 12 to 128 characters as typed that are neither common nor the name itself. Raises WeakPassword."""
    if not 12 <= len(password) <= 128:
        raise WeakPassword(reason="length")
    folded = password.casefold()
    without_stems = folded
    for stem in _COMMON_STEMS:
        without_stems = without_stems.replace(stem, "")
    if len(set(folded)) < 5 or len(without_stems) < 4 or folded == user_name.casefold() * 2:
        raise WeakPassword(reason="common")


def guessing_is_over(*, failures_of_name: int, failures_of_address: int) -> bool:
    """Whether no further try is looked at within the window."""
    return failures_of_name >= MAX_FAILURES_PER_NAME or failures_of_address >= MAX_FAILURES_PER_ADDRESS


def is_alive(*, created_at: datetime, seen_at: datetime, ended_at: datetime | None, now: datetime) -> bool:
    """Whether a session still carries a right."""
    return ended_at is None and now - seen_at < IDLE_LIMIT and now - created_at < ABSOLUTE_LIMIT


def needs_second_factor(role: Role) -> bool:
    """Managers and administrators bring a one-time code beside the password."""
    return role in SECOND_FACTOR_ROLES
