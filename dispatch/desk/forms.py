"""What the desk types: the call, and each act on a request (P7, P26)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask import abort
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, ValidationError

from app.kernel.errors import InvalidInput
from app.kernel.quantity import whole_number
from app.web.forms import (
    ChoiceField,
    CodeField,
    HouseForm,
    InstantField,
    LineField,
    ManyField,
    MobileField,
    ProseField,
    WholeField,
)  # fmt: skip
from app.web.words import say
from dispatch.clocks.rules import PauseReason
from dispatch.desk.use_cases import Call
from dispatch.requests.models import Channel, RequestType

__all__ = [
    "AllowForm", "AnswerForm", "AppointmentForm", "AssetForm", "CancelVisitForm", "ConfirmArrivalForm", "IntakeForm",
    "LevelForm", "MergeForm", "PartForm", "PauseForm", "PlainForm", "ReasonForm", "SettleForm",
]  # fmt: skip

LEVELS = [("1", _l("1级 业务中断")), ("2", _l("2级 业务受影响")), ("3", _l("3级 轻微"))]
TYPES = [
    (RequestType.FAULT.value, _l("故障")), (RequestType.CONSULTATION.value, _l("咨询")),
    (RequestType.INSPECTION.value, _l("巡检")), (RequestType.COMPLAINT.value, _l("投诉")),
]  # fmt: skip
CHANNELS = [
    (Channel.PHONE.value, _l("电话")), (Channel.EMAIL.value, _l("邮件")), (Channel.PORTAL.value, _l("门户")),
    (Channel.MONITORING.value, _l("监控")),
]  # fmt: skip
REASONS = [
    (PauseReason.customer_not_ready.value, _l("客户未准备好")), (PauseReason.no_access.value, _l("无法进场")),
    (PauseReason.customer_testing.value, _l("客户观察测试")), (PauseReason.third_party.value, _l("等第三方")),
    (PauseReason.our_part.value, _l("等我方备件")), (PauseReason.loaner_in_place.value, _l("已借备机")),
    (PauseReason.force_majeure.value, _l("不可抗力")),
]  # fmt: skip


class OneOf(RadioField):
    """Radio buttons; what is not listed is refused by name."""

    def __init__(self, label: Any = None, *, required: bool = True, **kwargs: Any) -> None:
        super().__init__(label, validate_choice=False, **kwargs)
        self.required = required

    def pre_validate(self, form: object) -> None:
        if not self.data or self.data == "None":
            raise ValidationError(say("input.required"))
        if all(str(value) != str(self.data) for value, *_ in self.iter_choices()):
            raise ValidationError(say("input.not_choice"))


class IntakeForm(HouseForm):
    """The call as it is told. `key` names this one form, so that a double click saves once."""

    key = HiddenField()
    caller_mobile = MobileField(_l("来电手机号"))
    words = LineField(_l("或搜客户、设备"), max_len=80, required=False, attrs={"autocomplete": "off"})
    caller_name = LineField(_l("来电人"), max_len=60)
    asset_id = HiddenField()
    fault_level = OneOf(_l("故障等级"), choices=LEVELS, default="2")
    symptom = ProseField(_l("故障现象"), max_len=2000)
    type = ChoiceField(_l("类型"), choices=TYPES, default="fault")
    channel = ChoiceField(_l("来源"), choices=CHANNELS, default="phone")
    reported_at = InstantField(_l("报修时间"))
    part_ids = ManyField(_l("预计要带的备件"), choices=[], validate_choice=False)
    step = HiddenField(default="save")

    def asset(self) -> int | None:
        """The chosen asset's id, when one is chosen."""
        return _number(self.asset_id.data)

    def level(self) -> int:
        """The chosen level; the middle one until something sensible is chosen."""
        return _number(self.fault_level.data) or 2

    def call(self, asset_id: int) -> Call:
        """What was told, as the use case takes it."""
        parts = {part: 1 for text in self.part_ids.data or [] if (part := _number(text)) is not None}
        return Call(
            asset_id=asset_id, symptom=self.symptom.data, caller_name=self.caller_name.data,
            caller_mobile=self.caller_mobile.data, reported_at=self.reported_at.data,
            fault_level=int(self.fault_level.data), type=RequestType(self.type.data),
            channel=Channel(self.channel.data), parts=parts,
        )  # fmt: skip


def _number(text: object) -> int | None:
    try:
        return whole_number(text, field="id", low=1, high=2**53)
    except InvalidInput:
        return None


class SeenForm(HouseForm):
    """An act on something that carries a version; without the version seen nothing is done (P14)."""

    version = HiddenField()

    def seen(self) -> int:
        """The version the page showed."""
        found = _number(self.version.data)
        if found is None:
            abort(400)
        return found


class PlainForm(SeenForm):
    """An act that needs no words."""


class PauseForm(SeenForm):
    """Why the request waits."""

    reason = ChoiceField(_l("等待原因"), choices=REASONS)
    note = LineField(_l("说明"), max_len=200, required=False)


class AppointmentForm(SeenForm):
    """Another time, and who on the customer's side agreed; without an earliest instant any time before will do."""

    from_at = InstantField(_l("最早到场"), required=False)
    new_due_at = InstantField(_l("最晚到场"))
    agreed_with = LineField(_l("客户方谁同意"), max_len=60)


class ReasonForm(SeenForm):
    """Why."""

    reason = LineField(_l("原因"), max_len=500)


class AllowForm(ReasonForm):
    """Why somebody may be sent although nothing covers it."""


class AnswerForm(SeenForm):
    """What solved it on the telephone."""

    answer = ProseField(_l("怎样解决的"), max_len=2000)


class LevelForm(ReasonForm):
    """Another level, and why."""

    level = ChoiceField(_l("故障等级"), choices=LEVELS)


class AssetForm(ReasonForm):
    """The right asset by its number, and why it was wrong."""

    asset_no = CodeField(_l("设备编号"), max_len=40)


class MergeForm(SeenForm):
    """The request that stays."""

    into_no = CodeField(_l("并入请求"), max_len=40)


class PartForm(HouseForm):
    """A part the visit should bring; 0 drops it."""

    part_no = CodeField(_l("备件号"), max_len=40)
    qty = WholeField(_l("数量"), low=0, default=1)


class CancelVisitForm(ReasonForm):
    """Why the trip is not needed."""


class ConfirmArrivalForm(SeenForm):
    """When the engineer really was there."""

    at = InstantField(_l("实际到场"))


class SettleForm(HouseForm):
    """What was done about an act of a phone that clashed."""

    note = LineField(_l("怎样处理的"), max_len=500)


def in_zone(form: HouseForm, zone: str) -> None:
    """Instants on this form are typed and shown in the site's time."""
    for one in form:
        if isinstance(one, InstantField):
            one.zone = zone


def prefilled(form: HouseForm, names: Sequence[str], at: datetime) -> None:
    """Put a sensible instant where nothing was typed."""
    for name in names:
        if form[name].typed is None and form[name].data is None:
            form[name].data = at
