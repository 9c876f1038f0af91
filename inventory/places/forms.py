"""What is typed about a place."""

from __future__ import annotations

import re
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.errors import InvalidInput
from app.web.forms import ChoiceField, CodeField, HouseForm, LineField, ParsedField, VersionField
from inventory.places.hours import format_hours, parse_hours
from inventory.places.rules import Condition, PlaceData, PlaceKind

_DEGREES = re.compile(r"-?[0-9]{1,3}(\.[0-9]{1,8})?")

KINDS = [
    (PlaceKind.WAREHOUSE.value, _l("中心库")), (PlaceKind.DEPOT.value, _l("分库")), (PlaceKind.BIN.value, _l("货位")),
    (PlaceKind.VAN.value, _l("随车库")),
]  # fmt: skip
CONDITIONS = [
    (Condition.GOOD.value, _l("好件")), (Condition.TO_INSPECT.value, _l("待检")),
    (Condition.DEFECTIVE.value, _l("坏件")), (Condition.REFURBISHED.value, _l("翻新件")),
]  # fmt: skip


class DegreesField(ParsedField):
    """Degrees of latitude or longitude in WGS-84."""

    def parse(self, text: str) -> float:
        if not _DEGREES.fullmatch(text):
            raise InvalidInput(self.name, "input.not_position")
        return float(text)

    def show(self, value: Any) -> str:
        return f"{value:.6f}".rstrip("0").rstrip(".")


class HoursField(ParsedField):
    """Opening hours from Monday to Sunday."""

    def parse(self, text: str) -> Any:
        return parse_hours(text, field=self.name)

    def show(self, value: Any) -> str:
        return format_hours(value)


class PlaceForm(HouseForm):
    """One place of ours. Its kind and condition are chosen once."""

    code = CodeField(_l("编号"), max_len=40)
    name = LineField(_l("名称"), max_len=120)
    kind = ChoiceField(_l("种类"), choices=KINDS)
    condition = ChoiceField(_l("状态"), choices=CONDITIONS)
    parent = CodeField(_l("上级编号"), max_len=40, required=False)
    lat = DegreesField(_l("纬度"), required=False)
    lon = DegreesField(_l("经度"), required=False)
    hours = HoursField(_l("营业时间"), required=False)
    holder_ref = CodeField(_l("使用人"), max_len=40, required=False)
    version = VersionField(required=False)

    def place_data(self) -> PlaceData:
        """What was typed, as the rules want it."""
        return PlaceData(
            code=self.code.data, name=self.name.data, kind=PlaceKind(self.kind.data),
            condition=Condition(self.condition.data), parent_code=self.parent.data, lat=self.lat.data,
            lon=self.lon.data, hours=self.hours.data, holder_ref=self.holder_ref.data,
        )  # fmt: skip
