"""What every form of this floor shares: a refused stock change answers 409, and places are chosen by name."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from app.kernel.errors import DomainError, Kind
from app.kernel.ids import new_action_id
from app.web.forms import HouseForm, LineField
from app.web.words import say


class StockForm(HouseForm):
    """A form whose conflicts are told as such even where they name fields (P1: a clear 409)."""

    @contextmanager
    def refusals(self) -> Iterator[None]:
        with super().refusals():
            try:
                yield
            except DomainError as error:
                if error.kind is Kind.conflict:
                    self.status = 409
                raise


class KeyField(LineField):
    """The form's one-time key, made with the page: a double click changes nothing twice (screens §1)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("", max_len=64, default=new_action_id, **kwargs)
        self.render_kw = {"type": "hidden"}

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not str(self.data).replace("-", "").isalnum():
            raise ValueError(say("input.bad_character"))
