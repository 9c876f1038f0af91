"""What is typed about calendars: weekly hours, days that differ, an official year."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.kernel.dates import iso_day
from app.kernel.errors import InvalidInput
from app.web.forms import CodeField, HouseForm, LineField, ProseField, VersionField, WholeField

_LONGEST_STRETCH = 31
WEEKDAYS = [_l("周一"), _l("周二"), _l("周三"), _l("周四"), _l("周五"), _l("周六"), _l("周日")]


class DaysField(ProseField):
    """Days, one or more to a line, as 2027-01-01 or 2027-02-05~2027-02-11; its data is a sorted tuple."""

    def parse(self, text: str) -> Any:
        cleaned = super().parse(text)
        return tuple(sorted({day for word in cleaned.split() for day in self._stretch(word)}))

    def _stretch(self, word: str) -> list[date]:
        ends = [iso_day(part, field=self.name) for part in re.split("[~～]", word)]
        length = (ends[-1] - ends[0]).days
        if len(ends) > 2 or not 0 <= length < _LONGEST_STRETCH:
            raise InvalidInput(self.name, "input.not_day")
        return [ends[0] + timedelta(days=step) for step in range(length + 1)]

    def show(self, value: Any) -> str:
        return "\n".join(day.isoformat() for day in value)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.data = self.data or ()


class YearForm(HouseForm):
    """The official notice of one year."""

    year = WholeField(_l("年份"), low=1900, high=2199)
    off_days = DaysField(_l("放假日"), required=False)
    work_days = DaysField(_l("调休上班日"), required=False)
    source = LineField(_l("依据"), max_len=200)


class DaysForm(HouseForm):
    """The days on which one calendar differs from the official year."""

    seen_version = VersionField(low=0)
    off_days = DaysField(_l("放假日"), required=False)
    work_days = DaysField(_l("调休上班日"), required=False)


class WeekForm(HouseForm):
    """Weekly service hours and what they are called."""

    name_zh = LineField(_l("中文名称"), max_len=60)
    name_en = LineField(_l("英文名称"), max_len=60)
    day_0 = LineField(WEEKDAYS[0], required=False, max_len=80)
    day_1 = LineField(WEEKDAYS[1], required=False, max_len=80)
    day_2 = LineField(WEEKDAYS[2], required=False, max_len=80)
    day_3 = LineField(WEEKDAYS[3], required=False, max_len=80)
    day_4 = LineField(WEEKDAYS[4], required=False, max_len=80)
    day_5 = LineField(WEEKDAYS[5], required=False, max_len=80)
    day_6 = LineField(WEEKDAYS[6], required=False, max_len=80)
    observes_holidays = BooleanField(_l("按法定节假日"))

    @property
    def days(self) -> list[Any]:
        return [self._fields[f"day_{number}"] for number in range(7)]


class CalendarForm(WeekForm):
    """Weekly service hours under a new code."""

    code = CodeField(_l("日历代码"), max_len=40)


class HoursForm(WeekForm):
    """Other weekly service hours under a code that stays."""

    seen_version = VersionField()
