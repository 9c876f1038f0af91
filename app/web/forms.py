"""Forms judged by the kernel's parsers: what was typed is kept, every problem is named (P7, P26, P42)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, request
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from werkzeug.datastructures import CombinedMultiDict
from wtforms import Field, SelectField, SelectMultipleField, ValidationError
from wtforms.fields import choices as wtforms_choices
from wtforms.widgets import HiddenInput, TextArea, TextInput

from app.kernel.dates import iso_day
from app.kernel.errors import DomainError, InvalidInput, Kind
from app.kernel.money import HIGHEST_FEN, format_yuan, yuan_to_fen
from app.kernel.quantity import HIGHEST_QTY, whole_number
from app.kernel.text import clean_text, fold_code, fold_mobile
from app.web.words import say, sentences

_INSTANT = re.compile(r"(19|20|21)[0-9]{2}-[0-9]{2}-[0-9]{2}[ T][0-9]{2}:[0-9]{2}")
#: Fields that every form may carry beside its own.
COMMON = {"csrf_token", "next"}


class HouseForm(FlaskForm):
    """A form that refuses fields it does not list, and shows a use case's refusal beside its fields."""

    class Meta(FlaskForm.Meta):
        """Only what a form sent counts: an empty body is a form with every field left empty, and JSON is none."""

        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            if formdata is None or hasattr(formdata, "getlist"):
                return formdata
            return CombinedMultiDict([request.files, request.form]) if request.method == "POST" else None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.status = 422 if request.method == "POST" else 200
        self.refused: list[str] = []

    def is_submitted(self) -> bool:
        if not super().is_submitted():
            return False
        listed = {field.name for field in self} | COMMON
        unlisted = sorted((set(request.form) | set(request.files)) - listed)
        if unlisted:
            abort(400, description=", ".join(unlisted)[:200])
        return True

    @contextmanager
    def refusals(self) -> Iterator[None]:
        """Show what a use case refuses on the form itself; what is forbidden or missing still ends the request."""
        try:
            yield
        except InvalidInput as error:
            for problem in error.problems:
                if problem.field in self._fields:
                    field = self._fields[problem.field]
                    field.errors = [*field.errors, say(problem.code, **problem.data)]
                else:
                    self.refused.append(f"{problem.field}: {say(problem.code, **problem.data)}")
            # A shortage is told like bad input, line by line, but it is a conflict (P1).
            self.status = 409 if error.kind is Kind.conflict else 422
        except DomainError as error:
            if error.kind not in {Kind.invalid, Kind.conflict}:
                raise
            self.refused.extend(sentences(error))
            self.status = 409 if error.kind is Kind.conflict else 422


class ParsedField(Field):
    """One line of text that a kernel parser turns into a value; keeps what was typed for the page."""

    widget: Any = TextInput()

    def __init__(
        self, label: Any = None, *, required: bool = True, attrs: dict[str, str] | None = None, **kwargs: Any
    ) -> None:
        render_kw = {**(attrs or {}), **({"aria-required": "true"} if required else {})}
        super().__init__(label, render_kw=render_kw, **kwargs)
        self.required = required
        self.typed: str | None = None

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def show(self, value: Any) -> str:
        return str(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        self.data = None
        self.typed = valuelist[0] if valuelist else ""
        if not isinstance(self.typed, str):
            raise ValueError(say("input.not_text"))

    def pre_validate(self, form: Any) -> None:
        # Judged here and not while processing, so that a form opened by GET shows no complaints.
        if self.typed is None and self.data is not None:
            return
        if not self.typed and not self.required:
            self.data = None
            return
        try:
            self.data = self.parse(self.typed or "")
        except InvalidInput as error:
            raise ValidationError(" ".join(say(p.code, **p.data) for p in error.problems)) from error

    def _value(self) -> str:
        if self.typed is not None:
            return self.typed
        return "" if self.data is None else self.show(self.data)


class WholeField(ParsedField):
    """A whole number, judged as typed (P7)."""

    def __init__(self, label: Any = None, *, low: int = 1, high: int = HIGHEST_QTY, **kwargs: Any) -> None:
        super().__init__(label, attrs={"inputmode": "numeric", "data-digits": "", "autocomplete": "off"}, **kwargs)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        return whole_number(text, field=self.name, low=self.low, high=self.high)


class VersionField(WholeField):
    """The version of the row that the form was opened on (P14)."""

    widget: Any = HiddenInput()

    def __init__(self, *, low: int = 1, **kwargs: Any) -> None:
        super().__init__(_l("版本"), low=low, high=10**9, **kwargs)


class YuanField(ParsedField):
    """An amount in yuan with at most two decimals; its data is whole fen (P7)."""

    def __init__(self, label: Any = None, *, low: int = 0, high: int = HIGHEST_FEN, **kwargs: Any) -> None:
        super().__init__(label, attrs={"inputmode": "decimal", "data-digits": "", "autocomplete": "off"}, **kwargs)
        self.low, self.high = low, high

    def parse(self, text: str) -> int:
        return yuan_to_fen(text, field=self.name, low=self.low, high=self.high)

    def show(self, value: Any) -> str:
        return format_yuan(value, sign="").replace(",", "")


class LineField(ParsedField):
    """One line of clean text; '' when optional and empty."""

    def __init__(
        self,
        label: Any = None,
        *,
        max_len: int = 200,
        fold: Callable[[str], str] | None = None,
        attrs: dict[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, attrs=attrs, **kwargs)
        self.max_len, self.fold = max_len, fold

    def parse(self, text: str) -> str:
        cleaned = clean_text(text, field=self.name, max_len=self.max_len, required=self.required)
        return self.fold(cleaned) if self.fold else cleaned

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.data = self.data or ""


class CodeField(LineField):
    """A number, code or serial: full-width characters are folded, everything else stays letter for letter (P4)."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, fold=fold_code, attrs={"autocomplete": "off", "spellcheck": "false"}, **kwargs)


class MobileField(LineField):
    """A telephone number; spaces, hyphens and full-width digits are tolerated."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        attrs = {"inputmode": "tel", "autocomplete": "off"}
        super().__init__(label, fold=fold_mobile, attrs=attrs, max_len=30, **kwargs)


class ProseField(LineField):
    """Several lines of clean text."""

    widget: Any = TextArea()

    def __init__(self, label: Any = None, *, max_len: int = 4000, **kwargs: Any) -> None:
        super().__init__(label, max_len=max_len, **kwargs)

    def parse(self, text: str) -> str:
        return clean_text(text, field=self.name, max_len=self.max_len, required=self.required, multiline=True)


class DayField(ParsedField):
    """A day as 2026-11-21."""

    def __init__(self, label: Any = None, **kwargs: Any) -> None:
        super().__init__(label, attrs={"inputmode": "numeric", "placeholder": "2026-11-21"}, **kwargs)

    def parse(self, text: str) -> Any:
        return iso_day(text, field=self.name)


class InstantField(ParsedField):
    """An instant as 2026-11-21 14:05 in a site's zone; its data is aware UTC."""

    def __init__(self, label: Any = None, *, zone: str = "Asia/Shanghai", **kwargs: Any) -> None:
        super().__init__(label, attrs={"placeholder": "2026-11-21 14:05"}, **kwargs)
        self.zone = zone

    def parse(self, text: str) -> datetime:
        try:
            # The years are bounded so that no zone can carry an instant out of the calendar.
            if not _INSTANT.fullmatch(text):
                raise ValueError(text)
            local = datetime.fromisoformat(text)
        except ValueError as error:
            raise InvalidInput(self.name, "input.not_instant") from error
        return local.replace(tzinfo=ZoneInfo(self.zone)).astimezone(UTC)

    def show(self, value: Any) -> str:
        return f"{value.astimezone(ZoneInfo(self.zone)):%Y-%m-%d %H:%M}"


class _Pairs:
    """Lets forms list their choices as plain (value, label) pairs, which WTForms no longer takes."""

    def __init__(self, label: Any = None, *, choices: Any = None, **kwargs: Any) -> None:
        super().__init__(label, choices=_listed(choices), **kwargs)  # type: ignore[call-arg]

    def _choices_from_input(self, choices: Any) -> Any:
        return super()._choices_from_input(_listed(choices))  # type: ignore[misc]


def _listed(choices: Any) -> Any:
    if isinstance(choices, list | tuple):
        return [wtforms_choices.SelectChoice(*one) if type(one) is tuple else one for one in choices]  # type: ignore[attr-defined]
    return choices


class ChoiceField(_Pairs, SelectField):
    """One of the listed values; anything else is refused by name."""

    def pre_validate(self, form: Any) -> None:
        if self.data in (None, "") or all(str(value) != str(self.data) for value, *_ in self.iter_choices()):
            raise ValidationError(say("input.not_choice"))


class ManyField(_Pairs, SelectMultipleField):
    """Any of the listed values."""
