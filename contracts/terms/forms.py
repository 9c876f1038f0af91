"""What is typed about a contract: its terms, what it covers, and the steps of its life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField

from app.web.forms import (
    ChoiceField,
    DayField,
    HouseForm,
    LineField,
    ProseField,
    VersionField,
    WholeField,
    YuanField,
)
from contracts.fields import OptionalChoice, PercentField
from contracts.policies.rules import ClockKind
from contracts.terms.clauses import CapPeriod, ClauseTerms, PenaltyUnit
from contracts.terms.rules import ContractKind, ContractState, ContractTerms, FeeKind, LineScope, LineTerms

KINDS = {
    ContractKind.FREE_WARRANTY: _l("免费质保服务"),
    ContractKind.PAID_MAINTENANCE: _l("有偿维保"),
    ContractKind.EXTENDED_WARRANTY: _l("延长质保"),
    ContractKind.TIME_AND_MATERIALS: _l("按次框架"),
}
STATES = {
    ContractState.DRAFT: _l("草稿"),
    ContractState.QUOTED: _l("已报价"),
    ContractState.SIGNED: _l("已签署"),
    ContractState.ACTIVE: _l("生效"),
    ContractState.SUSPENDED: _l("中止"),
    ContractState.EXPIRED: _l("已到期"),
    ContractState.RENEWED: _l("已续保"),
    ContractState.TERMINATED: _l("已终止"),
}
FEES = {
    FeeKind.FIXED: _l("固定金额"),
    FeeKind.PERCENT_OF_VALUE: _l("按覆盖销售额比例"),
    FeeKind.PER_ASSET: _l("按设备台数"),
    FeeKind.PREPAID_DAYS: _l("预付人天"),
}
UNITS = {
    PenaltyUnit.STARTED_HOUR: _l("每开始一小时"),
    PenaltyUnit.FULL_HOUR: _l("每满一小时"),
    PenaltyUnit.ONCE: _l("每次固定"),
    PenaltyUnit.PERCENT_OF_FEE: _l("按合同额比例"),
}
CAPS = {
    CapPeriod.QUARTER: _l("每季度"),
    CapPeriod.YEAR: _l("每年"),
    CapPeriod.CONTRACT: _l("整个合同"),
}
CLAUSE_CLOCKS = {
    ClockKind.RESPONSE: _l("响应时限"),
    ClockKind.ARRIVAL: _l("到场时限"),
    ClockKind.RESTORE: _l("恢复时限"),
    ClockKind.RESOLVE: _l("解决时限"),
}


class ContractForm(HouseForm):
    """The terms of one version; `covers` are added per customer, one choice of policy for each thing."""

    starts_on = DayField(_l("开始日期"))
    ends_on = DayField(_l("结束日期(含当日)"))
    fee_kind = ChoiceField(_l("计费方式"), choices=[(k.value, v) for k, v in FEES.items()], default="fixed")
    fee_fen = YuanField(_l("金额(元)"), default=0)
    fee_rate_bp = PercentField(_l("费率(百分比)"), default=0)
    prepaid_days = WholeField(_l("预付人天"), low=0, high=10_000, default=0)
    vat_bp = PercentField(_l("增值税率(百分比)"), default=600)
    starts_when_paid = BooleanField(_l("收款后才生效"))
    service_area = LineField(_l("服务区域"), required=False, max_len=200)
    payment_terms = ProseField(_l("付款约定"), required=False, max_len=2000)
    note = ProseField(_l("其他约定"), required=False, max_len=4000)
    priority = WholeField(_l("付费优先级"), low=1, high=999, default=50)
    label_1 = LineField(_l("最严重等级的叫法"), max_len=20, default="1级")
    label_2 = LineField(_l("中间等级的叫法"), max_len=20, default="2级")
    label_3 = LineField(_l("最轻等级的叫法"), max_len=20, default="3级")
    penalty_cap_fen = YuanField(_l("扣款上限(元)"), required=False)
    penalty_cap_period = ChoiceField(
        _l("上限周期"), choices=[(k.value, v) for k, v in CAPS.items()], default="contract"
    )
    version = VersionField(low=0, default=0)

    #: Set on the class made for one customer: (field name, label, line without its policy).
    covered: Sequence[tuple[str, str, LineTerms]] = ()
    zone = "Asia/Shanghai"
    kept: tuple[LineTerms, ...] = ()

    @property
    def cover_fields(self) -> list[Any]:
        return [self._fields[name] for name, _, _ in self.covered]

    def clause_fields(self) -> list[tuple[Any, list[Any]]]:
        """For each clock its label and its five fields."""
        parts = ("unit", "fixed", "each", "percent", "grace")
        return [
            (label, [self._fields[f"{part}_{kind.value}"] for part in parts]) for kind, label in CLAUSE_CLOCKS.items()
        ]

    def lines(self) -> tuple[LineTerms, ...]:
        """One line for each thing a policy was chosen for; prices and back-dating agreed earlier are kept."""
        before = {(line.scope, line.asset_id, line.site_id): line for line in self.kept}
        found = []
        for name, _, line in self.covered:
            if chosen := self._fields[name].data:
                old = before.get((line.scope, line.asset_id, line.site_id), line)
                found.append(
                    LineTerms(
                        line.scope, int(chosen), asset_id=line.asset_id, site_id=line.site_id,
                        price_fen=old.price_fen, backdated_from_on=old.backdated_from_on,
                        backdated_price_fen=old.backdated_price_fen, backdated_by=old.backdated_by,
                    )
                )  # fmt: skip
        return tuple(found)

    def clauses(self) -> tuple[ClauseTerms, ...]:
        """The clauses that were filled in."""
        found = []
        for kind in CLAUSE_CLOCKS:
            unit, fixed, each, percent, grace = (
                self._fields[f"{part}_{kind.value}"].data for part in ("unit", "fixed", "each", "percent", "grace")
            )
            if unit:
                found.append(
                    ClauseTerms(kind, PenaltyUnit(unit), fixed or 0, each or 0, percent or 0, (grace or 0) * 60)
                )
        return tuple(found)

    def terms(self) -> ContractTerms:
        return ContractTerms(
            starts_on=self.starts_on.data,
            ends_on=self.ends_on.data,
            lines=self.lines(),
            fee_kind=FeeKind(self.fee_kind.data),
            fee_fen=self.fee_fen.data,
            fee_rate_bp=self.fee_rate_bp.data,
            prepaid_days=self.prepaid_days.data,
            vat_bp=self.vat_bp.data,
            starts_when_paid=self.starts_when_paid.data,
            zone=self.zone,
            service_area=self.service_area.data,
            payment_terms=self.payment_terms.data,
            note=self.note.data,
            priority=self.priority.data,
            level_labels=(self.label_1.data, self.label_2.data, self.label_3.data),
            clauses=self.clauses(),
            penalty_cap_fen=self.penalty_cap_fen.data,
            penalty_cap_period=CapPeriod(self.penalty_cap_period.data),
        )


for _kind in CLAUSE_CLOCKS:
    _units = [("", _l("无"))] + [(unit.value, words) for unit, words in UNITS.items()]
    setattr(ContractForm, f"unit_{_kind.value}", OptionalChoice(_l("计算方式"), choices=_units))
    setattr(ContractForm, f"fixed_{_kind.value}", YuanField(_l("每次(元)"), required=False))
    setattr(ContractForm, f"each_{_kind.value}", YuanField(_l("每小时(元)"), required=False))
    setattr(ContractForm, f"percent_{_kind.value}", PercentField(_l("占合同额(百分比)"), required=False))
    setattr(ContractForm, f"grace_{_kind.value}", WholeField(_l("宽限(分钟)"), required=False, low=0, high=100_000))


class NewContractForm(ContractForm):
    """A new contract also says what kind it is."""

    kind = ChoiceField(_l("合同类型"), choices=[(k.value, v) for k, v in KINDS.items()], default="paid_maintenance")


def form_for(
    base: type[ContractForm],
    things: Iterable[tuple[str, LineTerms]],
    policies: list[tuple[str, str]],
    *,
    before: ContractTerms | None = None,
    seen: int = 0,
) -> ContractForm:
    """The form of one customer: a choice of policy for each of his `things`, filled with the terms `before`."""
    covered = [(_field_name(line), label, line) for label, line in things]
    fields: dict[str, Any] = {
        name: OptionalChoice(label, choices=[("", _l("不覆盖")), *policies]) for name, label, _ in covered
    }
    kept = before.lines if before else ()
    zone = before.zone if before else "Asia/Shanghai"
    made = type(base.__name__, (base,), {**fields, "covered": covered, "kept": kept, "zone": zone})
    data: dict[str, Any] = {"version": seen}
    if before is not None:
        data.update(_data(before))
    form: ContractForm = made(data=data)
    return form


def _field_name(line: LineTerms) -> str:
    thing = {LineScope.ASSET: line.asset_id, LineScope.SITE: line.site_id}.get(line.scope)
    return f"cover_{line.scope.value}" + (f"_{thing}" if thing else "")


def _data(terms: ContractTerms) -> dict[str, Any]:
    plain = ("starts_on", "ends_on", "fee_fen", "fee_rate_bp", "prepaid_days", "vat_bp", "starts_when_paid",
             "service_area", "payment_terms", "note", "priority", "penalty_cap_fen")  # fmt: skip
    told = {name: getattr(terms, name) for name in plain}
    told["fee_kind"], told["penalty_cap_period"] = terms.fee_kind.value, terms.penalty_cap_period.value
    told.update(zip(("label_1", "label_2", "label_3"), terms.level_labels, strict=True))
    for line in terms.lines:
        told[_field_name(line)] = str(line.policy_id)
    for clause in terms.clauses:
        kind = clause.clock_kind.value
        told[f"unit_{kind}"], told[f"grace_{kind}"] = clause.unit.value, clause.grace_s // 60
        told[f"fixed_{kind}"], told[f"each_{kind}"] = clause.fixed_fen, clause.per_unit_fen
        told[f"percent_{kind}"] = clause.percent_bp
    return told


class StepForm(HouseForm):
    """A step that needs no words."""

    version = VersionField()


class SignForm(HouseForm):
    """Who signed, and on which day."""

    signed_by = LineField(_l("客户签署人"), max_len=60)
    signed_on = DayField(_l("签署日期"), required=False)
    version = VersionField()


class SignAmendmentForm(HouseForm):
    """Who signed the amendment."""

    signed_by = LineField(_l("客户签署人"), max_len=60)
    version = VersionField()


class SuspendForm(HouseForm):
    """Why nothing is owed for now."""

    why = LineField(_l("原因"), max_len=200)
    version = VersionField()


class TerminateForm(HouseForm):
    """Which day is the last, and why."""

    last_on = DayField(_l("最后服务日(含当日)"))
    why = LineField(_l("原因"), max_len=200)
    version = VersionField()


class PaymentForm(HouseForm):
    """The day the first payment came."""

    on = DayField(_l("收款日期"))
    version = VersionField()
