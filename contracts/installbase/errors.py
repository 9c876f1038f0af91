"""What the install base refuses."""

from __future__ import annotations

from app.kernel.errors import DomainError, Kind


class MissingCustomer(DomainError):
    """No such customer, or none of yours (P25)."""

    code = "contracts.missing_customer"
    kind = Kind.missing


class MissingContact(DomainError):
    """No such contact, or none of yours."""

    code = "contracts.missing_contact"
    kind = Kind.missing


class MissingSite(DomainError):
    """No such site, or none of yours."""

    code = "contracts.missing_site"
    kind = Kind.missing


class MissingAsset(DomainError):
    """No such asset, or none of yours."""

    code = "contracts.missing_asset"
    kind = Kind.missing


class SerialTaken(DomainError):
    """One asset per model and serial number."""

    code = "contracts.serial_taken"
    kind = Kind.conflict


class SiteOfAnotherCustomer(DomainError):
    """A contact or an asset stands on its own customer's site."""

    code = "contracts.site_of_another_customer"
    kind = Kind.invalid


class ParentNotHere(DomainError):
    """A parent asset is another one of the same customer, and never below its own child."""

    code = "contracts.parent_not_here"
    kind = Kind.invalid


class AlreadyRetired(DomainError):
    """The asset has been retired before."""

    code = "contracts.already_retired"
    kind = Kind.conflict


class DatesOutOfOrder(DomainError):
    """Something is accepted or retired before it was installed."""

    code = "contracts.dates_out_of_order"
    kind = Kind.invalid
