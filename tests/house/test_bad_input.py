"""Every form a role can reach, fed with what it should not take: a 4xx that names it, never a 5xx (P7, P26, P42)."""

from __future__ import annotations

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
def test_every_page_a_role_can_reach_by_links_opens(here, browser_of, role):
    seen = walk(visitor(browser_of, here, role))
    bad = {page: status for page, status in seen.status.items() if status not in {200, 303}}
    assert not bad
    assert len(seen.status) > 2


@pytest.mark.parametrize("role", ROLES)
def test_every_form_answers_nonsense_calmly(here, browser_of, role):
    client = visitor(browser_of, here, role)
    wrong: list[str] = []
    for form in _forms(client):
        for name in sorted(form.free - {"csrf_token"}):
            for nasty in NASTY:
                answer = _send(client, form, {**form.fields, name: [nasty]})
                if answer.status_code not in CALM:
                    wrong.append(f"{form.method} {form.action} {name}={nasty[:20]!r}: {answer.status_code}")
                elif answer.status_code == 422 and nasty.isprintable() and len(nasty) < 100:
                    text = answer.get_data(as_text=True)
                    assert "<script>alert(1)</script>" not in text, form.action
    assert not wrong


@pytest.mark.parametrize("role", ROLES)
def test_a_field_that_no_form_lists_is_refused(here, browser_of, role):
    client = visitor(browser_of, here, role)
    wrong = []
    for form in _forms(client):
        if form.method != "post":
            continue
        for name in UNLISTED:
            answer = _send(client, form, {**form.fields, name: ["1"]})
            if answer.status_code not in {400, 404, 409}:
                wrong.append(f"{form.action} took {name}: {answer.status_code}")
    assert not wrong


def _forms(client) -> list[Form]:
    return [form for form in walk(client).forms.values() if not urlsplit(form.action).path.startswith(NEVER)]


def _send(client, form: Form, fields):
    data = {name: values for name, values in fields.items() if name != "csrf_token"}
    if form.method == "post":
        return client.submit(form.action, data)
    return client.get(form.action, query_string=data)
