"""The phone's forms: they keep what was typed, one parser judges it for page and API alike (P7, P26)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField

from app.kernel.errors import InputCode, InvalidInput
from app.kernel.ids import new_action_id
from app.web.forms import CodeField, HouseForm, ManyField, ParsedField, ProseField, WholeField
from dispatch.field.rules import ActKind
from dispatch.field.use_cases import Sent
from dispatch.field.vocabulary import ACTIONS, CAUSES

__all__ = ["FORMS", "ActForm", "AskForm", "FindForm", "device_instant", "form_for"]


class TypedField(ParsedField):
    """A line kept as typed; `required` only shows the star, the use case judges."""

    def __init__(
        self, label: Any = None, *, required: bool = False, attrs: dict[str, str] | None = None, **kwargs: Any
    ):
        super().__init__(label, required=required, attrs={"autocomplete": "off", **(attrs or {})}, **kwargs)

    def parse(self, text: str) -> str:
        return text

    def pre_validate(self, form: Any) -> None:
        self.data = self.typed or ""


class TypedProse(TypedField):
    """Several lines kept as typed."""

    widget = ProseField.widget


class Chips(ManyField):
    """Any of the chips, by code; the use case judges them."""

    def pre_validate(self, form: Any) -> None:
        return


class ActForm(HouseForm):
    """One act of the phone: its one-time id and the device's word about the time, then what the kind wants."""

    kind_of: ClassVar[ActKind]
    names: ClassVar[tuple[str, ...]] = ()

    kind = HiddenField()
    action_id = HiddenField()
    claimed_at = HiddenField()
    offset_s = HiddenField()

    @classmethod
    def fresh(cls, **given: Any) -> ActForm:
        """An empty form under a new id, whatever the present request carries."""
        return cls(formdata=None, data={"kind": cls.kind_of.value, "action_id": new_action_id(), **given})

    def renew(self) -> None:
        """The refused act keeps its id for good; the next try is another act."""
        self.action_id.data = new_action_id()

    def body(self) -> dict[str, Any]:
        return {name: self[name].data for name in self.names}

    def sent(self, visit_ref: str) -> Sent:
        """The act as the use case takes it; a page is a device of its own for each act."""
        action_id = checked_id(self.action_id.data)
        return Sent(
            action_id=action_id, device=f"page:{action_id}", seq=1, visit_ref=visit_ref, kind=self.kind_of,
            body=self.body(), claimed_at=device_instant(self.claimed_at.data),
            claimed_text=self.claimed_at.data or "", offset_s=_seconds(self.offset_s.data),
        )  # fmt: skip


class AcceptForm(ActForm):
    kind_of = ActKind.ACCEPT


class DeclineForm(ActForm):
    kind_of = ActKind.DECLINE
    names = ("reason",)
    reason = TypedField(_l("拒单原因"), required=True)


class SetOffForm(ActForm):
    kind_of = ActKind.SET_OFF


class ArriveForm(ActForm):
    kind_of = ActKind.ARRIVE
    names = ("lat", "lon", "accuracy_m", "reason")
    lat = HiddenField()
    lon = HiddenField()
    accuracy_m = HiddenField()
    reason = TypedField(_l("签到说明"))


class ConfirmForm(ActForm):
    kind_of = ActKind.CONFIRM


class RestoreForm(ActForm):
    kind_of = ActKind.RESTORE


class UsePartForm(ActForm):
    kind_of = ActKind.USE_PART
    names = ("code", "qty", "removed_serial")
    code = TypedField(_l("新件:备件号或序列号"), required=True, attrs={"spellcheck": "false"})
    qty = TypedField(_l("数量"), required=True, attrs={"inputmode": "numeric", "data-digits": ""}, default="1")
    removed_serial = TypedField(_l("旧件序列号"), attrs={"spellcheck": "false"})


class ResolveForm(ActForm):
    kind_of = ActKind.RESOLVE
    names = ("cause", "action", "cause_text", "action_text", "notes")
    cause = Chips(_l("故障原因"), choices=list(CAUSES))
    action = Chips(_l("处理措施"), choices=list(ACTIONS))
    cause_text = TypedField(_l("原因说明"))
    action_text = TypedField(_l("措施说明"))
    notes = TypedProse(_l("后续建议"))

    def body(self) -> dict[str, Any]:
        said = super().body()
        return {**said, "cause": list(said["cause"] or ()), "action": list(said["action"] or ())}


class SignForm(ActForm):
    kind_of = ActKind.SIGN
    names = ("name", "mobile", "strokes")
    name = TypedField(_l("签字人"), required=True)
    mobile = TypedField(_l("手机号"), attrs={"inputmode": "tel"})
    strokes = HiddenField(_l("签名"))


class RefuseForm(ActForm):
    kind_of = ActKind.REFUSE
    names = ("name", "reason")
    name = TypedField(_l("客户姓名"), id="refuse-name")
    reason = TypedField(_l("拒签原因"), id="refuse-reason", required=True)


FORMS: Mapping[ActKind, type[ActForm]] = {
    form.kind_of: form
    for form in (AcceptForm, DeclineForm, SetOffForm, ArriveForm, ConfirmForm, RestoreForm, UsePartForm, ResolveForm,
                 SignForm, RefuseForm)
}  # fmt: skip


def form_for(kind: str) -> type[ActForm] | None:
    """The form of an act by its code, None for a code that is none."""
    return FORMS[ActKind(kind)] if kind in set(ActKind) else None


class AskForm(HouseForm):
    """A part wanted for one of the engineer's visits."""

    action_id = HiddenField()
    visit_ref = CodeField(_l("用于哪次上门"), max_len=30)
    part_no = CodeField(_l("备件号"), max_len=80)
    qty = WholeField(_l("数量"), high=1000, default=1)


class FindForm(HouseForm):
    """A code scanned by a gun or typed by hand."""

    code = CodeField(_l("备件号、序列号、设备号或单号"), max_len=80)


def checked_id(text: str | None) -> str:
    """A client-made id: 8 to 80 letters, digits, dashes. Raises InvalidInput."""
    value = text or ""
    if not (8 <= len(value) <= 80 and value.isascii() and value.replace("-", "").isalnum()):
        raise InvalidInput("action_id", InputCode.not_text if value else InputCode.required)
    return value


def device_instant(text: object, *, field: str = "claimed_at") -> datetime | None:
    """The device's instant as ISO with an offset; None where the page said nothing. Raises InvalidInput."""
    if text is None or text == "":
        return None
    if not isinstance(text, str) or len(text) > 40:
        raise InvalidInput(field, InputCode.not_instant)
    try:
        found = datetime.fromisoformat(text)
        if found.tzinfo is None:
            raise ValueError("naive")
        # The ends of the calendar cannot be moved to another zone.
        if not 1970 <= found.year < 2200:
            raise ValueError("implausible")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):
        raise InvalidInput(field, InputCode.not_instant) from None


def _seconds(text: str | None) -> int:
    """The measured offset; whatever is no whole number counts as not measured."""
    value = text or ""
    return int(value) if value.removeprefix("-").isdecimal() and value.isascii() and len(value) <= 8 else 0
