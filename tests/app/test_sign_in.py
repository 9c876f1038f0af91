"""The door: who comes in, who does not, and what ends a right (P24, P27, P30, P31)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.auth import use_cases as auth
from app.auth.actor import SYSTEM
from app.auth.errors import TooManyAttempts, WrongPassword
from app.domain import Role
from tests.conftest import MONDAY, PASSWORD


def test_a_stranger_is_shown_the_way_to_sign_in(house):
    answer = house.test_client().get("/me")
    assert answer.status_code == 303
    assert "/sign-in" in answer.location


def test_a_known_and_an_unknown_name_are_refused_alike(house):
    auth.add_user(
        "wang", PASSWORD, display_name="王工", role=Role.ENGINEER, first_password=False, by=SYSTEM, now=MONDAY
    )
    for name in ("wang", "nobody"):
        with pytest.raises(WrongPassword):
            auth.sign_in(name, "not the password", address="1.1.1.1", now=MONDAY)


def test_the_eleventh_failure_within_the_window_is_not_looked_at(house):
    auth.add_user("li", PASSWORD, display_name="李工", role=Role.ENGINEER, first_password=False, by=SYSTEM, now=MONDAY)
    for _ in range(10):
        with pytest.raises(WrongPassword):
            auth.sign_in("li", "wrong password!", address="1.1.1.1", now=MONDAY)
    with pytest.raises(TooManyAttempts):
        auth.sign_in("li", PASSWORD, address="1.1.1.1", now=MONDAY)
    token, _ = auth.sign_in("li", PASSWORD, address="1.1.1.1", now=MONDAY + timedelta(minutes=16))
    assert token


def test_a_copied_cookie_is_dead_after_signing_out(house, browser_of):
    client = browser_of(Role.DISPATCHER)
    copied = client.get_cookie("session").value
    assert client.get("/me").status_code == 200
    assert client.submit("/sign-out").status_code == 303
    client.set_cookie("session", copied)
    assert client.get("/me").status_code == 303


def test_a_disabled_account_finds_no_right_at_its_next_request(house, browser_of):
    client = browser_of(Role.SALES)
    assert client.get("/me").status_code == 200
    from app.auth.models import User
    from app.db import db

    newest = db.session.query(User).order_by(User.id.desc()).first()
    auth.disable_user(newest.id, by=SYSTEM, now=MONDAY)
    assert client.get("/me").status_code == 303


def test_a_manager_without_the_one_time_code_gets_no_further(house):
    auth.add_user("boss", PASSWORD, display_name="主管", role=Role.MANAGER, first_password=False, by=SYSTEM, now=MONDAY)
    token, owes_code = auth.sign_in("boss", PASSWORD, address="1.1.1.1", now=MONDAY)
    assert owes_code
    client = house.test_client()
    client.set_cookie("session", token)
    answer = client.get("/me")
    assert answer.status_code == 303
    assert "/sign-in/code" in answer.location


def test_a_change_without_the_page_s_token_is_refused(house, browser_of):
    client = browser_of(Role.DISPATCHER)
    assert client.post("/sign-out").status_code == 400
    assert client.get("/me").status_code == 200
