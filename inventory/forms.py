"""What the forms of this floor share: a one-time key per page."""

from __future__ import annotations

from typing import Any

from wtforms import ValidationError

from app.kernel.ids import new_action_id
from app.web.forms import LineField
from app.web.words import say


class KeyField(LineField):
    """The form's one-time key, made with the page: a double click changes nothing twice (screens §1)."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__("", max_len=64, default=new_action_id, **kwargs)
        self.render_kw = {"type": "hidden"}

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        if not str(self.data).replace("-", "").isalnum():
            raise ValidationError(say("input.bad_character"))
