"""Long lists, page by page, with the words that were searched for (screens §1, P42)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from app.kernel.errors import InputCode, InvalidInput
from app.kernel.quantity import whole_number
from app.kernel.text import clean_text, fold_code

PAGE_ROWS = 50
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list was asked for: words, chosen filters, page."""

    words: str
    page: int
    chosen: Mapping[str, str]

    @property
    def args(self) -> dict[str, str]:
        """The arguments that lead back here, without the page."""
        told = {"q": self.words, **self.chosen}
        return {name: value for name, value in told.items() if value}


@dataclass(frozen=True, slots=True)
class Listing:
    """One page of a list."""

    rows: Sequence[Any]
    total: int
    page: int
    pages: int
    asked: Asked

    @property
    def filtered(self) -> bool:
        return bool(self.asked.args)


def asked(args: Mapping[str, str], choices: Mapping[str, Sequence[str]]) -> Asked:
    """What the address asks for. Raises InvalidInput naming the argument that is none of the choices."""
    words = fold_code(clean_text(args.get("q", ""), field="q", max_len=_LONGEST, required=False))
    chosen = {}
    for name, allowed in choices.items():
        value = args.get(name, "")
        if value and value not in allowed:
            raise InvalidInput(name, InputCode.not_choice)
        chosen[name] = value
    return Asked(words, whole_number(args.get("page", "1"), field="page", low=1), chosen)


def listing(session: Session, found: Select[*tuple[Any, ...]], what: Asked) -> Listing:
    """The page of `found` that was asked for; `found` says the order."""
    total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery())) or 0
    pages = max(1, -(-total // PAGE_ROWS))
    page = min(what.page, pages)
    rows = session.execute(found.limit(PAGE_ROWS).offset((page - 1) * PAGE_ROWS)).all()
    return Listing(rows, total, page, pages, what)


def like(words: str) -> str:
    """A LIKE pattern that finds `words` anywhere, letter for letter; use with escape='!'."""
    escaped = words.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
