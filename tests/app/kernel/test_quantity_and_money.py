"""P7's list at the one parser, and the arithmetic of E6 to the fen."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from app.kernel.errors import InvalidInput
from app.kernel.money import (
    Fen,
    format_yuan,
    half_up,
    per_days,
    rmb_capital,
    share,
    times,
    yuan_to_fen,
)
from app.kernel.quantity import qty, whole_number

REFUSED = [
    *(
        "",
        "0",
        "-1",
        "1.5",
        "1e3",
        "1_000",
        "+5",
        " 7 ",
        "7 ",
        "7\n",
        "７",
        "٧",
        "²",
        "true",
        "NaN",
        "Infinity",
        "0x10",
    ),
    *(
        "1" + "0" * 400,
        "9" * 100_000,
        10**400,
        0,
        -1,
        1.5,
        7.0,
        True,
        False,
        None,
        float("nan"),
        float("inf"),
    ),
    *(b"7", [7], {"qty": 7}, Decimal(7)),
]


@pytest.mark.parametrize("value", REFUSED, ids=lambda value: repr(value)[:20])
def test_what_is_no_whole_quantity_is_refused_by_the_name_of_its_field(
    value: object,
) -> None:
    with pytest.raises(InvalidInput) as caught:
        qty(value, field="lines-2-qty")
    assert [problem.field for problem in caught.value.problems] == ["lines-2-qty"]


@pytest.mark.parametrize(("value", "number"), [("7", 7), (7, 7), ("007", 7), ("1000000", 10**6), (1, 1)])
def test_ascii_digits_and_true_integers_are_quantities(value: object, number: int) -> None:
    assert qty(value, field="qty") == number


def test_the_range_of_a_number_is_its_fields_own() -> None:
    assert whole_number("0", field="minimum", low=0) == 0
    assert whole_number(-5, field="offset", low=-10) == -5
    with pytest.raises(InvalidInput) as caught:
        whole_number("11", field="offset", high=10)
    assert caught.value.problems[0].code == "input.out_of_range"
    assert dict(caught.value.problems[0].data) == {"low": 1, "high": 10}


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "-1",
        "+1",
        "1,000",
        "1.005",
        ".5",
        "5.",
        " 5",
        "5\n",
        "1e3",
        "５",
        "٥",
        "NaN",
        "9" * 30,
        None,
        5,
        5.0,
        True,
    ],
    ids=lambda value: repr(value)[:20],
)
def test_what_is_no_amount_is_refused_by_the_name_of_its_field(typed: object) -> None:
    with pytest.raises(InvalidInput) as caught:
        yuan_to_fen(typed, field="price")
    assert caught.value.problems[0].field == "price"


def test_yuan_become_fen_as_typed() -> None:
    assert [yuan_to_fen(text, field="f") for text in ("0", "26500", "0.5", "0.05", "26500.50")] == [
        *(0, 2_650_000, 50, 5, 2_650_050)
    ]


def test_a_half_goes_away_from_zero_on_both_sides() -> None:
    assert [half_up(Decimal(text)) for text in ("0.5", "1.5", "2.5", "-0.5", "-2.5", "2.4999")] == [1, 2, 3, -1, -3, 2]
    assert times(Fen(333), Decimal("0.5")) == 167
    assert times(Fen(-333), Decimal("0.5")) == -167
    assert times(Fen(10**13), Decimal("0.06")) == 6 * 10**11


def test_a_float_rate_is_refused() -> None:
    with pytest.raises(TypeError):
        times(Fen(100), 0.1)


@pytest.mark.parametrize(
    ("full", "days", "of", "cost"),
    [
        (3_650_000, 265, 365, 2_650_000),  # an asset added on 2026-04-11
        (3_650_000, 92, 365, 920_000),  # one removed after 2026-09-30
        (3_660_000, 307, 366, 3_070_000),  # a leap year from its 29 February
        (900, 3, 29, 93),  # 27 to 29 February 2020
        (900, 0, 29, 0),
        (900, 29, 29, 900),
    ],
)
def test_part_periods_cost_their_days_of_the_full_period(full: int, days: int, of: int, cost: int) -> None:
    assert per_days(Fen(full), days, of) == cost


def test_parts_sum_to_the_whole_and_the_last_absorbs_the_rounding() -> None:
    assert share(Fen(10_000), [1, 1, 1]) == [3333, 3333, 3334]
    assert share(Fen(-10_000), [1, 1, 1]) == [-3333, -3333, -3334]
    assert share(Fen(100), [1, 0, 1, 0]) == [50, 0, 50, 0]


def test_no_part_turns_negative_when_many_halves_round_up() -> None:
    assert share(Fen(2), [1, 1, 1, 1]) == [1, 1, 0, 0]


def test_every_split_sums_to_its_whole() -> None:
    dice = random.Random(7)
    for _ in range(500):
        total = Fen(dice.randrange(-(10**9), 10**9))
        weights = [dice.choice([0, 1, dice.randrange(1, 10**6)]) for _ in range(dice.randrange(1, 12))]
        if not any(weights):
            continue
        parts = share(total, weights)
        assert sum(parts) == total
        assert all(part * total >= 0 for part in parts)
        assert all(
            abs(part - total * weight / sum(weights)) <= len(parts) for part, weight in zip(parts, weights, strict=True)
        )


@pytest.mark.parametrize("weights", [[], [0, 0], [1, -1]])
def test_nothing_is_split_by_nothing(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weights"):
        share(Fen(1), weights)


def test_fen_are_shown_as_yuan() -> None:
    assert [format_yuan(fen) for fen in (0, 5, 2_650_000, -123)] == [
        "¥0.00",
        "¥0.05",
        "¥26,500.00",
        "-¥1.23",
    ]


@pytest.mark.parametrize(
    ("fen", "capitals"),
    [
        (
            640_902 + 1_000_000,
            "壹万陆仟肆佰零玖元零贰分",
        ),  # the examples of the payment rules of 1997
        (600_714, "陆仟零柒元壹角肆分"),
        (140_950, "壹仟肆佰零玖元伍角"),
        (32_504, "叁佰贰拾伍元零肆分"),
        (10_700_053, "壹拾万零柒仟元伍角叁分"),
        (168_032, "壹仟陆佰捌拾元叁角贰分"),
        (1_001_010, "壹万零壹拾元壹角"),
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角"),
        (100, "壹元整"),
        (-100, "负壹元整"),
        (10**14, "壹万亿元整"),
        (10**10 + 100, "壹亿零壹元整"),
    ],
)
def test_capitals_as_a_contract_writes_them(fen: int, capitals: str) -> None:
    assert rmb_capital(fen) == capitals


def test_capitals_refuse_what_they_cannot_say() -> None:
    with pytest.raises(ValueError, match="too large"):
        rmb_capital(10**18)
