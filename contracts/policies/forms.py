"""What is typed to define a service policy."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.web.forms import ChoiceField, CodeField, HouseForm, LineField, VersionField, WholeField
from contracts.fields import PercentField, SpanField, TicksField
from contracts.policies.rules import (
    ANY_LEVEL,
    ANY_REQUEST,
    LEVELS,
    ClockKind,
    Cost,
    Limit,
    PauseReason,
    PolicyTerms,
)

CLOCKS = {
    ClockKind.RESPONSE: _l("响应时限"),
    ClockKind.REMOTE_START: _l("远程开始时限"),
    ClockKind.ARRIVAL: _l("到场时限"),
    ClockKind.RESTORE: _l("恢复时限"),
    ClockKind.RESOLVE: _l("解决时限"),
}
REASONS = {
    PauseReason.CUSTOMER_NOT_READY: _l("客户未准备好"),
    PauseReason.NO_ACCESS: _l("无法进场"),
    PauseReason.CUSTOMER_TESTING: _l("客户验证中"),
    PauseReason.THIRD_PARTY: _l("等待第三方"),
    PauseReason.FORCE_MAJEURE: _l("不可抗力"),
    PauseReason.LOANER_IN_PLACE: _l("备机已上"),
    PauseReason.OUR_PART: _l("等待我方备件"),
}
ROWS = (ANY_LEVEL, *LEVELS)


class PolicyForm(HouseForm):
    """A policy; five clocks by four rows of levels follow below, and which reason stops which clock."""

    code = CodeField(_l("策略代码"), max_len=40)
    name_zh = LineField(_l("中文名称"), max_len=60)
    name_en = LineField(_l("英文名称"), max_len=60)
    hours_code = ChoiceField(_l("服务时间"), choices=[])
    labour = BooleanField(_l("含人工"), default=True)
    travel = BooleanField(_l("含路费"), default=True)
    parts = BooleanField(_l("含备件"), default=True)
    loaner = BooleanField(_l("含备机"))
    inspections_a_year = WholeField(_l("每年巡检次数"), low=0, high=365, default=0)
    upkeep_visits_a_year = WholeField(_l("每年保养次数"), low=0, high=365, default=0)
    follow_ups_a_month = WholeField(_l("每月回访次数"), low=0, high=31, default=0)
    yearly_rate = PercentField(_l("年费率(百分比)"), default=0)
    version = VersionField(low=0, default=0)

    def limit(self, kind: ClockKind, level: int) -> Any:
        """The field of one clock at one level; level 0 is for every level without a figure of its own."""
        return self._fields[f"limit_{kind.value}_{level}"]

    def pause(self, kind: ClockKind) -> Any:
        """The field that says which reasons stop a clock."""
        return self._fields[f"pause_{kind.value}"]

    def terms(self, kept: tuple[Limit, ...] = ()) -> PolicyTerms:
        """What was typed; `kept` are limits of particular request types, which this page does not show."""
        included = {Cost.LABOUR: self.labour, Cost.TRAVEL: self.travel, Cost.PARTS: self.parts}
        typed = tuple(
            Limit(kind, self.limit(kind, level).data, level=level)
            for kind in ClockKind
            for level in ROWS
            if self.limit(kind, level).data
        )
        return PolicyTerms(
            code=self.code.data,
            name_zh=self.name_zh.data,
            name_en=self.name_en.data,
            hours_code=self.hours_code.data,
            limits=typed + kept,
            includes=frozenset(cost for cost, field in included.items() if field.data),
            includes_loaner=self.loaner.data,
            inspections_a_year=self.inspections_a_year.data,
            upkeep_visits_a_year=self.upkeep_visits_a_year.data,
            follow_ups_a_month=self.follow_ups_a_month.data,
            yearly_rate_bp=self.yearly_rate.data,
            pauses={kind: frozenset(PauseReason(v) for v in self.pause(kind).data or ()) for kind in ClockKind},
        )


for _kind, _label in CLOCKS.items():
    for _level in ROWS:
        setattr(PolicyForm, f"limit_{_kind.value}_{_level}", SpanField(_label, required=False))
    _reasons = [(reason.value, words) for reason, words in REASONS.items()]
    setattr(PolicyForm, f"pause_{_kind.value}", TicksField(_label, choices=_reasons))


def data_of(terms: PolicyTerms) -> dict[str, Any]:
    """An edition as the form shows it."""
    told: dict[str, Any] = {
        "code": terms.code,
        "name_zh": terms.name_zh,
        "name_en": terms.name_en,
        "hours_code": terms.hours_code,
        "labour": Cost.LABOUR in terms.includes,
        "travel": Cost.TRAVEL in terms.includes,
        "parts": Cost.PARTS in terms.includes,
        "loaner": terms.includes_loaner,
        "inspections_a_year": terms.inspections_a_year,
        "upkeep_visits_a_year": terms.upkeep_visits_a_year,
        "follow_ups_a_month": terms.follow_ups_a_month,
        "yearly_rate": terms.yearly_rate_bp,
    }
    for limit in terms.limits:
        if limit.request_type == ANY_REQUEST:
            told[f"limit_{limit.kind.value}_{limit.level}"] = limit.limit_s
    for kind, reasons in terms.pauses.items():
        told[f"pause_{kind.value}"] = sorted(reason.value for reason in reasons)
    return told
