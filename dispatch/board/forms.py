"""What the board's forms may carry."""

from __future__ import annotations

from datetime import datetime

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.kernel.dates import iso_instant
from app.web.forms import HouseForm, InstantField, LineField, WholeField
from dispatch.planner.settings import ZONE


class WhenField(InstantField):
    """An instant as a person types it, or exactly, as a suggestion or a conflict hands it back."""

    def __init__(self, label: object = None, **kwargs: object) -> None:
        super().__init__(label, zone=ZONE, **kwargs)

    def parse(self, text: str) -> datetime:
        return iso_instant(text, field=self.name) if "T" in text else super().parse(text)


class AssignForm(HouseForm):
    """Who goes, and when; without a time where it costs least. A reason is asked for only when something breaks."""

    version = WholeField(_l("版本"))
    engineer_id = WholeField(_l("工程师"))
    start_at = WhenField(_l("到场时间"), required=False)
    reason = LineField(_l("原因"), max_len=200, required=False)


class SeenForm(HouseForm):
    """An act that needs to know only which version was seen: undo, back to the list."""

    version = WholeField(_l("版本"))


class PinForm(HouseForm):
    """Locks a visit to its engineer and time, or frees it for the planner."""

    version = WholeField(_l("版本"))
    pinned = BooleanField(_l("锁定"))


class PlanForm(HouseForm):
    """Which territory is planned; all of them when it is empty."""

    territory = LineField(_l("区域"), max_len=20, required=False)
