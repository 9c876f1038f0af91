"""What is typed or scanned about a visit's parts."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import lazy_gettext as _l

from app.kernel.errors import DomainError, Gather, InvalidInput
from app.kernel.quantity import Qty
from app.kernel.text import clean_text, fold_code
from app.web.forms import ChoiceField, CodeField, HouseForm, LineField, VersionField, WholeField
from inventory.catalogue.api import PartCard
from inventory.catalogue.forms import ListField
from inventory.catalogue.rules import PartId
from inventory.forms import KeyField

LINES = range(1, 6)
MOST_SCANS = 500


class ReserveForm(HouseForm):
    """Parts wanted for a visit, at a chosen place or where it is best."""

    key = KeyField()
    place = ChoiceField(_l("从哪里"), choices=[])
    van = ChoiceField(_l("给谁的随车库"), choices=[])

    def wanted(self, find: Callable[[str], PartCard]) -> dict[PartId, Qty]:
        """The lines filled in, one sum per part. Raises InvalidInput naming every field that is wrong."""
        found = Gather()
        wanted: dict[PartId, Qty] = {}
        for number in LINES:
            part_no, qty = (self._fields[f"{name}_{number}"].data for name in ("part_no", "qty"))
            if not part_no and not qty:
                continue
            if not part_no or not qty:
                found.add(f"{'part_no' if not part_no else 'qty'}_{number}", "input.required")
                continue
            try:
                part_id = find(part_no).id
                wanted[part_id] = Qty(wanted.get(part_id, 0) + qty)
            except DomainError as error:
                found.add(f"part_no_{number}", error.code, **error.data)
        if not wanted and not found.problems:
            found.add("part_no_1", "input.required")
        found.check()
        return wanted


for _number in LINES:
    setattr(ReserveForm, f"part_no_{_number}", CodeField(_l("备件号"), max_len=40, required=False))
    setattr(ReserveForm, f"qty_{_number}", WholeField(_l("数量"), required=False))


class ReleaseForm(HouseForm):
    """Let everything held for a visit go."""


class ScansField(ListField):
    """Codes as the scanner gave them, one per line and piece; `*12` repeats the line above."""

    def parse(self, text: str) -> tuple[str, ...]:
        whole = clean_text(text, field=self.name, max_len=40_000, required=self.required, multiline=True)
        codes: list[str] = []
        for line in whole.split("\n"):
            code = fold_code(line)
            times = code[1:]
            if code.startswith("*") and codes and times.isascii() and times.isdigit() and len(times) < 4:
                codes.extend([codes[-1]] * (int(times) - 1))
            elif code:
                codes.append(code)
        if len(codes) > MOST_SCANS or any(len(code) > 80 for code in codes):
            raise InvalidInput(self.name, "input.too_long", max_len=MOST_SCANS)
        return tuple(codes)


class IssueForm(HouseForm):
    """The scanned basket of one pick list."""

    scans = ScansField(_l("扫码记录,每件一行"))
    to_place = ChoiceField(_l("发到随车库"), choices=[])
    reason = LineField(_l("原因(与领料单不一致时)"), max_len=200, required=False)
    version = VersionField()


class ReturnForm(HouseForm):
    """Unused parts that come back."""

    key = KeyField()
    code = CodeField(_l("备件号或序列号"), max_len=80)
    qty = WholeField(_l("数量"))
    visit_ref = CodeField(_l("上门"), max_len=40)
    from_place = ChoiceField(_l("从随车库"), choices=[])
    to_place = ChoiceField(_l("放回"), choices=[])


class ReverseForm(HouseForm):
    """Why a movement is taken back."""

    reason = LineField(_l("冲正原因"), max_len=200)
