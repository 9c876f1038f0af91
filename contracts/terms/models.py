"""Contracts, their versions and lines, what is in force when, and warranties (C2, C4, P15, P16)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, Table, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from contracts.frozen import append_only, never_emptied, only_on, refuse
from contracts.policies.rules import ClockKind
from contracts.terms.clauses import CapPeriod, PenaltyUnit
from contracts.terms.rules import (
    Component,
    ContractKind,
    ContractState,
    FeeKind,
    LineScope,
    Party,
    StartEvent,
)


class Contract(Base):
    """One undertaking with one customer; what was agreed stands in its versions. At most one renews another (P16)."""

    __tablename__ = "contract"
    __table_args__ = (CheckConstraint("predecessor_id <> id", name="does_not_renew_itself"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_no: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    kind: Mapped[ContractKind] = mapped_column(state_type(ContractKind))
    state: Mapped[ContractState] = mapped_column(state_type(ContractState), index=True)
    owner: Mapped[str]
    predecessor_id: Mapped[int | None] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"), unique=True)
    paid_on: Mapped[date | None]
    terminated_on: Mapped[date | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class ContractVersion(Base):
    """What is agreed, as of one signature. Number 1 is the contract, later ones are its amendments."""

    __tablename__ = "contract_version"
    __table_args__ = (
        UniqueConstraint("contract_id", "number"),
        Index(
            "uq_contract_version_one_unsigned", "contract_id", unique=True,
            sqlite_where=text("signed_at IS NULL"), postgresql_where=text("signed_at IS NULL"),
        ),
        CheckConstraint("ends_on >= starts_on", name="period_in_order"),
        CheckConstraint("number >= 1", name="numbers_count_from_one"),
        CheckConstraint("fee_fen >= 0 AND prepaid_days >= 0", name="fee_is_not_negative"),
        CheckConstraint("fee_rate_bp BETWEEN 0 AND 10000", name="fee_rate_is_a_share"),
        CheckConstraint("vat_bp BETWEEN 0 AND 10000", name="vat_is_a_share"),
        CheckConstraint("penalty_cap_fen >= 0", name="cap_is_not_negative"),
        CheckConstraint("(signed_at IS NULL) = (signed_on IS NULL)", name="signed_on_a_day"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    number: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    fee_kind: Mapped[FeeKind] = mapped_column(state_type(FeeKind))
    fee_fen: Mapped[int]
    fee_rate_bp: Mapped[int]
    prepaid_days: Mapped[int]
    total_fen: Mapped[int]
    vat_bp: Mapped[int]
    starts_when_paid: Mapped[bool]
    zone: Mapped[str]
    service_area: Mapped[str]
    payment_terms: Mapped[str]
    note: Mapped[str]
    priority: Mapped[int]
    label_1: Mapped[str]
    label_2: Mapped[str]
    label_3: Mapped[str]
    penalty_cap_fen: Mapped[int | None]
    penalty_cap_period: Mapped[CapPeriod] = mapped_column(state_type(CapPeriod))
    signed_on: Mapped[date | None]
    signed_by: Mapped[str] = mapped_column(default="")
    signed_file_sha256: Mapped[str] = mapped_column(default="")
    signed_at: Mapped[datetime | None]
    created_at: Mapped[datetime]


class ContractLine(Base):
    """One thing a version covers, and under which policy edition."""

    __tablename__ = "contract_line"
    __table_args__ = (
        CheckConstraint("(scope = 'asset') = (asset_id IS NOT NULL)", name="asset_when_it_covers_one"),
        CheckConstraint("(scope = 'site') = (site_id IS NOT NULL)", name="site_when_it_covers_one"),
        CheckConstraint("price_fen >= 0 AND backdated_price_fen >= 0", name="price_is_not_negative"),
        CheckConstraint("backdated_from_on IS NULL OR backdated_by <> ''", name="backdated_by_somebody"),
        Index("ix_contract_line_version_id", "version_id"),
        Index("ix_contract_line_asset_id", "asset_id"),
        Index("ix_contract_line_site_id", "site_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("contract_version.id", ondelete="RESTRICT"))
    scope: Mapped[LineScope] = mapped_column(state_type(LineScope))
    asset_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="RESTRICT"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id", ondelete="RESTRICT"))
    policy_id: Mapped[int] = mapped_column(ForeignKey("service_policy.id", ondelete="RESTRICT"))
    price_fen: Mapped[int]
    backdated_from_on: Mapped[date | None]
    backdated_price_fen: Mapped[int]
    backdated_by: Mapped[str]


class PenaltyClauseRow(Base):
    """What being late on one clock costs under a version (C9)."""

    __tablename__ = "penalty_clause"
    __table_args__ = (
        UniqueConstraint("version_id", "clock_kind"),
        CheckConstraint("fixed_fen >= 0 AND per_unit_fen >= 0 AND grace_s >= 0", name="figures_are_not_negative"),
        CheckConstraint("percent_bp BETWEEN 0 AND 10000", name="percent_is_a_share"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("contract_version.id", ondelete="RESTRICT"))
    clock_kind: Mapped[ClockKind] = mapped_column(state_type(ClockKind))
    unit: Mapped[PenaltyUnit] = mapped_column(state_type(PenaltyUnit))
    fixed_fen: Mapped[int]
    per_unit_fen: Mapped[int]
    percent_bp: Mapped[int]
    grace_s: Mapped[int]


class InForce(Base):
    """The days on which a signed version is in force; of one contract no two share a day (P16)."""

    __tablename__ = "contract_in_force"
    __table_args__ = (
        CheckConstraint("to_on >= from_on", name="days_in_order"),
        Index("ix_contract_in_force_contract_id", "contract_id"),
    )

    version_id: Mapped[int] = mapped_column(
        ForeignKey("contract_version.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    from_on: Mapped[date]
    to_on: Mapped[date]


class Suspension(Base):
    """A stretch during which a contract owes nothing; open while `ended_at` is empty."""

    __tablename__ = "contract_suspension"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= began_at", name="instants_in_order"),
        Index("ix_contract_suspension_contract_id", "contract_id"),
        Index(
            "uq_contract_suspension_one_open", "contract_id", unique=True,
            sqlite_where=text("ended_at IS NULL"), postgresql_where=text("ended_at IS NULL"),
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    contract_id: Mapped[int] = mapped_column(ForeignKey("contract.id", ondelete="RESTRICT"))
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    why: Mapped[str]


class Warranty(Base):
    """One cover of one asset that no contract gives: ours, the manufacturer's, or of a replaced part (C2)."""

    __tablename__ = "warranty"
    __table_args__ = (
        CheckConstraint("last_on >= first_on", name="days_in_order"),
        CheckConstraint("months >= 0 AND extra_months >= 0 AND days >= 0", name="length_is_not_negative"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_id: Mapped[int] = mapped_column(ForeignKey("asset.id", ondelete="RESTRICT"), index=True)
    party: Mapped[Party] = mapped_column(state_type(Party))
    component: Mapped[Component] = mapped_column(state_type(Component))
    start_event: Mapped[StartEvent] = mapped_column(state_type(StartEvent))
    first_on: Mapped[date]
    last_on: Mapped[date]
    months: Mapped[int]
    extra_months: Mapped[int]
    days: Mapped[int]
    includes_labour: Mapped[bool]
    includes_travel: Mapped[bool]
    includes_parts: Mapped[bool]
    policy_id: Mapped[int | None] = mapped_column(ForeignKey("service_policy.id", ondelete="RESTRICT"))
    priority: Mapped[int]
    note: Mapped[str]
    created_at: Mapped[datetime]


class WarrantyVoid(Base):
    """A warranty taken back because it was entered wrongly; the warranty's own row stays as it was."""

    __tablename__ = "warranty_void"

    warranty_id: Mapped[int] = mapped_column(
        ForeignKey("warranty.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    why: Mapped[str]


SIGNED = "tr_signed_terms_do_not_change"
_NEW_SIGNED = "EXISTS (SELECT 1 FROM contract_version v WHERE v.id = NEW.version_id AND v.signed_at IS NOT NULL)"
_OLD_SIGNED = "EXISTS (SELECT 1 FROM contract_version v WHERE v.id = OLD.version_id AND v.signed_at IS NOT NULL)"

refuse(ContractVersion, "UPDATE", when="OLD.signed_at IS NOT NULL", because=SIGNED)
refuse(ContractVersion, "DELETE", when="OLD.signed_at IS NOT NULL", because=SIGNED)
for _child in (ContractLine, PenaltyClauseRow):
    refuse(_child, "INSERT", when=_NEW_SIGNED, because=SIGNED)
    refuse(_child, "UPDATE", when=f"{_OLD_SIGNED} OR {_NEW_SIGNED}", because=SIGNED)
    refuse(_child, "DELETE", when=_OLD_SIGNED, because=SIGNED)
refuse(
    Contract,
    "UPDATE",
    when="(OLD.customer_id <> NEW.customer_id OR OLD.kind <> NEW.kind OR OLD.contract_no <> NEW.contract_no "
    "OR COALESCE(OLD.predecessor_id, 0) <> COALESCE(NEW.predecessor_id, 0)) AND EXISTS "
    "(SELECT 1 FROM contract_version v WHERE v.contract_id = OLD.id AND v.signed_at IS NOT NULL)",
    because=SIGNED,
)
for _kept in (ContractVersion, ContractLine, PenaltyClauseRow):
    never_emptied(_kept, because=SIGNED)
refuse(
    Contract,
    "UPDATE",
    when="OLD.terminated_on IS NOT NULL AND (NEW.terminated_on IS NULL OR NEW.terminated_on <> OLD.terminated_on "
    "OR NEW.state <> OLD.state)",
    because="tr_contract_is_terminated_once",
)

# What ruled on a day that is over ruled it. Days are given up only to an amendment, which never reaches back over
# its own signing day, or by termination, which leaves the days before its own: both are told by rows, not by a clock.
RULED = "tr_days_in_force_stay"
_AMENDED = (
    "EXISTS (SELECT 1 FROM contract_version n JOIN contract_version o ON o.id = OLD.version_id "
    "WHERE n.contract_id = OLD.contract_id AND n.number > o.number AND n.starts_on >= n.signed_on AND n.starts_on {})"
)
_TERMINATED = "EXISTS (SELECT 1 FROM contract c WHERE c.id = OLD.contract_id AND c.terminated_on <= {})"
_next_on = "day_after(NEW.to_on)"
refuse(
    InForce,
    "UPDATE",
    when="NEW.version_id <> OLD.version_id OR NEW.contract_id <> OLD.contract_id OR NEW.from_on <> OLD.from_on "
    f"OR NEW.to_on > OLD.to_on OR (NEW.to_on < OLD.to_on AND NOT {_AMENDED.format(f'= {_next_on}')} "
    f"AND NOT {_TERMINATED.format(_next_on)})",
    because=RULED,
)
refuse(
    InForce,
    "DELETE",
    when=f"NOT {_AMENDED.format('<= OLD.from_on')} AND NOT {_TERMINATED.format('OLD.from_on')}",
    because=RULED,
)
never_emptied(InForce, because=RULED)
append_only(Warranty, because="tr_warranty_is_append_only")
append_only(WarrantyVoid, because="tr_warranty_is_append_only")

_in_force = InForce.__table__
assert isinstance(_in_force, Table)
# A range over the one id lets GiST compare contracts without the btree_gist extension, which a server may lack.
only_on(
    _in_force,
    "postgresql",
    "ALTER TABLE contract_in_force ADD CONSTRAINT ex_contract_in_force_one_version_a_day EXCLUDE USING gist "
    "(int8range(contract_id, contract_id, '[]') WITH &&, daterange(from_on, to_on, '[]') WITH &&)",
)
_SHARED_DAY = (
    "EXISTS (SELECT 1 FROM contract_in_force f WHERE f.contract_id = NEW.contract_id "
    "AND f.version_id <> {other}.version_id AND f.from_on <= NEW.to_on AND NEW.from_on <= f.to_on)"
)
for _act, _other in (("INSERT", "NEW"), ("UPDATE", "OLD")):
    only_on(
        _in_force,
        "sqlite",
        f"CREATE TRIGGER ex_contract_in_force_one_version_a_day_{_act.lower()} BEFORE {_act} ON contract_in_force "
        f"FOR EACH ROW WHEN {_SHARED_DAY.format(other=_other)} "
        "BEGIN SELECT RAISE(ABORT, 'ex_contract_in_force_one_version_a_day'); END",
    )
