"""Refusals of signing in."""

from app.kernel.errors import DomainError, Kind


class WrongPassword(DomainError):
    """The name or the password is wrong; which of them is not told (P30)."""

    code = "auth.wrong_password"
    kind = Kind.invalid


class WrongCode(DomainError):
    """The one-time code is wrong, old or used."""

    code = "auth.wrong_code"
    kind = Kind.invalid


class TooManyAttempts(DomainError):
    """The account or the address has failed too often; `minutes` until the next try."""

    code = "auth.too_many_attempts"
    kind = Kind.invalid


class WeakPassword(DomainError):
    """The new password is too short, too long, common, or the old one."""

    code = "auth.weak_password"
    kind = Kind.invalid


class NameTaken(DomainError):
    """Somebody else signs in under this name or mobile number."""

    code = "auth.name_taken"
    kind = Kind.conflict
