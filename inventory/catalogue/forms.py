"""What is typed about a part."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.widgets import TextArea

from app.kernel.errors import InvalidInput
from app.kernel.quantity import Qty
from app.kernel.text import clean_text, fold_code
from app.web.forms import ChoiceField, CodeField, HouseForm, LineField, ParsedField, VersionField, WholeField, YuanField
from inventory.catalogue.rules import LONGEST_LEAD_DAYS, PartData

CRITICALITY = [("1", _l("1 缺了就停机")), ("2", _l("2 缺了降级")), ("3", _l("3 可以等"))]


class ListField(ParsedField):
    """Several short entries, one per line."""

    widget = TextArea()

    def parse(self, text: str) -> Any:
        whole = clean_text(text, field=self.name, max_len=4000, required=self.required, multiline=True)
        entries = tuple(entry for line in whole.split("\n") if (entry := fold_code(line)))
        if any(len(entry) > 80 for entry in entries):
            raise InvalidInput(self.name, "input.too_long", max_len=80)
        return entries

    def show(self, value: Any) -> str:
        return "\n".join(value)

    def pre_validate(self, form: Any) -> None:
        super().pre_validate(form)
        self.data = tuple(self.data or ())


class PartForm(HouseForm):
    """One part as the catalogue describes it."""

    part_no = CodeField(_l("备件号"), max_len=40)
    name = LineField(_l("名称"), max_len=120)
    name_en = LineField(_l("英文名称"), max_len=120, required=False)
    category = LineField(_l("类别"), max_len=60, required=False)
    unit = LineField(_l("单位"), max_len=12)
    serial_tracked = BooleanField(_l("按序列号管理"))
    returnable = BooleanField(_l("坏件要返还"))
    criticality = ChoiceField(_l("关键程度"), choices=CRITICALITY)
    cost = YuanField(_l("成本(元)"))
    price = YuanField(_l("价格(元)"))
    supplier = LineField(_l("供应商"), max_len=120, required=False)
    lead_days = WholeField(_l("供货天数"), low=0, high=LONGEST_LEAD_DAYS)
    minimum = WholeField(_l("最低库存"), low=0)
    maximum = WholeField(_l("最高库存"), low=0, required=False)
    models = ListField(_l("适用型号,每行一个"), required=False)
    substitutes = ListField(_l("代用件的备件号,每行一个,最合适的在前"), required=False)
    version = VersionField(required=False)

    def part_data(self) -> PartData:
        """What was typed, as the rules want it."""
        return PartData(
            part_no=self.part_no.data, name=self.name.data, name_en=self.name_en.data, category=self.category.data,
            unit=self.unit.data, serial_tracked=bool(self.serial_tracked.data), returnable=bool(self.returnable.data),
            criticality=int(self.criticality.data), cost_fen=self.cost.data, price_fen=self.price.data,
            supplier=self.supplier.data, lead_days=self.lead_days.data, minimum=Qty(self.minimum.data),
            maximum=None if self.maximum.data is None else Qty(self.maximum.data), models=self.models.data,
            substitutes=self.substitutes.data,
        )  # fmt: skip
