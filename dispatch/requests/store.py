"""Requests as rows: held while something is decided about them, changed only where nobody was first."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.db import Stale, changed_one
from dispatch.requests import rules
from dispatch.requests.errors import MissingRequest
from dispatch.requests.models import Request
from dispatch.requests.rules import RequestAct, RequestState


def lock(session: Session, request_id: int) -> Request:
    """The request's row, held until the transaction ends: its clocks and visits change one after the other."""
    row = session.scalar(
        select(Request).where(Request.id == request_id).with_for_update().execution_options(populate_existing=True)
    )
    if row is None:
        raise MissingRequest()
    return row


def by_ids(session: Session, ids: Iterable[int]) -> dict[int, Request]:
    """The requests that exist, by id."""
    return {row.id: row for row in session.scalars(select(Request).where(Request.id.in_(set(ids))))}


def act(session: Session, row: Request, deed: RequestAct, *, seen_version: int, **values: object) -> None:
    """Do what the table of moves allows, if nobody was first; else Stale with both versions (P14)."""
    if row.version != seen_version:
        raise Stale(seen=seen_version, found=row.version)
    write(session, row, state=rules.after(row.state, deed), **values)


def reach(session: Session, row: Request, state: RequestState) -> None:
    """A fact from a visit carries the request forward; one that is further already stays where it is."""
    target = rules.forward(row.state, state)
    if target is not row.state:
        write(session, row, state=target)


def write(session: Session, row: Request, **values: object) -> None:
    """Write `values` under the version that was read; Stale when the row has moved since."""
    session.flush()
    changed = session.execute(
        update(Request)
        .where(Request.id == row.id, Request.version == row.version)
        .values(version=row.version + 1, **values)
        .execution_options(synchronize_session=False)
    )
    if not changed_one(changed):
        raise Stale(seen=row.version, found=session.scalar(select(Request.version).where(Request.id == row.id)))
    session.refresh(row)
