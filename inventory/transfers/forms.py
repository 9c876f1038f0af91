"""What the other end types when a transfer arrives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import lazy_gettext as _l

from app.web.forms import HouseForm, LineField, WholeField
from inventory.transfers.queries import LineRow


class ConfirmForm(HouseForm):
    """How much of each line arrived, and why less than left."""

    reason = LineField(_l("差异原因"), max_len=200, required=False)

    def arrived(self, lines: Sequence[LineRow]) -> dict[int, int]:
        """What was typed for each line."""
        return {line.id: self._fields[f"line_{line.id}"].data for line in lines}


def confirm_form(lines: Sequence[LineRow]) -> ConfirmForm:
    """A form with one quantity per line, everything prefilled as it left."""
    fields: dict[str, Any] = {
        f"line_{line.id}": WholeField(_l("实收"), low=0, high=line.qty, default=line.qty) for line in lines
    }
    form: ConfirmForm = type("ConfirmTheseLines", (ConfirmForm,), fields)()
    return form
