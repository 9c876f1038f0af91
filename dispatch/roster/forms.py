"""What is typed about a shift (P7, P26); instants in our people's own zone."""

from __future__ import annotations

from flask import abort
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from app.kernel.errors import InvalidInput
from app.kernel.quantity import whole_number
from app.web.forms import ChoiceField, HouseForm, InstantField, WholeField
from dispatch.roster.queries import ZONE
from dispatch.roster.rules import Shift

__all__ = ["DutyForm", "RemoveForm"]

KINDS = [("regular", _l("正班")), ("on_call", _l("待命"))]


class SeenForm(HouseForm):
    """A change of a shift; without the version seen nothing is done (P14)."""

    version = HiddenField()

    def seen(self) -> int:
        """The version the page showed."""
        try:
            return whole_number(self.version.data, field="version", high=2**53)
        except InvalidInput:
            abort(400)


class DutyForm(SeenForm):
    """One shift."""

    engineer_id = ChoiceField(_l("工程师"))
    kind = ChoiceField(_l("班次"), choices=KINDS)
    starts_at = InstantField(_l("开始"), zone=ZONE)
    ends_at = InstantField(_l("结束"), zone=ZONE)
    break_from_at = InstantField(_l("休息最早"), zone=ZONE, required=False)
    break_latest_at = InstantField(_l("休息最晚"), zone=ZONE, required=False)
    break_minutes = WholeField(_l("休息(分钟)"), low=0, high=240, required=False)
    max_overtime_minutes = WholeField(_l("最多加班(分钟)"), low=0, high=480, required=False)

    def shift(self) -> Shift:
        """What was typed, as the use case takes it."""
        return Shift(
            self.starts_at.data, self.ends_at.data, self.kind.data, self.break_from_at.data, self.break_latest_at.data,
            self.break_minutes.data or 0, self.max_overtime_minutes.data or 0,
        )  # fmt: skip


class RemoveForm(SeenForm):
    """A shift that falls away."""
