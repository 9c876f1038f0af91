"""What is typed about a warranty."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l

from app.web.forms import ChoiceField, DayField, HouseForm, LineField, WholeField
from contracts.fields import OptionalChoice, TicksField
from contracts.policies.rules import Cost
from contracts.terms.rules import Component, Party, StartEvent, WarrantyFacts

PARTIES = [(Party.OURS.value, _l("我方质保")), (Party.MANUFACTURER.value, _l("厂家质保"))]
COMPONENTS = [
    (Component.WHOLE.value, _l("整机")),
    (Component.HARDWARE.value, _l("硬件")),
    (Component.SOFTWARE.value, _l("软件")),
    (Component.PART.value, _l("换件")),
]
EVENTS = [
    (StartEvent.ACCEPTANCE.value, _l("验收")),
    (StartEvent.INSTALLATION.value, _l("安装")),
    (StartEvent.SALE.value, _l("销售")),
    (StartEvent.REPLACEMENT.value, _l("换件")),
]
COSTS = [(Cost.LABOUR.value, _l("人工")), (Cost.TRAVEL.value, _l("路费")), (Cost.PARTS.value, _l("备件"))]


class WarrantyForm(HouseForm):
    """A warranty of one asset."""

    party = ChoiceField(_l("质保方"), choices=PARTIES, default=Party.OURS.value)
    component = ChoiceField(_l("范围"), choices=COMPONENTS, default=Component.WHOLE.value)
    start_event = ChoiceField(_l("起算"), choices=EVENTS, default=StartEvent.ACCEPTANCE.value)
    starts_on = DayField(_l("起算日期"), required=False)
    months = WholeField(_l("月数"), low=0, high=600, default=12)
    extra_months = WholeField(_l("赠送月数"), low=0, high=600, default=0)
    days = WholeField(_l("天数"), low=0, high=20_000, default=0)
    includes = TicksField(_l("包含"), choices=COSTS, default=[cost.value for cost in Cost])
    policy_id = OptionalChoice(_l("服务策略"), choices=[])
    priority = WholeField(_l("付费优先级"), low=1, high=999, default=10)
    note = LineField(_l("名称或说明"), required=False, max_len=120)

    def facts(self) -> WarrantyFacts:
        return WarrantyFacts(
            party=Party(self.party.data),
            component=Component(self.component.data),
            start_event=StartEvent(self.start_event.data),
            starts_on=self.starts_on.data,
            months=self.months.data,
            extra_months=self.extra_months.data,
            days=self.days.data,
            includes=frozenset(Cost(value) for value in self.includes.data or ()),
            policy_id=int(self.policy_id.data) if self.policy_id.data else None,
            priority=self.priority.data,
            note=self.note.data,
        )


class VoidForm(HouseForm):
    """Why a warranty is taken back."""

    why = LineField(_l("原因"), max_len=200)
