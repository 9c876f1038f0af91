"""Refusals of the planner."""

from app.kernel.errors import DomainError, Kind


class MissingPlan(DomainError):
    """There is no such plan."""

    code = "planner.missing_plan"
    kind = Kind.missing


class PlanTaken(DomainError):
    """The proposal was accepted already, or a newer plan has taken its place."""

    code = "planner.plan_taken"
    kind = Kind.conflict


class NobodyOnDuty(DomainError):
    """There is no engineer on the roster to plan for."""

    code = "planner.nobody_on_duty"
    kind = Kind.conflict


class PlanBroken(AssertionError):
    """The engine answered a plan that breaks a law and the gate caught it: a bug, never shown as a plan (P41)."""


class HandRefused(DomainError):
    """Assigning by hand would break something; `reasons` are (code, data) of each."""

    code = "planner.hand_refused"
    kind = Kind.conflict
