"""Strange addresses, queries and bodies at every route of the URL map, so that a new route is tried by itself (P26, P42).

The forms of the pages themselves are fed in test_bad_input.py.
"""

from __future__ import annotations

import random
import re

import pytest
from sqlalchemy import func, select

from app.db import Base, db
from app.domain import Role
from app.web.policy import PUBLIC, SIGNED_IN, policy_of
from tests.house.test_authorization import ENDS_SESSION, LINKS, UNSAFE, calls

PATHS = ["0", "-1", "9" * 30, "\uff11", "1e3", "%00", "%ff%fe", "a%0d%0ab", "..%2f..", "x" * 2000]
QUERIES = ["page", "sort", "q", "day", "state", "unknown"]
VALUES = ["", "0", "-1", "1.5", "9" * 400, "\uff11\uff12", "a\x00b", "\ud800", "' OR 1=1 --", "{{7*7}}", "2026-02-30",
          "0001-01-01", "x" * 20_000]  # fmt: skip
BODIES = [
    b"", b"[]", b"null", b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b"\xff\xfe", b'{"a":' * 100_000, b"[" * 100_000,
    b'{"qty":1e400}', b'{"\\u0000":"\\ud800"}', b"x" * 500_000,
]  # fmt: skip
#: Rows that a refused call may still leave: its trace, and who came in.
TRACES = {"audit", "audit_seal", "sign_in_session", "sign_in_attempt", "user_account", "scheduler_beat"}
#: A button without a field: the press is all it needs.
BUTTONS = {"board.plan_now"}


@pytest.fixture
def clients(house, browser_of):
    return {role: browser_of(role, **LINKS.get(role, {})) for role in Role}


def caller(house, clients, endpoint):
    """A client that may call the route; a stranger where anybody may."""
    policy = policy_of(house, endpoint)
    if policy == PUBLIC:
        return house.test_client()
    if policy == SIGNED_IN:
        return clients[Role.DISPATCHER]
    return clients[next(iter(house.extensions["permissions"].rows[policy]))]


def rows_of_every_table():
    count = {t.name: select(func.count()).select_from(t) for t in Base.metadata.sorted_tables if t.name not in TRACES}
    return {name: db.session().scalar(query) for name, query in count.items()}


def status_of(client, method, path, **options):
    if method in UNSAFE:
        options["headers"] = {"X-CSRFToken": client.csrf_token()}
    answer = client.open(path, method=method, **options)
    answer.close()
    return answer.status_code


def changes(house):
    return [one for one in calls(house) if one[0] in UNSAFE and one[2] not in ENDS_SESSION]


def test_nothing_in_an_address_breaks_a_page(house, clients):
    broken = []
    for method, path, endpoint in calls(house):
        client = caller(house, clients, endpoint)
        for part in PATHS if re.search("none-such|999999", path) and endpoint not in ENDS_SESSION else ():
            strange = part.join(re.split("none-such|999999", path))
            status = status_of(client, method, strange)
            if status >= 500:
                broken.append(f"{method} {strange[:100]}: {status}")
    assert broken == []


def test_nothing_in_a_query_breaks_a_page(house, clients):
    dice, broken = random.Random(20260302), []
    for method, path, endpoint in calls(house):
        if method != "GET" or endpoint == "operation.health":
            continue
        client = caller(house, clients, endpoint)
        for name in QUERIES:
            value = dice.choice(VALUES)
            status = status_of(client, method, path, query_string={name: value.encode("utf-8", "surrogatepass")})
            if status >= 500:
                broken.append(f"{path}?{name}={value[:30]!r}: {status}")
    assert broken == []


def test_no_body_breaks_a_route_or_is_kept(house, clients):
    broken, before = [], rows_of_every_table()
    for method, path, endpoint in changes(house):
        client = caller(house, clients, endpoint)
        for body in BODIES if endpoint not in BUTTONS else ():
            for kind in ("application/json", "multipart/form-data; boundary=x"):
                status = status_of(client, method, path, data=body, content_type=kind)
                if status >= 500:
                    broken.append(f"{method} {path} {kind} {body[:16]!r}: {status}")
    assert broken == []
    assert rows_of_every_table() == before


def test_fields_that_a_form_does_not_list_are_refused_and_nothing_is_kept(house, clients):
    """Every column name of every table as a field: role, customer, price, state, signed_at … (P26)."""
    columns = {column.name for table in Base.metadata.sorted_tables for column in table.columns}
    extra = dict.fromkeys([*sorted(columns), "is_admin"], "1")
    accepted, before = [], rows_of_every_table()
    for method, path, endpoint in changes(house):
        if policy_of(house, endpoint) == PUBLIC:
            continue
        status = status_of(caller(house, clients, endpoint), method, path, data=extra)
        if status not in (400, 404, 409, 413, 415, 422):
            accepted.append(f"{method} {path}: {status}")
    assert accepted == []
    assert rows_of_every_table() == before
