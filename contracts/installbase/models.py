"""Customers, contacts, sites and assets (C1)."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.db import Base, state_type
from contracts.installbase.rules import Criticality


class Customer(Base):
    """Who we owe service. `initials` are the pinyin initials of the name, for the search box."""

    __tablename__ = "customer"
    __table_args__ = (CheckConstraint("length(trim(name)) > 0", name="name_is_written"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_no: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str] = mapped_column(unique=True)
    initials: Mapped[str] = mapped_column(index=True)
    phone: Mapped[str]
    note: Mapped[str]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Site(Base):
    """Where assets stand. The position is WGS-84 in millionths of a degree, about a decimetre."""

    __tablename__ = "site"
    __table_args__ = (
        UniqueConstraint("id", "customer_id"),
        UniqueConstraint("customer_id", "name"),
        CheckConstraint("lat_e6 BETWEEN -90000000 AND 90000000", name="lat_exists"),
        CheckConstraint("lon_e6 BETWEEN -180000000 AND 180000000", name="lon_exists"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    site_no: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"))
    name: Mapped[str]
    initials: Mapped[str] = mapped_column(index=True)
    address: Mapped[str]
    lat_e6: Mapped[int]
    lon_e6: Mapped[int]
    zone: Mapped[str]
    territory: Mapped[str] = mapped_column(index=True)
    access_hours: Mapped[str]
    access_note: Mapped[str]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Contact(Base):
    """A person at the customer; with `site_id`, the one to ask at that site."""

    __tablename__ = "contact"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "customer_id"], ["site.id", "site.customer_id"], ondelete="RESTRICT",
            name="fk_contact_site_of_same_customer",
        ),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    site_id: Mapped[int | None]
    name: Mapped[str]
    initials: Mapped[str]
    title: Mapped[str]
    mobile: Mapped[str] = mapped_column(index=True)
    email: Mapped[str]
    is_main: Mapped[bool]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)


class Asset(Base):
    """One thing the customer owns; it stands on a site of the same customer, which the database holds."""

    __tablename__ = "asset"
    __table_args__ = (
        ForeignKeyConstraint(
            ["site_id", "customer_id"], ["site.id", "site.customer_id"], ondelete="RESTRICT",
            name="fk_asset_site_of_same_customer",
        ),
        Index(
            "uq_asset_model_serial_no", "model", "serial_no", unique=True,
            sqlite_where=text("serial_no <> ''"), postgresql_where=text("serial_no <> ''"),
        ),
        Index("ix_asset_site_id", "site_id"),
        CheckConstraint("sale_value_fen >= 0", name="sale_value_is_not_negative"),
        CheckConstraint("parent_id IS NULL OR parent_id <> id", name="is_not_its_own_parent"),
        CheckConstraint("accepted_on >= installed_on", name="accepted_after_installed"),
        CheckConstraint("(retired_on IS NULL) = (retired_why = '')", name="retired_with_a_reason"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(primary_key=True)
    asset_no: Mapped[str] = mapped_column(unique=True)
    customer_id: Mapped[int] = mapped_column(ForeignKey("customer.id", ondelete="RESTRICT"), index=True)
    site_id: Mapped[int]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("asset.id", ondelete="RESTRICT"))
    name: Mapped[str]
    initials: Mapped[str] = mapped_column(index=True)
    model: Mapped[str]
    serial_no: Mapped[str] = mapped_column(index=True)
    sale_value_fen: Mapped[int]
    installed_on: Mapped[date | None]
    accepted_on: Mapped[date | None]
    criticality: Mapped[Criticality] = mapped_column(state_type(Criticality))
    software: Mapped[str]
    firmware: Mapped[str]
    retired_on: Mapped[date | None]
    retired_why: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
