"""From the number on an asset's label to the asset."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from contracts.installbase.models import Asset


def asset_id_of(session: Session, asset_no: str) -> int | None:
    """The asset with this number, letter for letter; None where there is none."""
    return session.scalar(select(Asset.id).where(Asset.asset_no == asset_no))
