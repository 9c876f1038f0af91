"""What the room of people refuses."""

from app.kernel.errors import DomainError, Kind


class MissingEngineer(DomainError):
    """No such engineer, or none the actor may know of (P25)."""

    code = "people.missing_engineer"
    kind = Kind.missing


class MissingTerritory(DomainError):
    """The territory's code is not known."""

    code = "people.missing_territory"
    kind = Kind.conflict


class MissingSkill(DomainError):
    """The skill's code is not known."""

    code = "people.missing_skill"
    kind = Kind.conflict


class CodeTaken(DomainError):
    """A territory or a skill with this code stands already."""

    code = "people.code_taken"
    kind = Kind.conflict


class HasLeft(DomainError):
    """The engineer does not work here any more on that day."""

    code = "people.has_left"
    kind = Kind.conflict
