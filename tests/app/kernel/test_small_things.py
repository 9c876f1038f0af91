"""Refusals, clocks, tokens and text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from threading import Timer

import pytest

from app.kernel.clock import FileClock, FixedClock, SystemClock, utc
from app.kernel.errors import (
    DomainError,
    Gather,
    InputCode,
    InvalidInput,
    Kind,
    all_codes,
)
from app.kernel.ids import new_action_id, new_token, token_hash
from app.kernel.quantity import whole_number
from app.kernel.text import clean_text, fold_code, fold_mobile

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


class DoorLocked(DomainError):
    code = "test.door_locked"
    kind = Kind.conflict


def test_a_refusal_carries_its_code_and_data_and_no_prose() -> None:
    refusal = DoorLocked(holder="V-000001")
    assert (refusal.code, refusal.kind, refusal.data) == (
        "test.door_locked",
        "conflict",
        {"holder": "V-000001"},
    )
    assert {"test.door_locked", "input.required", "input.invalid"} <= all_codes()


def test_every_problem_of_a_form_is_heard_at_once() -> None:
    found = Gather()
    for field, value in (("a", "x"), ("b", "7"), ("c", "")):
        with found:
            whole_number(value, field=field)
    found.add("d", InputCode.not_choice, choices="a, b")
    with pytest.raises(InvalidInput) as caught:
        found.check()
    assert [(problem.field, problem.code) for problem in caught.value.problems] == [
        ("a", "input.not_whole_number"),
        ("c", "input.required"),
        ("d", "input.not_choice"),
    ]


def test_gathering_swallows_only_bad_input() -> None:
    found = Gather()
    with pytest.raises(DoorLocked), found:
        raise DoorLocked()
    found.check()


def test_an_invalid_input_names_a_field() -> None:
    with pytest.raises(ValueError, match="field"):
        InvalidInput()


def test_a_naive_datetime_is_no_instant() -> None:
    with pytest.raises(ValueError, match="naive"):
        utc(NOON.replace(tzinfo=None))
    assert utc(datetime(2026, 3, 2, 20, tzinfo=timezone(timedelta(hours=8)))) == NOON
    assert utc(datetime(2026, 3, 2, 20, tzinfo=timezone(timedelta(hours=8)))).tzinfo is UTC


def test_the_file_clock_is_read_anew_each_time(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    clock = FileClock(file)
    file.write_text("2026-03-02T20:00:00+08:00\n")
    assert clock.now() == NOON
    file.write_text("2026-03-02T13:00:00Z")
    assert clock.now() == NOON + timedelta(hours=1)
    file.write_text("2026-03-02T13:00:00")
    with pytest.raises(ValueError, match="naive"):
        clock.now()


def test_a_file_caught_empty_while_it_is_written_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "clock"
    file.write_text("")
    writer = Timer(0.02, file.write_text, ["2026-03-02T12:00:00Z"])
    writer.start()
    assert FileClock(file).now() == NOON
    writer.join()


def test_a_wall_clock_set_back_leaves_the_monotonic_one_alone() -> None:
    clock = FixedClock(NOON)
    clock.advance(timedelta(minutes=1))
    clock.set(NOON - timedelta(days=3))
    assert clock.now() == NOON - timedelta(days=3)
    assert clock.monotonic() == 60


def test_the_system_clock_knows_its_zone() -> None:
    clock = SystemClock()
    assert clock.now().tzinfo is UTC
    assert clock.monotonic() <= clock.monotonic()


def test_tokens_are_long_and_stored_hashed() -> None:
    token = new_token()
    assert len(token) >= 43
    assert token != new_token()
    assert token_hash(token) == token_hash(token) != token
    assert new_action_id() != new_action_id()


@pytest.mark.parametrize(
    "bad",
    [
        "a\x00b",
        "a\x1bb",
        "a\x7fb",
        "a\x85b",
        "a\ud800b",
        "a\nb",
        "a\tb",
        "x" * 11,
        "x" * 10**6,
        5,
        None,
        " ",
    ],
)
def test_text_that_cannot_be_kept_is_refused_by_name(bad: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        clean_text(bad, field="symptom", max_len=10)
    assert caught.value.problems[0].field == "symptom"


def test_text_is_kept_as_typed_without_outer_blanks() -> None:
    assert clean_text("  <b>泵 #1</b>　", field="f", max_len=20) == "<b>泵 #1</b>"
    assert clean_text("a\r\nb\rc\td", field="f", max_len=20, multiline=True) == "a\nb\nc\td"
    assert clean_text(None, field="f", max_len=20, required=False) == ""


def test_full_width_codes_and_mobiles_fold() -> None:
    assert fold_code("　ＳＮ－００１２３ ") == "SN-00123"
    assert fold_code("00123") == "00123"
    assert fold_mobile("＋８６ 138 0013-8000") == "13800138000"
    assert fold_mobile("0086-13800138000") == "13800138000"
    assert fold_mobile("(021) 6432-1234") == "02164321234"
    assert fold_mobile("+49 30 1234") == "+49301234"
