"""What is typed to receive goods, to move them, and to take a mistake back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask_babel import lazy_gettext as _l

from app.kernel.errors import DomainError, Gather
from app.kernel.quantity import Qty
from app.web.forms import ChoiceField, CodeField, HouseForm, WholeField
from inventory.catalogue.api import PartCard
from inventory.catalogue.forms import ListField
from inventory.forms import KeyField
from inventory.ledger.use_cases import Goods

LINES = range(1, 7)


class LinesForm(HouseForm):
    """A form with a few lines of goods: part number, quantity, and serials where the part is tracked."""

    key = KeyField()

    def goods(self, find: Callable[[str], PartCard]) -> list[Goods]:
        """The lines filled in. Raises InvalidInput naming every field that is wrong, or the first when all are empty."""
        found = Gather()
        goods: list[Goods] = []
        for number in LINES:
            part_no, qty, serials = (self.at(number, name).data for name in ("part_no", "qty", "serials"))
            if not (part_no or qty or serials):
                continue
            if not part_no:
                found.add(f"part_no_{number}", "input.required")
                continue
            if not qty and not serials:
                found.add(f"qty_{number}", "input.required")
                continue
            if serials and qty and len(serials) != qty:
                found.add(f"serials_{number}", "inventory.serials_do_not_match", qty=qty, serials=len(serials))
            try:
                goods.append(Goods(find(part_no).id, Qty(qty or len(serials)), serials))
            except DomainError as error:
                found.add(f"part_no_{number}", error.code, **error.data)
        if not goods and not found.problems:
            found.add("part_no_1", "input.required")
        found.check()
        return goods

    def at(self, number: int, name: str) -> Any:
        """The field of a line."""
        return self._fields[f"{name}_{number}"]


for _number in LINES:
    setattr(LinesForm, f"part_no_{_number}", CodeField(_l("备件号"), max_len=40, required=False))
    setattr(LinesForm, f"qty_{_number}", WholeField(_l("数量"), required=False))
    setattr(LinesForm, f"serials_{_number}", ListField(_l("序列号"), required=False))


class ReceiveForm(LinesForm):
    """Goods from the supplier."""

    to_place = ChoiceField(_l("放到"), choices=[])
    document = CodeField(_l("送货单号"), max_len=60, required=False)


class ShipForm(LinesForm):
    """Goods on their way to another place of ours."""

    from_place = ChoiceField(_l("调出"), choices=[])
    to_place = ChoiceField(_l("调入"), choices=[])
