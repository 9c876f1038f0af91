"""When an act counts, which step may follow which, what a signature is, where the map apps are sent (E10, P21, F2, R7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from itertools import product
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from app.geo.rules import Position, haversine_m, wgs84_to_gcj02
from app.kernel.errors import InvalidInput
from dispatch.field.bodies import FIELDS, parse_body
from dispatch.field.errors import ReasonNeeded, SiteFar, TooEarly, TooLate
from dispatch.field.navigation import links
from dispatch.field.rules import STEPS, ActKind, Progress, body_hash, check_arrival, check_step, claim, next_act
from dispatch.field.signature import parse_strokes, svg_path
from dispatch.field.vocabulary import ACTIONS, CAUSES, in_english, sentence

DUE = datetime(2026, 3, 2, 14, 0, tzinfo=UTC)
ASSIGNED = DUE - timedelta(hours=2)


def at(hour: int, minute: int) -> datetime:
    return DUE.replace(hour=hour, minute=minute)


def told(
    claimed_at: datetime | None, *, offset_s: int = 0, received_at: datetime = DUE, previous_at: datetime = ASSIGNED
):
    return claim(
        claimed_at=claimed_at, offset_s=offset_s, previous_at=previous_at, assigned_at=ASSIGNED, received_at=received_at
    )


def test_a_check_in_that_comes_late_counts_from_its_own_instant_less_the_clocks_error() -> None:
    """E10: device time 13:55, clock 6 min fast, received 15:20 → 13:49, before the due instant of 14:00."""
    late = told(at(13, 55), offset_s=-360, received_at=at(15, 20))
    assert (late.at, late.flagged, late.claimed_at) == (at(13, 49), False, at(13, 55))


@pytest.mark.parametrize(
    ("claimed", "counts", "flagged"),
    [
        (DUE - timedelta(minutes=5), DUE - timedelta(minutes=5), False),
        (DUE + timedelta(seconds=30), DUE, False),
        (DUE + timedelta(minutes=2), DUE, True),
        (DUE + timedelta(days=1), DUE, True),
        (ASSIGNED - timedelta(seconds=1), DUE, True),
        (DUE - timedelta(days=1), DUE, True),
        (None, DUE, False),
    ],
)
def test_a_claim_in_the_future_or_before_the_assignment_is_flagged_and_decides_nothing(
    claimed: datetime | None, counts: datetime, flagged: bool
) -> None:
    judged = told(claimed)
    assert (judged.at, judged.flagged, judged.received_at) == (counts, flagged, DUE)


def test_a_claim_is_never_before_the_previous_event_nor_after_its_receipt() -> None:
    arrived = DUE - timedelta(minutes=30)
    assert told(arrived - timedelta(minutes=5), previous_at=arrived).at == arrived
    for minutes in range(-119, 60):
        judged = told(DUE + timedelta(minutes=minutes))
        assert ASSIGNED <= judged.at <= DUE


def test_a_week_of_clock_error_is_a_wrong_date_and_not_an_offset() -> None:
    assert told(DUE + timedelta(days=7), offset_s=-7 * 86_400).flagged


def test_each_act_is_allowed_in_its_steps_only_too_early_before_and_too_late_after() -> None:
    order = list(Progress)
    for kind, step in product(ActKind, Progress):
        if step in STEPS[kind]:
            check_step(kind, step, visit_ref="V-1")
            continue
        early = order.index(step) < min(order.index(one) for one in STEPS[kind])
        with pytest.raises(TooEarly if early else TooLate):
            check_step(kind, step, visit_ref="V-1")
    for kind in ActKind:
        with pytest.raises(TooLate):
            check_step(kind, None, visit_ref="V-1")


def test_business_is_restored_before_the_cause_is_asked_for() -> None:
    assert [next_act(step) for step in Progress] == [
        ActKind.ACCEPT, ActKind.SET_OFF, ActKind.ARRIVE, ActKind.CONFIRM, ActKind.RESTORE, ActKind.RESOLVE, ActKind.SIGN, None,
    ]  # fmt: skip


SITE = Position(31.2304, 121.4737)


def test_five_hundred_metres_are_near_and_one_more_asks_why() -> None:
    near = Position(31.2304 + 0.0044, 121.4737)
    assert 480 < check_arrival(SITE, near, reason="") <= 500
    far = Position(31.2304 + 0.0046, 121.4737)
    with pytest.raises(SiteFar) as refused:
        check_arrival(SITE, far, reason="")
    assert refused.value.data["distance_m"] > 500
    assert check_arrival(SITE, far, reason="停车场") > 500
    with pytest.raises(ReasonNeeded):
        check_arrival(SITE, None, reason="")
    assert check_arrival(SITE, None, reason="地下室") is None


def test_the_same_words_have_one_hash_and_any_other_word_another() -> None:
    first = body_hash("arrive", "V-1", "t", {"lat": "1", "lon": "2"})
    assert first == body_hash("arrive", "V-1", "t", {"lon": "2", "lat": "1"})
    others = [
        ("accept", "V-1", "t", {"lat": "1", "lon": "2"}),
        ("arrive", "V-2", "t", {"lat": "1", "lon": "2"}),
        ("arrive", "V-1", "u", {"lat": "1", "lon": "2"}),
        ("arrive", "V-1", "t", {"lat": "1", "lon": "3"}),
    ]
    assert first not in {body_hash(*other) for other in others}


@pytest.mark.parametrize("kind", list(ActKind))
def test_every_body_refuses_a_field_it_does_not_list(kind: ActKind) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_body(kind, {"customer_id": 1})
    assert ("customer_id", "input.unknown_field") in [(p.field, p.code) for p in refused.value.problems]


@pytest.mark.parametrize(
    "bad", ["", 0, -1, 1.5, "1e3", "1_000", "+5", " 7 ", "\uff17", "٧", True, float("nan"), 10**400, [], {}]
)
def test_a_quantity_is_judged_as_typed(bad: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_body(ActKind.USE_PART, {"code": "A", "qty": bad})
    assert [p.field for p in refused.value.problems] == ["qty"]


@pytest.mark.parametrize(
    "bad",
    [{"lat": "x", "lon": "1"}, {"lat": "91", "lon": "1"}, {"lat": "31"}, {"lat": 0, "lon": 0}, {"lat": True, "lon": 1}],
)
def test_a_position_that_is_none_is_refused_by_name(bad: dict[str, object]) -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_body(ActKind.ARRIVE, bad)
    assert refused.value.problems[0].field == "lat"


def test_every_problem_of_a_body_is_told_at_once() -> None:
    with pytest.raises(InvalidInput) as refused:
        parse_body(ActKind.USE_PART, {"code": "", "qty": "x", "removed_serial": "\x00"})
    assert {p.field for p in refused.value.problems} == {"code", "qty", "removed_serial"}
    assert set(FIELDS) == set(ActKind)


def test_chips_and_words_make_one_line_that_reads_in_english_too() -> None:
    line = sentence("cause", ["seal", "bearing"], "晃动大", CAUSES)
    assert line == "轴承、密封:晃动大"
    assert in_english(line, CAUSES) == "bearing, seal: 晃动大"
    assert in_english("客户自己说的", CAUSES) == "客户自己说的"
    assert sentence("action", None, "只是看看", ACTIONS) == "只是看看"
    for codes in (["nothing"], "seal", [1], {"seal": 1}):
        with pytest.raises(InvalidInput):
            sentence("cause", codes, "", CAUSES)


def test_a_signature_becomes_a_path_of_numbers_only() -> None:
    path = svg_path(parse_strokes("[[10,20,30,40],[5,5,6,6]]"))
    assert path == "M10 20 L30 40 M5 5 L6 6"
    assert re.fullmatch(r"[ML0-9 ]+", path)


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "[]",
        "[[1]]",
        "[[1,2]]",
        "{}",
        "[[1.5,2,3,4,5,6]]",
        '[["1",2,3,4,5,6]]',
        "[[-1,2,3,4,5,6]]",
        "[[1,201,3,4,5,6]]",
        7,
        "x" * 100_000,
        "[[1,2,3,4,5,6]]" + " " * 100_000,
    ],
)
def test_what_is_no_signature_is_refused(text: object) -> None:
    with pytest.raises(InvalidInput):
        parse_strokes(text)


def test_each_map_app_is_sent_to_the_site_in_its_own_datum() -> None:
    ways = {link.code: link.url for link in links(SITE, "市一医院 B1&机房")}
    gcj = wgs84_to_gcj02(SITE)
    assert 300 < haversine_m(SITE, gcj) < 700
    amap = urlsplit(ways["amap"])
    assert (amap.netloc, amap.path) == ("uri.amap.com", "/navigation")
    to = re.search(r"to=([^&]+)", amap.query)
    assert to is not None
    assert to[1] == f"{gcj.lon:.6f},{gcj.lat:.6f},%E5%B8%82%E4%B8%80%E5%8C%BB%E9%99%A2%20B1%26%E6%9C%BA%E6%88%BF"
    assert unquote(to[1]).endswith("市一医院 B1&机房")
    assert {
        "mode": ["car"],
        "policy": ["1"],
        "coordinate": ["gaode"],
        "callnative": ["1"],
        "src": ["app"],
    }.items() <= parse_qs(amap.query).items()
    assert parse_qs(urlsplit(ways["google"]).query)["destination"] == ["31.230400,121.473700"]
    assert parse_qs(urlsplit(ways["tencent"]).query)["tocoord"] == [f"{gcj.lat:.6f},{gcj.lon:.6f}"]
    assert "bd09ll" in ways["baidu"]
    assert set(ways) == {"amap", "baidu", "tencent", "apple", "google"}
