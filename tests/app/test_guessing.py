"""Guessing has one budget, whatever is guessed at, by however many at once, and it makes nobody wait (P27, P28, P30)."""

from __future__ import annotations

import threading
import time

import pytest
from sqlalchemy import func, select

from app.actor import SYSTEM, Actor
from app.audit.models import AuditRow
from app.auth import use_cases as auth
from app.auth.errors import TooManyAttempts, WeakPassword, WrongPassword
from app.auth.models import SignInAttempt, SignInSession
from app.db import db, transaction
from app.domain import Role
from app.numbers.api import next_no
from tests.app.crowd import all_at_once, real_house
from tests.conftest import MONDAY, PASSWORD

NEW = "another horse staple"


@pytest.fixture
def crowd(engine_name, tmp_path, request):
    with real_house(engine_name, tmp_path, lambda: request.getfixturevalue("postgresql_url")) as app:
        app.extensions["doorbell"] = None
        with app.app_context():
            yield app


def account(name="wang", **more):
    return auth.add_user(
        name, PASSWORD, display_name=name, role=Role.ENGINEER, first_password=False, by=SYSTEM, now=MONDAY, **more
    )


def guess(name="wang", *, password=NEW):
    with pytest.raises((WrongPassword, TooManyAttempts)) as caught:
        auth.sign_in(name, password, address="1.1.1.1", now=MONDAY)
    return caught.type


def trail():
    db.session().expire_all()
    return [(row.actor, row.action) for row in db.session().scalars(select(AuditRow).order_by(AuditRow.n))]


def test_twenty_four_guesses_at_once_are_no_more_than_ten(crowd):
    """On PostgreSQL all of them counted before any was written down, and all were looked at."""
    account()
    got = all_at_once(
        crowd, 24, lambda n: auth.sign_in("wang", f"guess {n} guess {n}", address=f"9.9.9.{n}", now=MONDAY)
    )
    assert sum(isinstance(one, WrongPassword) for one in got) == 10
    assert sum(isinstance(one, TooManyAttempts) for one in got) == 14
    assert db.session().scalar(select(func.count()).select_from(SignInAttempt)) == 10


def test_many_right_passwords_at_once_all_come_in(crowd):
    account()
    got = all_at_once(crowd, 8, lambda n: auth.sign_in("wang", PASSWORD, address="9.9.9.9", now=MONDAY))
    assert all(isinstance(one, tuple) for one in got)
    assert db.session().scalar(select(func.sum(SignInAttempt.failed))) == 0


def test_nobody_waits_while_a_password_is_hashed(crowd, monkeypatch):
    """The hash was taken inside the one write lock: sixty guesses of a stranger starved every writer."""
    account()
    hashing, go_on = threading.Event(), threading.Event()

    def slow(stored, password):
        hashing.set()
        assert go_on.wait(20)
        return False

    monkeypatch.setattr(auth, "_matches", slow)
    guesser = threading.Thread(target=lambda: all_at_once(crowd, 1, lambda n: guess()))
    guesser.start()
    assert hashing.wait(20)
    started = time.monotonic()
    with transaction() as session:
        assert next_no(session, "Z") == "Z-000001"
    assert time.monotonic() - started < 2
    go_on.set()
    guesser.join(20)


def test_a_password_replaced_while_the_old_one_is_looked_at_opens_nothing(house, monkeypatch):
    user_id = account()
    matches = auth._matches

    def replaced_meanwhile(stored, password):
        answer = matches(stored, password)
        auth.disable_user(user_id, by=SYSTEM, now=MONDAY)
        return answer

    monkeypatch.setattr(auth, "_matches", replaced_meanwhile)
    assert guess(password=PASSWORD) is WrongPassword
    assert db.session().scalar(select(func.count()).select_from(SignInSession)) == 0


def test_the_name_and_the_mobile_are_one_account_s_budget(house):
    account(mobile="13800002201")
    assert {guess("wang" if n % 2 else "13800002201") for n in range(10)} == {WrongPassword}
    assert guess("wang") is guess("13800002201") is TooManyAttempts


def test_guessing_at_the_own_password_uses_the_same_budget_and_is_in_the_trail(house, browser_of):
    client = browser_of(Role.DISPATCHER)
    wrong = {"old": "not the password", "new": NEW}
    assert {client.submit("/me/password", wrong).status_code for _ in range(10)} == {422}
    assert sum(action == "auth.password_refused" for _, action in trail()) == 10
    assert client.submit("/me/password", {"old": PASSWORD, "new": NEW}).status_code == 422
    assert client.get("/me").status_code == 200  # A stranger's guesses throw nobody out.


def test_a_new_password_ends_the_copied_cookie_and_hands_out_a_fresh_one(house, browser_of):
    client = browser_of(Role.DISPATCHER)
    copied = client.get_cookie("session").value
    assert client.submit("/me/password", {"old": PASSWORD, "new": NEW}).status_code == 303
    assert client.get_cookie("session").value != copied
    assert client.get("/me").status_code == 200
    client.set_cookie("session", copied)
    assert client.get("/me").status_code == 303


def test_a_first_password_is_replaced_by_another_one(house):
    user_id = auth.add_user("neu", PASSWORD, display_name="新", role=Role.ENGINEER, by=SYSTEM, now=MONDAY)
    by = Actor(user_id=user_id, user_name="neu")
    with pytest.raises(WeakPassword) as caught:
        auth.change_password(PASSWORD, PASSWORD, by=by, now=MONDAY)
    assert caught.value.data["reason"] == "same"
    token, _ = auth.sign_in("neu", PASSWORD, address="1.1.1.1", now=MONDAY)
    client = house.test_client()
    client.set_cookie("session", token)
    assert client.get("/search").location == "/me"
    assert "只能用一次" in client.get("/me").get_data(as_text=True)


def test_what_is_typed_into_the_name_is_not_kept_but_the_account_is(house):
    account()
    guess("wang")
    guess(PASSWORD)
    assert trail()[-2:] == [("wang", "auth.refused"), ("-", "auth.refused")]


def test_a_wrong_one_time_code_is_in_the_trail(house):
    auth.add_user("boss", PASSWORD, display_name="主管", role=Role.MANAGER, first_password=False, by=SYSTEM, now=MONDAY)
    token, _ = auth.sign_in("boss", PASSWORD, address="1.1.1.1", now=MONDAY)
    for expected in ["auth.WrongCode"] * 10 + ["auth.TooManyAttempts"]:
        with pytest.raises(Exception) as caught:  # noqa: PT011 - which one is the question
            auth.prove_second_factor(token, "000000x", address="1.1.1.1", now=MONDAY)
        assert f"auth.{caught.type.__name__}" == expected
    assert trail()[-1] == ("boss", "auth.code_refused")
