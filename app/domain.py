"""What a floor brings to the house, and the roles it speaks of. Plain data: importing this loads no Flask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Role(StrEnum):
    """Who somebody is to the house. One account, one role."""

    DISPATCHER = "dispatcher"
    STOREKEEPER = "storekeeper"
    SALES = "sales"
    ENGINEER = "engineer"
    CUSTOMER = "customer"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"


class Scope(StrEnum):
    """How far a permission reaches: every object, or only the actor's own (X1)."""

    ALL = "all"
    OWN = "own"


#: action → who may do it, and how far. The one source of rights (P24); what is absent is refused.
Permissions = Mapping[str, Mapping[Role, Scope]]


@dataclass(frozen=True, slots=True)
class NavItem:
    """One word in the top bar; shown to whoever may do `action`."""

    label: Any
    endpoint: str
    action: str
    key: str = ""
    order: int = 50


@dataclass(frozen=True, slots=True)
class MessageTemplate:
    """A message's words with {named} places, (Chinese, English). Fixed in code: data never becomes a template (P33)."""

    subject: tuple[str, str]
    body: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Domain:
    """One floor: its rooms from the bottom up, and what each edge of the house gets from it.

    `slots` fill places that lower floors leave open: slot name → functions returning what belongs there.
    `listeners` answer announcements of lower floors: event type → functions (session, event).
    `jobs` are the kinds of background work: kind → function of plain keyword arguments.
    `ticks` run each tick of the scheduler, in order: name → function(now).
    `messages` are what the outbox may say: template code → words.
    `checks` prove a promise from the data alone (P48): name → {"sqlite"|"postgresql"|"any": SQL that finds bad rows}.
    """

    name: str
    package: str
    needs: tuple[str, ...] = ()
    rooms: tuple[str, ...] = ()
    blueprints: Sequence[Any] = ()
    permissions: Permissions = field(default_factory=dict)
    words: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    nav: Sequence[NavItem] = ()
    slots: Mapping[str, Sequence[Callable[..., Any]]] = field(default_factory=dict)
    listeners: Mapping[type, Sequence[Callable[..., None]]] = field(default_factory=dict)
    jobs: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    ticks: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    commands: Sequence[Any] = ()
    messages: Mapping[str, MessageTemplate] = field(default_factory=dict)
    checks: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
