"""Every form a role can reach, fed with what it should not take: a 4xx that names it, never a 5xx (P7, P26, P42)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from app.domain import Role
from tests import world
from tests.house.crawl import NEVER, Form, walk

ROLES = [Role.CUSTOMER, Role.DISPATCHER, Role.STOREKEEPER, Role.SALES, Role.MANAGER, Role.ADMINISTRATOR, Role.ENGINEER]
NASTY = [
    "a\x00b", "x" * 20_000, "\x1b[31m", "{{7*7}}", "<script>alert(1)</script>", "=1+1", "１２", "1e3", "-1", "' or 1=1 --",
    "9" * 5000,
]  # fmt: skip
FULL = os.environ.get("FAULTS") == "full"
CALM = {200, 303, 400, 403, 404, 409, 413, 422}
#: Names of columns that no form lists; each must end the request (P26).
UNLISTED = ["role", "customer_id_", "signed_at", "state_", "created_by", "password_hash", "is_admin"]


@pytest.fixture(params=["postgresql"])
def engine_name(request):
    """The stricter of the two databases: it takes neither NUL nor text for a number; SQLite has its CHECKs elsewhere."""
    return request.param


@pytest.fixture
def here(house):
    built = world.small_world()
    told = built.pump_fails()
    return built, told


def visitor(browser_of, here, role: Role):
    built, _ = here
    links = {
        Role.ENGINEER: {"engineer_id": built.crew.li},
        Role.CUSTOMER: {"customer_id": built.hospital.customer_id},
    }
    return browser_of(role, **links.get(role, {}))


@pytest.mark.parametrize("role", ROLES)
def test_pages_open_nonsense_is_answered_calmly_and_unlisted_fields_are_refused(here, browser_of, role):
    """One walk per role, because walking is what takes long; every form is then fed field by field."""
    client = visitor(browser_of, here, role)
    seen = walk(client)
    assert {page: status for page, status in seen.status.items() if status not in {200, 303}} == {}
    assert len(seen.status) > 2
    forms = [form for form in seen.forms.values() if not urlsplit(form.action).path.startswith(NEVER)]
    wrong = [fault for form in forms for fault in (*_nonsense(client, form), *_unlisted(client, form))]
    assert not wrong


def _nonsense(client, form: Form) -> Iterator[str]:
    """Each free field with some of the nonsense in turn; with all of it in the full run."""
    for number, name in enumerate(sorted(form.free - {"csrf_token"})):
        turn = NASTY if FULL else [NASTY[0], *(NASTY[1 + (number + step) % (len(NASTY) - 1)] for step in (0, 3, 6))]
        for nasty in turn:
            answer = _send(client, form, {**form.fields, name: [nasty]})
            if answer.status_code not in CALM:
                yield f"{form.method} {form.action} {name}={nasty[:20]!r}: {answer.status_code}"
            elif "<script>alert(1)</script>" in answer.get_data(as_text=True):
                yield f"{form.action} repeats a script from {name}"


def _unlisted(client, form: Form) -> Iterator[str]:
    """No form takes a field that it does not list (P26)."""
    for name in UNLISTED if FULL else UNLISTED[:3]:
        if form.method != "post":
            return
        answer = _send(client, form, {**form.fields, name: ["1"]})
        if answer.status_code not in {400, 404, 409}:
            yield f"{form.action} took {name}: {answer.status_code}"


def _send(client, form: Form, fields):
    data = {name: values for name, values in fields.items() if name != "csrf_token"}
    if form.method == "post":
        return client.submit(form.action, data)
    return client.get(form.action, query_string=data)
