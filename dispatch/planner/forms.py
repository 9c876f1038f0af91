"""What the heads of dispatch decide about planning."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.web.forms import HouseForm, VersionField


class PlanningForm(HouseForm):
    """The rules of planning that may be changed."""

    seen_version = VersionField(low=0)
    room_for_calls = BooleanField(_l("给还没来的急单留余地"))
