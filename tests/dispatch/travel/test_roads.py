"""A road engine behind the travel times: asked once, never trusted, and missed without harm (R7, P43)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from app.config import BadSetting, read_settings
from app.domain import Role
from app.geo.rules import Position
from dispatch.planner import use_cases as planner
from dispatch.planner.solver.insert import greedy_plan
from dispatch.travel import api
from dispatch.travel.known import KnownDrives
from dispatch.travel.roads import REST_S, Roads, RoadState, blocks
from dispatch.travel.rules import RoadModel, estimated_seconds, seconds_by_hour
from dispatch.travel.valhalla import NO_ROAD, UNTOLD, Drives, RoadsAway, Valhalla
from tests import world
from tests.conftest import MONDAY
from tests.dispatch.cast import DISPATCHER
from tests.dispatch.travel import stand_in
from tests.dispatch.travel.stand_in import KILOMETRES, PLACES, SECONDS, StandIn, road_engine, standing_in

SEA = Position(30.0, 124.0)
NIGHT, RUSH = datetime(2026, 3, 2, 15, 0, tzinfo=UTC), datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
PATIENT = 30.0


class Ticks:
    """A clock in the test's hand."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def service() -> Iterator[StandIn]:
    with standing_in() as service:
        yield service


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


@pytest.fixture
def roads(service: StandIn, ticks: Ticks) -> Roads:
    return Roads(Valhalla(service.base, timeout_s=5.0), clock=ticks, good_for_s=3600)


def test_the_table_says_what_the_service_said(roads, service):
    told = roads.drives(PLACES, patience_s=PATIENT)
    assert told.seconds.tolist() == SECONDS
    assert told.metres.tolist() == [[round(km * 1000) for km in row] for row in KILOMETRES]
    assert len(service.asked) == 1


def test_what_was_told_is_not_asked_again_until_it_is_old(roads, service, ticks):
    for _ in range(3):
        roads.drives(PLACES, patience_s=PATIENT)
    assert len(service.asked) == 1
    ticks.now += 3601
    assert roads.drives(PLACES, patience_s=PATIENT).seconds.tolist() == SECONDS
    assert len(service.asked) == 2


def test_one_place_more_asks_for_its_row_and_its_column_only(roads, service):
    roads.drives(PLACES[:3], patience_s=PATIENT)
    first = service.cells
    assert roads.drives(PLACES, patience_s=PATIENT).seconds.tolist() == SECONDS
    assert (first, service.cells - first) == (9, 4 + 3)


def test_places_ten_metres_apart_are_one_place(roads, service):
    near = Position(PLACES[0].lat + 0.00003, PLACES[0].lon)
    told = roads.drives([PLACES[0], near, PLACES[1]], patience_s=PATIENT)
    assert told.seconds.tolist() == [[0, 0, 600], [0, 0, 600], [600, 600, 0]]
    assert service.cells == 4


def test_a_large_table_is_asked_in_blocks(service, ticks):
    roads = Roads(Valhalla(service.base, timeout_s=5.0), clock=ticks, block_pairs=4)
    assert roads.drives(PLACES, patience_s=PATIENT).seconds.tolist() == SECONDS
    assert [len(one["sources"]) * len(one["targets"]) for one in service.asked] == [4, 4, 4, 4]


def test_patience_ends_between_two_blocks_and_the_rest_comes_the_next_time(service, ticks):
    roads = Roads(Valhalla(service.base, timeout_s=5.0), clock=ticks, block_pairs=4)

    def slow(asked: dict[str, Any]) -> stand_in.Answer:
        ticks.now += 1.0
        return stand_in.as_recorded(asked)

    service.manner = slow
    told = roads.drives(PLACES, patience_s=2.0)
    assert len(service.asked) == 2
    assert (told.seconds == UNTOLD).sum() > 0
    assert roads.drives(PLACES, patience_s=2.0).seconds.tolist() == SECONDS
    assert roads.state() is RoadState.OK


def test_a_place_at_sea_spoils_no_other_pair(roads, service):
    told = roads.drives([*PLACES, SEA], patience_s=PATIENT)
    assert told.seconds[:4, :4].tolist() == SECONDS
    assert set(told.seconds[4, :4]) == set(told.seconds[:4, 4]) == {NO_ROAD}
    assert (len(service.asked), len(service.located)) == (1, 1)
    roads.drives([*PLACES, SEA], patience_s=PATIENT)
    assert (len(service.asked), len(service.located)) == (1, 1)
    assert roads.state() is RoadState.OK


def test_an_island_without_a_bridge_is_found_by_halving(roads, service):
    """It has roads, so nothing is wrong with the place itself: only the pairs across the water are refused."""
    island = PLACES[3]

    def refused(asked: dict[str, Any]) -> stand_in.Answer:
        sides = [{spot["lat"] == round(island.lat, 4) for spot in asked[side]} for side in ("sources", "targets")]
        return stand_in.as_recorded(asked) if sides[0] == sides[1] and len(sides[0]) == 1 else no_ferry

    no_ferry = stand_in.saying(None, 400, error_code=170)({})
    service.manner = refused
    told = roads.drives(PLACES, patience_s=PATIENT).seconds
    assert told[:3, :3].tolist() == [row[:3] for row in SECONDS[:3]]
    assert set(told[3, :3]) == set(told[:3, 3]) == {NO_ROAD}


def test_when_the_service_fails_half_way_nothing_is_remembered_wrongly(roads, service, ticks):
    service.manner = stand_in.plain(b"", 500)
    told = roads.drives([*PLACES, SEA], patience_s=PATIENT)
    assert told.seconds[0, 1] == UNTOLD
    ticks.now += REST_S + 1
    service.manner = stand_in.as_recorded
    assert roads.drives([*PLACES, SEA], patience_s=PATIENT).seconds[:4, :4].tolist() == SECONDS


@pytest.mark.parametrize(
    "finder", [stand_in.plain(b"[]"), stand_in.plain(b"[1, 2, 3, 4, 5]"), stand_in.plain(b"", 500)]
)
def test_nonsense_about_where_the_roads_are_is_a_service_away(roads, service, finder):
    service.finder = finder
    assert roads.drives([*PLACES, SEA], patience_s=PATIENT).seconds[0, 1] == UNTOLD
    assert roads.state() is RoadState.AWAY


def test_pairs_beyond_any_day_s_reach_are_not_asked_for(roads, service):
    told = roads.drives([*PLACES, Position(39.9, 116.4)], patience_s=PATIENT)
    assert told.seconds[:4, :4].tolist() == SECONDS
    assert set(told.seconds[4, :4]) == {UNTOLD}
    assert service.cells == 16


ODD = {
    "error 500": stand_in.plain(b"", 500),
    "a closed door": stand_in.plain(b"no", 403),
    "no JSON": stand_in.plain(b"<html>hello</html>"),
    "half a JSON": stand_in.plain(b'{"sources_to_targets": {"durations": [[0, 6'),
    "JSON of something else": stand_in.plain(b"[1, 2, 3]"),
    "brackets without end": stand_in.plain(b"[" * 60_000),
    "bytes that are no text": stand_in.plain(b"\xff\xfe\x00"),
    "an endless answer": stand_in.plain(b" " * 200_000),
    "no table": stand_in.saying(None),
    "the long form": stand_in.saying([[{"time": 1, "distance": 1.0}]]),
    "a table too small": stand_in.saying({"durations": [[0, 1]], "distances": [[0, 1]]}),
    "a ragged table": stand_in.saying({"durations": [[0, 1, 2, 3], [0]] * 2, "distances": KILOMETRES}),
    "rows that are none": stand_in.saying({"durations": [1, 2, 3, 4], "distances": KILOMETRES}),
    "a negative time": stand_in.saying({"durations": [[-5] * 4] * 4, "distances": KILOMETRES}),
    "not a number": stand_in.saying({"durations": [[float("nan")] * 4] * 4, "distances": KILOMETRES}),
    "a time without end": stand_in.saying({"durations": SECONDS, "distances": [[float("inf")] * 4] * 4}),
    "yes and no": stand_in.saying({"durations": [[True] * 4] * 4, "distances": KILOMETRES}),
    "words": stand_in.saying({"durations": [["600"] * 4] * 4, "distances": KILOMETRES}),
    "miles": stand_in.saying({"durations": SECONDS, "distances": KILOMETRES}, units="miles"),
    "a refusal about something else": stand_in.saying(None, 400, error_code=106),
}


@pytest.mark.parametrize("manner", ODD.values(), ids=ODD)
def test_a_service_that_fails_is_left_alone_for_a_minute_and_then_asked_again(roads, service, ticks, manner):
    service.manner = manner
    told = roads.drives(PLACES, patience_s=PATIENT)
    assert (told.seconds - np.diag(np.diag(told.seconds)) == UNTOLD).sum() == 12
    roads.drives(PLACES, patience_s=PATIENT)
    assert len(service.asked) == 1
    assert roads.state() is RoadState.AWAY
    service.manner = stand_in.as_recorded
    ticks.now += REST_S + 1
    assert roads.drives(PLACES, patience_s=PATIENT).seconds.tolist() == SECONDS
    assert roads.state() is RoadState.OK


def test_nobody_at_that_address_is_a_service_away(ticks):
    with standing_in() as gone:
        base = gone.base
    roads = Roads(Valhalla(base, timeout_s=1.0), clock=ticks)
    assert roads.drives(PLACES, patience_s=PATIENT).seconds[0, 1] == UNTOLD
    assert roads.state() is RoadState.AWAY


def test_a_slow_service_is_given_up(service, ticks):
    roads = Roads(Valhalla(service.base, timeout_s=0.05), clock=ticks)
    service.manner = stand_in.slowly(0.4)
    assert roads.drives(PLACES, patience_s=PATIENT).seconds[0, 1] == UNTOLD
    assert roads.state() is RoadState.AWAY


def test_an_answer_that_drips_in_is_given_up():
    """A socket's own time-out judges each drop; ten hours of drops once passed it."""
    clock = iter([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    service = Valhalla("http://127.0.0.1:1", timeout_s=2.5, clock=lambda: next(clock))

    class Dripping:
        def read1(self, _size: int) -> bytes:
            return b" "

    with pytest.raises(TimeoutError):
        service._read(Dripping(), 1000, 2.5)


def test_a_redirect_is_not_followed(service, roads):
    with standing_in() as elsewhere:
        service.manner = stand_in.plain(b"", 307, Location=f"{elsewhere.base}/sources_to_targets")
        assert roads.drives(PLACES, patience_s=PATIENT).seconds[0, 1] == UNTOLD
        assert elsewhere.asked == []


def test_a_proxy_of_the_environment_is_not_used(service, roads, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert roads.drives(PLACES, patience_s=PATIENT).seconds.tolist() == SECONDS


def test_only_places_are_told_to_the_service(roads, service):
    roads.drives(PLACES, patience_s=PATIENT)
    [asked] = service.asked
    assert set(asked) == {"sources", "targets", "costing", "verbose"}
    assert asked["sources"][0] == {"lat": 31.15, "lon": 121.4, "search_cutoff": 2000}


def test_the_state_is_asked_for_when_nothing_was_heard_lately(roads, service, ticks):
    assert (roads.state(), roads.state(), service.statuses) == (RoadState.OK, RoadState.OK, 1)
    service.manner = stand_in.plain(b"", 503)
    ticks.now += REST_S + 1
    assert roads.state() is RoadState.AWAY
    with pytest.raises(RoadsAway):
        Valhalla(service.base, timeout_s=1.0).stands()


# What is kept.


@given(some.lists(some.lists(some.integers(0, 30), min_size=1, max_size=6, unique=True), max_size=20))
def test_what_is_kept_is_what_was_told_last_whatever_gave_way(tables):
    """Against a plain dictionary: a pair that is remembered is right, and the last table is remembered whole."""
    known, told = KnownDrives(8, good_for_s=100), {}
    for now, numbers in enumerate(tables):
        spots = [(number, number) for number in numbers]
        cells = np.array([[now * 1000 + 31 * a + b for b in numbers] for a in numbers], np.int32)
        known.keep(spots, spots, Drives(cells, cells + 1), now_s=now)
        told |= {(a, b): int(cells[i, j]) for i, a in enumerate(spots) for j, b in enumerate(spots)}
        found = known.recall(spots, now_s=now)
        assert found.seconds.tolist() == cells.tolist()
        assert found.metres.tolist() == (cells + 1).tolist()
        assert known.places <= 8
        for pair in told:
            assert known.one(*pair, now_s=now) in {(told[pair], told[pair] + 1), (UNTOLD, UNTOLD)}


@given(some.integers(1, 12), some.integers(1, 5), some.randoms(use_true_random=False))
def test_blocks_cover_what_is_missing_and_are_never_too_large(size, side, chance):
    missing = np.array([[a != b and chance.random() < 0.4 for b in range(size)] for a in range(size)]).reshape(
        size, size
    )
    covered = np.zeros_like(missing)
    for rows, columns in blocks(missing, side):
        assert 0 < len(rows) <= side
        assert 0 < len(columns) <= side
        assert not covered[np.ix_(rows, columns)].any()
        covered[np.ix_(rows, columns)] = True
    assert not (missing & ~covered).any()
    assert not (covered & ~missing & ~np.eye(size, dtype=bool)).any()


# How the hours and the straight line come in.


def test_the_hour_slows_what_the_road_engine_says_as_it_slows_the_estimate():
    model = RoadModel()
    night, rush = model.bands[0], model.bands[1]
    road_s, metres = 1200, 20_000
    assert seconds_by_hour(road_s, metres, night, model) == road_s + model.setting_off_s
    slower = (estimated_seconds(metres, rush, model) - 180) / (estimated_seconds(metres, night, model) - 180)
    assert seconds_by_hour(road_s, metres, rush, model) == pytest.approx(180 + road_s * slower, abs=2)
    assert seconds_by_hour(0, 0, rush, model) == 0


@pytest.fixture
def named(service: StandIn, house: Any) -> Iterator[StandIn]:
    """The house with the stand-in as its road engine."""
    with road_engine(house, service.base):
        yield service


def table(places: list[Position]) -> Any:
    return api.table(places, start=NIGHT, end=NIGHT + timedelta(hours=12), patience_s=PATIENT)


def at_night(travel: Any) -> Any:
    return travel.seconds[travel.bands[0].profile].rows()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_the_planner_s_table_is_the_road_engine_s_by_the_hour(named):
    travel = table(PLACES)
    assert travel.metres.rows() == [[round(km * 1000) for km in row] for row in KILOMETRES]
    assert at_night(travel)[0] == [0, *(told + 180 for told in SECONDS[0][1:])]
    assert travel.estimated == 0
    assert api.drive(PLACES[0], PLACES[3], at=NIGHT) == (770 + 180, 12_750)
    assert api.drive(PLACES[0], PLACES[3], at=RUSH)[0] > 1100
    assert api.health() == ("roads", "ok")


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_what_the_road_engine_does_not_tell_is_estimated_and_counted(named, house):
    named.manner = stand_in.half_null
    mixed = table(PLACES)
    assert mixed.estimated == 8
    api._named.cache_clear()  # A process that has heard nothing yet.
    named.manner = stand_in.plain(b"", 500)
    away = table(PLACES)
    assert away.estimated == 12
    assert api.drive(PLACES[0], PLACES[3], at=NIGHT) != (770 + 180, 12_750)
    with road_engine(house, ""):
        plain = table(PLACES)
    assert (away.metres, away.seconds, plain.estimated) == (plain.metres, plain.seconds, 0)
    straight, told = np.array(at_night(plain)), np.array(SECONDS) + 180
    rows = np.array(at_night(mixed))
    odd = np.add.outer(range(4), range(4)) % 2 == 1
    assert (rows[odd] == straight[odd]).all()
    even = ~odd & ~np.eye(4, dtype=bool)
    assert (rows[even] == told[even]).all()


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_health_names_the_road_engine_only_where_there_is_one(named, house, browser_of):
    def told() -> dict[str, str]:
        api._named.cache_clear()
        return house.test_client().get("/health").json["services"]

    assert told() == {"roads": "ok"}
    named.manner = stand_in.plain(b"", 500)
    assert told() == {"roads": "away"}
    assert "路网服务" in browser_of(Role.ADMINISTRATOR).get("/").text
    with road_engine(house, ""):
        assert told() == {}


def proposed() -> int:
    return planner.plan_now(None, by=DISPATCHER, now=MONDAY, solver=lambda problem, *_: greedy_plan(problem))


@pytest.mark.parametrize("engine_name", ["sqlite"])
def test_a_plan_made_without_the_road_engine_says_so(named, house, browser_of):
    here, client = world.small_world(), browser_of(Role.DISPATCHER)
    here.pump_fails()
    named.manner = stand_in.plain(b"", 500)
    plan_id = proposed()
    assert "段路程按直线估算" in client.get(f"/dispatch/board/plans/{plan_id}").text
    with road_engine(house, ""):
        plan_id = proposed()
    assert "段路程按直线估算" not in client.get(f"/dispatch/board/plans/{plan_id}").text


@pytest.mark.parametrize(
    "said",
    [
        {"ROADS_URL": "file:///etc/passwd"}, {"ROADS_URL": "roads.example"}, {"ROADS_TIMEOUT_S": "0"},
        {"ROADS_TIMEOUT_S": "1.5"}, {"ROADS_BLOCK_PAIRS": "0"}, {"ROADS_CACHE_DAYS": "-1"},
    ],
    ids=str,
)  # fmt: skip
def test_a_setting_that_makes_no_sense_stops_the_start(tmp_path, said):
    with pytest.raises(BadSetting, match=next(iter(said))):
        read_settings({"DATA_DIR": str(tmp_path), **said})


def test_no_road_engine_is_asked_unless_one_is_named(tmp_path):
    plain = read_settings({"DATA_DIR": str(tmp_path)})
    named = read_settings(
        {"DATA_DIR": str(tmp_path), "ROADS_URL": "http://127.0.0.1:8002/", "ROADS_BLOCK_PAIRS": "400"}
    )
    assert plain.roads_url == ""
    assert (named.roads_url, named.roads_block_pairs, named.roads_cache_days) == ("http://127.0.0.1:8002", 400, 7)


def test_the_recording_is_of_a_real_service():
    """Kept by tools/valhalla_grid.py; whoever records anew sees here whether the service's manners have changed."""
    refusals = {
        name: stand_in.RECORDED[name]["body"]["error_code"] for name in ("at_sea", "off_road", "too_far", "too_many")
    }
    assert refusals == {"at_sea": 170, "off_road": 170, "too_far": 154, "too_many": 150}
    assert json.dumps(SECONDS[0]) == "[0, 600, 608, 770]"
