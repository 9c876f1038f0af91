"""Closed by default: the matrix role x route, made from the URL map and the permission table (P24).

Beside it stands a list written by hand. The two are made by different minds and must agree.
"""

from __future__ import annotations

import click
import pytest
from flask import Blueprint
from werkzeug.routing import Rule

from app.domain import Domain, Role, Scope
from app.factory import create_app
from app.web.policy import PUBLIC, SIGNED_IN, PermissionTable, policy_of, requires
from tests.house.expected import EXPECTED

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
#: Ends the very session that the walk needs.
ENDS_SESSION = {"auth.sign_out", "auth.sign_out_everywhere"}
SAMPLE = {
    "int": "999999",
    "id": "999999",
    "line": "none-such",
    "default": "none-such",
    "string": "none-such",
    "path": "none/such",
    "date": "2026-03-02",
}
LINKS = {Role.CUSTOMER: {"customer_id": 424242}, Role.ENGINEER: {"engineer_id": 424242}}


@pytest.fixture
def engine_name():
    """Rights do not depend on the engine; one is enough."""
    return "sqlite"


@pytest.fixture
def clients(house, browser_of):
    """One signed-in client per role."""
    return {role: browser_of(role, **LINKS.get(role, {})) for role in Role}


def calls(house):
    """Every (method, path, endpoint) of the house, with ids that nobody has in the paths."""
    for rule in house.url_map.iter_rules():
        if rule.endpoint == "static" or rule.endpoint.endswith(".static"):
            continue
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"}):
            yield method, path_of(rule), rule.endpoint


def path_of(rule: Rule) -> str:
    parts = []
    for is_variable, text in rule._trace:
        if is_variable:
            converter = rule._converters[text]
            name = type(converter).__name__.removesuffix("Converter").lower().replace("integer", "int")
            listed = sorted(getattr(converter, "items", ()))
            parts.append(listed[0] if listed else SAMPLE.get(name, "none-such"))
        else:
            parts.append(text.removeprefix("|"))
    return "".join(parts)


def ask(client, method: str, path: str) -> int:
    """The status of a call that brings the page's token along, so that only the right can refuse it."""
    if method in UNSAFE:
        answer = client.open(path, method=method, headers={"X-CSRFToken": client.csrf_token()})
    else:
        answer = client.open(path, method=method)
    status = int(answer.status_code)
    if status == 303 and "/sign-in" in answer.location:
        status = 401
    answer.close()
    return status


def test_every_route_has_a_policy_that_somebody_declared(house):
    known = {PUBLIC, SIGNED_IN, *house.extensions["permissions"].rows}
    assert {rule.endpoint: policy_of(house, rule.endpoint) for rule in house.url_map.iter_rules()
            if policy_of(house, rule.endpoint) not in known} == {}  # fmt: skip


def test_every_declared_action_guards_something_or_is_asked_for(house):
    """An action nobody asks for is a right that means nothing."""
    from pathlib import Path

    root = Path(house.root_path).parent
    sources = [p.read_text() for f in ("app", "contracts", "inventory", "dispatch") for p in (root / f).rglob("*.py")
               if p.name not in {"wiring.py", "permissions.py"}]  # fmt: skip
    sources += [
        p.read_text() for f in ("app", "contracts", "inventory", "dispatch") for p in (root / f).rglob("*.html")
    ]
    everything = "\n".join(sources)
    unused = [
        action
        for action in house.extensions["permissions"].rows
        if f'"{action}"' not in everything and f"'{action}'" not in everything
    ]
    assert unused == []


def test_a_stranger_gets_to_nothing_but_what_is_public(house):
    from tests.conftest import HouseClient

    house.test_client_class = HouseClient
    client, wrong = house.test_client(), []
    for method, path, endpoint in calls(house):
        if endpoint in ENDS_SESSION:
            continue
        status = ask(client, method, path)
        refused = status == 401
        if refused == (policy_of(house, endpoint) == PUBLIC) or status >= 500:
            wrong.append(f"{method} {path}: {status}")
    assert [line for line in wrong if not line.startswith("GET /health")] == []


@pytest.mark.parametrize("role", Role)
def test_each_role_reaches_exactly_what_the_table_grants_it(house, clients, role):
    table: PermissionTable = house.extensions["permissions"]
    wrong = []
    for method, path, endpoint in calls(house):
        policy = policy_of(house, endpoint)
        granted = policy in (PUBLIC, SIGNED_IN) or table.scope(role, str(policy)) is not None
        if endpoint in ENDS_SESSION:
            continue
        status = ask(clients[role], method, path)
        if (status == 403) == granted or status in (401, 500):
            wrong.append(f"{method} {path} ({policy}): {status}")
    assert wrong == []


@pytest.mark.parametrize(("method", "path", "who"), EXPECTED, ids=[f"{m} {p}" for m, p, _ in EXPECTED])
def test_the_list_written_by_hand_agrees(house, clients, method, path, who):
    """`who` get past the guard; every other role is refused with 403, a stranger is sent to sign in."""
    passed = {role.value for role in Role if ask(clients[role], method, path) != 403}
    if ask(house.test_client(), method, path) != 401:
        passed.add("stranger")
    assert passed == set(who)


def test_the_list_written_by_hand_is_long_enough():
    assert len(EXPECTED) >= 40
    assert len({(method, path) for method, path, _who in EXPECTED}) == len(EXPECTED)


# The tests of the tests: what is left open must stop the start.


def bad_floor(**parts) -> Domain:
    return Domain(name="bad", package="app", **parts)


def start(tmp_path, floor):
    from app.config import Settings

    url = f"sqlite:///{tmp_path}/x.sqlite3"
    return create_app([floor], settings=Settings(database_url=url, secret_key="x", data_dir=tmp_path, testing=True))


def test_a_route_without_a_policy_stops_the_start(tmp_path):
    bp = Blueprint("bad", __name__)
    bp.add_url_rule("/open", "open", lambda: "open")
    with pytest.raises(RuntimeError, match="without a policy"):
        start(tmp_path, bad_floor(blueprints=(bp,)))


def test_a_policy_that_no_floor_declares_stops_the_start(tmp_path):
    bp = Blueprint("bad", __name__)
    bp.add_url_rule("/open", "open", requires("nobody.declared")(lambda: "open"))
    with pytest.raises(RuntimeError, match="no floor declares"):
        start(tmp_path, bad_floor(blueprints=(bp,)))


def test_a_command_without_a_policy_stops_the_start(tmp_path):
    with pytest.raises(RuntimeError, match="commands without a policy"):
        start(tmp_path, bad_floor(commands=(click.Command("open", callback=lambda: None),)))


def test_an_action_declared_twice_stops_the_start(tmp_path):
    with pytest.raises(RuntimeError, match="declared twice"):
        start(tmp_path, bad_floor(permissions={"outbox.tend": {Role.SALES: Scope.ALL}}))


def test_a_policy_that_is_dropped_is_noticed_by_the_walk(house, clients, monkeypatch):
    """Sabotage: the guard lets everybody into one route; the matrix must say so."""
    monkeypatch.setattr(house.view_functions["outbox.standing"], "policy", SIGNED_IN, raising=False)
    assert ask(clients[Role.CUSTOMER], "GET", "/messages") == 200
    with pytest.raises(AssertionError):
        test_the_list_written_by_hand_agrees(house, clients, "GET", "/messages", ("manager", "administrator"))
