"""Refusals: every "no" of the product is a `DomainError` with a code and data, never prose (house §7)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from enum import StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, Self

__all__ = [
    "DomainError",
    "Gather",
    "InputCode",
    "InvalidInput",
    "Kind",
    "Problem",
    "all_codes",
]


class Kind(StrEnum):
    """What sort of "no" it is; the edge turns it into a status (422 or 400, 403, 404, 409, 503)."""

    invalid = "invalid"
    forbidden = "forbidden"
    missing = "missing"
    conflict = "conflict"
    unavailable = "unavailable"


class DomainError(Exception):
    """A refusal that a person or a program can act on; `data` fills the named places of its words."""

    code: ClassVar[str] = "error"
    kind: ClassVar[Kind] = Kind.invalid

    def __init__(self, **data: Any) -> None:
        self.data: dict[str, Any] = data
        super().__init__(self.code)

    def __str__(self) -> str:
        told = ", ".join(f"{name}={value!r}" for name, value in self.data.items())
        return f"{self.code}({told})"


class InputCode(StrEnum):
    """Codes of the faults the kernel's own parsers find in one field; each has its words in `app/words.py`."""

    required = "input.required"
    not_whole_number = "input.not_whole_number"
    not_amount = "input.not_amount"
    out_of_range = "input.out_of_range"
    not_text = "input.not_text"
    too_long = "input.too_long"
    bad_character = "input.bad_character"
    not_day = "input.not_day"
    not_instant = "input.not_instant"
    not_position = "input.not_position"
    not_choice = "input.not_choice"
    unknown_field = "input.unknown_field"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one field of what was typed or sent."""

    field: str
    code: str
    data: Mapping[str, Any] = dataclass_field(default_factory=lambda: MappingProxyType({}))


class InvalidInput(DomainError):
    """What came in cannot be taken as it stands; carries every problem found, so all are heard at once.

    `InvalidInput("qty", InputCode.required)` for one field, `InvalidInput(problems=[...])` for several.
    """

    code = "input.invalid"
    kind = Kind.invalid

    def __init__(
        self,
        field: str | None = None,
        code: str = "input.invalid",
        *,
        problems: Iterable[Problem] = (),
        **data: Any,
    ) -> None:
        own = (Problem(field, str(code), MappingProxyType(dict(data))),) if field is not None else ()
        self.problems: tuple[Problem, ...] = own + tuple(problems)
        if not self.problems:
            raise ValueError("an InvalidInput names at least one field")
        super().__init__(fields=[problem.field for problem in self.problems])

    def __str__(self) -> str:
        return "; ".join(f"{problem.field}: {problem.code} {dict(problem.data)}" for problem in self.problems)


class Gather:
    """Collects the problems of several fields and raises them together at the end (house §7).

    `found = Gather()`; `with found: qty = whole_number(...)` for each field; `found.check()` before use.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: object,
    ) -> bool:
        if isinstance(error, InvalidInput):
            self.problems.extend(error.problems)
            return True
        return False

    def add(self, field: str, code: str, **data: Any) -> None:
        """Note a problem found without an exception."""
        self.problems.append(Problem(field, str(code), MappingProxyType(data)))

    def check(self) -> None:
        """Raises InvalidInput with everything found so far, or does nothing."""
        if self.problems:
            raise InvalidInput(problems=self.problems)


def all_codes() -> set[str]:
    """Every code that a loaded refusal can carry; the test for missing words walks this set (house §7)."""
    codes = {str(code) for code in InputCode}
    waiting: list[type[DomainError]] = [DomainError]
    while waiting:
        cls = waiting.pop()
        codes.add(cls.code)
        waiting.extend(cls.__subclasses__())
    return codes
