"""Form fields that this floor's forms share."""

from __future__ import annotations

import re
from typing import Any

from wtforms import ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from app.calendar.rules import opening
from app.kernel.errors import InputCode, InvalidInput
from app.kernel.money import yuan_to_fen
from app.web.forms import ChoiceField, LineField, ManyField, ParsedField
from app.web.words import say

_SPAN = re.compile(r"(?:([0-9]{1,4})h)?(?:([0-9]{1,5})m)?")


class OptionalChoice(ChoiceField):
    """One of the listed values or none."""

    def pre_validate(self, form: Any) -> None:
        if self.data in (None, ""):
            self.data = ""
            return
        super().pre_validate(form)


class TicksField(ManyField):
    """Any of the listed values, each a box to tick."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def pre_validate(self, form: Any) -> None:
        allowed = {str(value) for value, *_ in self.iter_choices()}
        if any(str(value) not in allowed for value in self.data or ()):
            raise ValidationError(say("input.not_choice"))


class PercentField(ParsedField):
    """A percentage with at most two decimals; its data is whole hundredths of a percent."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, attrs={"inputmode": "decimal", "data-digits": "", "autocomplete": "off"}, **kwargs)

    def parse(self, text: str) -> int:
        hundredths = int(yuan_to_fen(text, field=self.name))
        if hundredths > 10_000:
            raise InvalidInput(self.name, InputCode.out_of_range, low=0, high=100)
        return hundredths

    def show(self, value: Any) -> str:
        return f"{value / 100:g}"


class SpanField(ParsedField):
    """A length of time as 30m, 4h or 1h30m; its data is whole seconds."""

    def parse(self, text: str) -> int:
        found = _SPAN.fullmatch(text)
        if found is None or not text:
            raise InvalidInput(self.name, "contracts.not_span")
        seconds = int(found[1] or 0) * 3600 + int(found[2] or 0) * 60
        if seconds == 0:
            raise InvalidInput(self.name, "contracts.not_span")
        return seconds

    def show(self, value: Any) -> str:
        hours, minutes = divmod(int(value) // 60, 60)
        return (f"{hours}h" if hours else "") + (f"{minutes}m" if minutes or not hours else "")


class AccessField(LineField):
    """The hours of one day as 08:00-18:00; its data is (from, to) in minutes, or None for a closed day."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, attrs={"placeholder": "08:00-18:00", "autocomplete": "off"}, max_len=20, **kwargs)

    def parse(self, text: str) -> Any:
        try:
            found = opening(text, field=self.name)
        except InvalidInput:
            found = ()
        if len(found) != 1:
            raise InvalidInput(self.name, "contracts.not_hours")
        return found[0]

    def show(self, value: Any) -> str:
        return "-".join(f"{minute // 60:02d}:{minute % 60:02d}" for minute in value)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.data = self.data or None
