"""The demo company, step by step, through the same use cases that people use (house §10)."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime

from app.actor import SYSTEM
from app.audit import api as audit
from app.db import transaction, use_case
from dispatch.demo.company import Company, Scale
from dispatch.demo.customers import win_customers
from dispatch.demo.founding import found, open_accounts
from dispatch.demo.history import write_history
from dispatch.demo.roster import write_roster
from dispatch.demo.sales import sell
from dispatch.demo.stock import fill_shelves
from dispatch.demo.today import open_day

__all__ = ["BEGUN", "SEEDED", "build"]

log = logging.getLogger(__name__)
#: What the audit trail says before the first and after the last step.
BEGUN, SEEDED = "demo.begun", "demo.seeded"

Step = Callable[[Company], object]


def build(*, seed: int, now: datetime, scale: Scale, told: Callable[[str], None] = log.info) -> Company:
    """The whole company as of `now`; the same seed, instant and scale make the same one."""
    company = Company(seed, now.replace(microsecond=0), scale)
    _mark(BEGUN, company)
    steps: tuple[tuple[str, Step], ...] = (
        ("founding", found), ("customers", win_customers), ("accounts", open_accounts), ("stock", fill_shelves),
        ("contracts", sell), ("calls", write_history), ("a year goes by", lambda company: company.diary.run()),
        ("roster", write_roster), ("today", open_day),
    )  # fmt: skip
    for name, step in steps:
        began = time.monotonic()
        step(company)
        told(f"{name}: {time.monotonic() - began:.1f} s")
    _mark(SEEDED, company)
    return company


@use_case
def _mark(action: str, company: Company) -> None:
    with transaction() as session:
        about = {"seed": company.seed, "now": company.now}
        audit.record(session, by=SYSTEM, action=action, object_ref="demo:company", at=company.now, after=about)
