"""The contracts floor's decisions, without any database: C2, C3, C4, E3, E5, E11."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from app.geo.rules import Position, haversine_m, wgs84_to_gcj02
from app.kernel.dates import DaySpan
from app.kernel.errors import InvalidInput
from app.search.initials import initials
from contracts.entitlement.rules import Cover, CoverKind, Verdict, entitle, judge
from contracts.installbase.rules import Datum, SiteFacts, access_from_text, access_text, wgs84
from contracts.penalties.rules import PenaltyClause, applied, headroom, penalty_fen, period_key, steps
from contracts.policies.errors import LimitsOutOfOrder, LimitTwice, PromisesNothing
from contracts.policies.rules import (
    SHIPPED,
    ClockKind,
    Cost,
    Limit,
    PauseReason,
    PolicyTerms,
    check_terms,
    limits_for,
)
from contracts.terms.clauses import CapPeriod, ClauseTerms, PenaltyUnit
from contracts.terms.errors import MoveNotListed, NoLength, NotAcceptedYet
from contracts.terms.rules import (
    MOVES,
    ContractState,
    FeeKind,
    LineScope,
    LineTerms,
    Move,
    StartEvent,
    WarrantyFacts,
    after,
    line_span,
    part_cover_last_on,
    timeline,
    total_fen,
    warranty_span,
)
from contracts.terms.rules import ContractTerms as Terms

SHANGHAI = ZoneInfo("Asia/Shanghai")
REAL = [
    DaySpan(date(2011, 1, 25), date(2014, 1, 26)),
    DaySpan(date(2014, 6, 10), date(2015, 6, 16)),
    DaySpan(date(2016, 2, 7), date(2017, 2, 8)),
]


def by_hours(_code, _zone, limit_s):
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=limit_s)


def cover(ref, first, last, **other):
    facts = {"kind": CoverKind.CONTRACT, "name": ref, "zone": "Asia/Shanghai", "priority": 50, "pays": frozenset(Cost)}
    return Cover(ref=ref, span=DaySpan(first, last), **{**facts, **other})


def promising(code, **limits):
    terms = tuple(Limit(ClockKind(kind), limit_s) for kind, limit_s in limits.items())
    return PolicyTerms(code=code, name_zh=code, name_en=code, hours_code="7x24", limits=terms)


def owed(covers, at, level=1):
    return entitle(covers, at=at, request_type="fault", level=level, due_at=by_hours)


class TestCover:
    def test_the_real_data_has_gaps_of_134_and_235_days(self):
        found = timeline(REAL, today=date(2017, 2, 1))
        assert [gap.days for gap in found.gaps] == [134, 235]
        assert (found.gaps[0].first_on, found.gaps[0].last_on) == (date(2014, 1, 27), date(2014, 6, 9))
        assert (found.gaps[1].first_on, found.gaps[1].last_on) == (date(2015, 6, 17), date(2016, 2, 6))

    def test_covered_until_is_the_end_of_todays_unbroken_cover_never_just_the_latest_end(self):
        assert timeline(REAL, today=date(2013, 5, 1)).covered_until == date(2014, 1, 26)
        assert timeline(REAL, today=date(2014, 3, 1)).covered_until is None
        assert timeline(REAL, today=date(2010, 3, 1)).covered_until is None

    def test_the_days_since_the_last_cover_are_a_gap_too(self):
        found = timeline(REAL, today=date(2017, 2, 10))
        assert (found.gaps[-1].first_on, found.gaps[-1].days) == (date(2017, 2, 9), 2)
        assert timeline([], today=date(2017, 2, 10)).gaps == ()

    def test_a_call_in_the_gap_is_not_covered(self):
        covers = [cover(f"warranty:{n}", span.first_on, span.last_on) for n, span in enumerate(REAL)]
        told = owed(covers, datetime(2014, 3, 1, 4, tzinfo=UTC))
        assert told.chargeable
        assert [c.verdict for c in told.candidates] == [Verdict.ENDED, Verdict.NOT_BEGUN, Verdict.NOT_BEGUN]

    @pytest.mark.parametrize(
        ("wall", "verdict"),
        [
            (datetime(2026, 6, 30, 23, 30, tzinfo=SHANGHAI), Verdict.COVERS),
            (datetime(2026, 7, 1, 0, 10, tzinfo=SHANGHAI), Verdict.ENDED),
            (datetime(2026, 1, 1, 0, 0, tzinfo=SHANGHAI), Verdict.COVERS),
            (datetime(2025, 12, 31, 23, 59, tzinfo=SHANGHAI), Verdict.NOT_BEGUN),
        ],
    )
    def test_cover_is_whole_local_days(self, wall, verdict):
        assert judge(cover("line:1", date(2026, 1, 1), date(2026, 6, 30)), wall.astimezone(UTC)) is verdict

    @pytest.mark.parametrize(
        ("accepted", "months", "extra", "last"),
        [
            (date(2026, 3, 15), 12, 0, date(2027, 3, 14)),
            (date(2026, 8, 31), 6, 0, date(2027, 2, 27)),
            (date(2025, 3, 15), 36, 0, date(2028, 3, 14)),
            (date(2026, 8, 31), 4, 2, date(2027, 2, 27)),
        ],
    )
    def test_a_warranty_starts_on_the_acceptance_date_and_its_last_day_is_inclusive(
        self, accepted, months, extra, last
    ):
        facts = WarrantyFacts(months=months, extra_months=extra)
        assert warranty_span(facts, accepted_on=accepted, installed_on=None) == DaySpan(accepted, last)

    def test_a_warranty_without_its_start_or_its_length_is_refused(self):
        with pytest.raises(NotAcceptedYet):
            warranty_span(WarrantyFacts(months=12, starts_on=date(2026, 1, 1)), accepted_on=None, installed_on=None)
        with pytest.raises(NoLength):
            facts = WarrantyFacts(start_event=StartEvent.SALE, starts_on=date(2026, 1, 1))
            warranty_span(facts, accepted_on=None, installed_on=None)

    def test_a_replaced_part_carries_the_longer_cover(self):
        assert part_cover_last_on(asset_last_on=date(2026, 6, 30), replaced_on=date(2026, 5, 11)) == date(2026, 8, 8)
        assert part_cover_last_on(asset_last_on=date(2027, 6, 30), replaced_on=date(2026, 5, 11)) == date(2027, 6, 30)

    def test_a_line_covers_from_its_signing_on_unless_it_is_backdated(self):
        year = DaySpan(date(2026, 1, 1), date(2026, 12, 31))
        line = LineTerms(LineScope.CUSTOMER, 1)
        assert line_span(line, year, signed_on=date(2026, 2, 10)).first_on == date(2026, 2, 10)
        assert line_span(line, year, signed_on=date(2025, 12, 1)).first_on == date(2026, 1, 1)
        back = LineTerms(LineScope.CUSTOMER, 1, backdated_from_on=date(2026, 1, 1), backdated_by="王经理")
        assert line_span(back, year, signed_on=date(2026, 2, 10)).first_on == date(2026, 1, 1)
        assert line_span(line, year, signed_on=date(2027, 1, 5)) is None


class TestEntitlement:
    AT = datetime(2026, 6, 1, 4, tzinfo=UTC)
    YEAR = (date(2026, 1, 1), date(2026, 12, 31))

    def test_every_clock_takes_the_strictest_limit_and_remembers_whose_it_was(self):
        quick = cover("line:1", *self.YEAR, policy=promising("a", response=7200, arrival=14400))
        ready = cover("line:2", *self.YEAR, policy=promising("b", response=1800, arrival=43200, resolve=86400))
        told = owed([quick, ready], self.AT)
        assert {clock.kind: clock.cover_ref for clock in told.clocks} == {
            "response": "line:2", "arrival": "line:1", "resolve": "line:2",
        }  # fmt: skip
        assert told.named.ref == "line:1"

    def test_strict_means_due_first_not_the_smaller_figure(self):
        """Eight working hours are longer than twelve hours of every day."""

        def due_at(code, _zone, limit_s):
            return self.AT + timedelta(seconds=limit_s * (3 if code == "5x8" else 1))

        slow = PolicyTerms("slow", "", "", "5x8", (Limit(ClockKind.ARRIVAL, 8 * 3600),))
        fast = PolicyTerms("fast", "", "", "7x24", (Limit(ClockKind.ARRIVAL, 12 * 3600),))
        covers = [cover("line:1", *self.YEAR, policy=slow), cover("line:2", *self.YEAR, policy=fast)]
        told = entitle(covers, at=self.AT, request_type="fault", level=1, due_at=due_at)
        assert told.clock("arrival").cover_ref == "line:2"

    def test_of_two_due_together_the_one_with_a_penalty_comes_first(self):
        clause = PenaltyClause("arrival", PenaltyUnit.ONCE, fixed_fen=100)
        free = cover("line:1", *self.YEAR, policy=promising("a", arrival=100))
        dear = cover("line:2", *self.YEAR, policy=promising("b", arrival=100), clauses={"arrival": clause})
        assert owed([free, dear], self.AT).clock("arrival").penalty == clause

    def test_of_equal_arrivals_the_later_end_is_named_and_a_cover_without_one_comes_last(self):
        short = cover("line:1", *self.YEAR, policy=promising("a", arrival=100))
        long = cover("line:2", self.YEAR[0], date(2027, 12, 31), policy=promising("a", arrival=100))
        none = cover("line:3", self.YEAR[0], date(2039, 12, 31))
        assert owed([short, long, none], self.AT).named.ref == "line:2"

    def test_each_kind_of_cost_has_the_payer_of_the_lowest_priority_and_the_customer_pays_the_rest(self):
        maker = cover("warranty:1", *self.YEAR, kind=CoverKind.MANUFACTURER, priority=10, pays=frozenset({Cost.PARTS}))
        ours = cover("line:1", *self.YEAR, pays=frozenset({Cost.LABOUR, Cost.PARTS}))
        told = owed([maker, ours], self.AT)
        assert told.payer == {"labour": "contract", "travel": "customer", "parts": "manufacturer"}
        assert told.free == ("labour", "parts")

    def test_every_cover_looked_at_is_told_with_its_reason(self):
        ended = cover("warranty:9", date(2020, 1, 1), date(2021, 1, 1), kind=CoverKind.WARRANTY)
        held = cover("line:1", *self.YEAR, suspended=((self.AT, None),))
        told = owed([ended, held], self.AT)
        assert told.chargeable
        codes = [reason.code for reason in told.reasons]
        assert codes == ["entitlement.not_covered", "entitlement.cover_suspended", "entitlement.cover_ended"]

    def test_the_printed_label_is_kept_apart_from_the_rank(self):
        grave_first = cover("line:1", *self.YEAR, level_labels=("I级", "II级", "III级"))
        grave_last = cover("line:1", *self.YEAR, level_labels=("III级", "II级", "I级"))
        assert owed([grave_first], self.AT).label(1) == "I级"
        assert owed([grave_last], self.AT).label(1) == "III级"


class TestPolicies:
    def test_the_shipped_policies_promise_what_the_mission_says(self):
        told = {terms.code: limits_for(terms.limits, request_type="fault", level=1) for terms in SHIPPED}
        hour = 3600
        assert told["4-hour"] == {ClockKind.RESPONSE: 1800, ClockKind.ARRIVAL: 4 * hour, ClockKind.RESOLVE: 24 * hour}
        assert told["12-hour"] == {
            ClockKind.RESPONSE: 2 * hour, ClockKind.ARRIVAL: 12 * hour, ClockKind.RESOLVE: 48 * hour,
        }  # fmt: skip
        assert told["basic"][ClockKind.RESOLVE] == 72 * hour
        assert [terms.hours_code for terms in SHIPPED] == ["7x24", "7x24", "5x8"]
        for terms in SHIPPED:
            check_terms(terms)
            assert all(PauseReason.OUR_PART not in reasons for reasons in terms.pauses.values())

    def test_the_most_particular_limit_wins(self):
        limits = (
            Limit(ClockKind.RESOLVE, 400),
            Limit(ClockKind.RESOLVE, 300, level=1),
            Limit(ClockKind.RESOLVE, 200, request_type="training"),
        )
        assert limits_for(limits, request_type="fault", level=2) == {ClockKind.RESOLVE: 400}
        assert limits_for(limits, request_type="fault", level=1) == {ClockKind.RESOLVE: 300}
        assert limits_for(limits, request_type="training", level=1) == {ClockKind.RESOLVE: 200}

    @pytest.mark.parametrize(
        ("limits", "refusal"),
        [
            ((), PromisesNothing),
            ((Limit(ClockKind.ARRIVAL, 1), Limit(ClockKind.ARRIVAL, 2)), LimitTwice),
            ((Limit(ClockKind.ARRIVAL, 5), Limit(ClockKind.RESOLVE, 4)), LimitsOutOfOrder),
        ],
    )
    def test_terms_that_contradict_themselves_are_refused(self, limits, refusal):
        with pytest.raises(refusal):
            check_terms(PolicyTerms("x", "x", "x", "7x24", limits))


class TestPenalty:
    ARRIVAL = PenaltyClause("arrival", PenaltyUnit.STARTED_HOUR, per_unit_fen=20_000, cap_fen=300_000)
    RESOLVE = PenaltyClause("resolve", PenaltyUnit.STARTED_HOUR, per_unit_fen=10_000, cap_fen=300_000)

    def test_started_hours_sum_up_to_the_cap_of_the_quarter(self):
        first = penalty_fen(self.ARRIVAL, 2 * 3600 + 5 * 60, already_fen=0)
        assert first == 60_000
        assert penalty_fen(self.RESOLVE, 27 * 3600 + 30 * 60, already_fen=0) == 280_000
        assert penalty_fen(self.RESOLVE, 27 * 3600 + 30 * 60, already_fen=first) == 240_000
        assert penalty_fen(self.RESOLVE, 27 * 3600 + 30 * 60, already_fen=270_000) == 30_000
        assert penalty_fen(self.RESOLVE, 27 * 3600 + 30 * 60, already_fen=400_000) == 0

    @pytest.mark.parametrize(("late_min", "fen"), [(9, 0), (10, 0), (11, 20_000), (60, 20_000), (65, 40_000)])
    def test_grace_is_a_threshold_not_a_deduction(self, late_min, fen):
        clause = PenaltyClause("arrival", PenaltyUnit.STARTED_HOUR, per_unit_fen=20_000, grace_s=600)
        assert penalty_fen(clause, late_min * 60, already_fen=0) == fen

    @pytest.mark.parametrize(
        ("unit", "late_s", "fen"),
        [
            (PenaltyUnit.STARTED_HOUR, 3600, 150),
            (PenaltyUnit.STARTED_HOUR, 3601, 250),
            (PenaltyUnit.FULL_HOUR, 3599, 50),
            (PenaltyUnit.FULL_HOUR, 7200, 250),
            (PenaltyUnit.ONCE, 7200, 50),
            (PenaltyUnit.STARTED_HOUR, 0, 0),
            (PenaltyUnit.ONCE, -5, 0),
        ],
    )
    def test_every_unit_counts_as_it_is_agreed(self, unit, late_s, fen):
        clause = PenaltyClause("arrival", unit, fixed_fen=50, per_unit_fen=100)
        assert penalty_fen(clause, late_s, already_fen=0) == fen

    def test_a_percentage_is_of_the_whole_fee_half_up(self):
        agreed = ClauseTerms(ClockKind.RESOLVE, PenaltyUnit.PERCENT_OF_FEE, percent_bp=150)
        clause = applied(agreed, total_fen=3_333_300, cap_fen=None, cap_period=CapPeriod.CONTRACT)
        assert penalty_fen(clause, 1, already_fen=0) == 50_000
        assert headroom(clause, already_fen=10**9) is None

    def test_the_planner_gets_the_clause_as_steps_with_what_is_left(self):
        told = steps(self.ARRIVAL, 12_300)
        assert (told.per_unit_fen, told.unit_s, told.started, told.cap_fen) == (20_000, 3600, True, 12_300)

    @pytest.mark.parametrize(
        ("day", "period", "key"),
        [
            (date(2026, 3, 31), CapPeriod.QUARTER, "2026Q1"),
            (date(2026, 4, 1), CapPeriod.QUARTER, "2026Q2"),
            (date(2026, 12, 31), CapPeriod.QUARTER, "2026Q4"),
            (date(2026, 12, 31), CapPeriod.YEAR, "2026"),
            (date(2026, 12, 31), CapPeriod.CONTRACT, "contract"),
        ],
    )
    def test_the_caps_period_is_named_by_its_day(self, day, period, key):
        assert period_key(day, period) == key


class TestLife:
    @pytest.mark.parametrize("state", list(ContractState))
    @pytest.mark.parametrize("move", list(Move))
    def test_only_listed_steps_are_possible(self, state, move):
        if move in MOVES[state]:
            assert after(state, move) is MOVES[state][move]
        else:
            with pytest.raises(MoveNotListed):
                after(state, move)

    def test_every_state_can_be_reached_and_the_last_ones_lead_nowhere(self):
        reached = {target for moves in MOVES.values() for target in moves.values()}
        assert reached | {ContractState.DRAFT} == set(ContractState)
        assert not MOVES[ContractState.TERMINATED]

    @pytest.mark.parametrize(
        ("terms", "fen"),
        [
            ({"fee_fen": 100}, 100),
            ({"fee_kind": FeeKind.PERCENT_OF_VALUE, "fee_rate_bp": 1000}, 49_060_001),
            ({"fee_kind": FeeKind.PER_ASSET, "fee_fen": 500}, 1_500),
            ({"fee_kind": FeeKind.PREPAID_DAYS, "fee_fen": 200, "prepaid_days": 12}, 2_400),
        ],
    )
    def test_the_fee_is_reckoned_as_agreed(self, terms, fen):
        told = Terms(date(2026, 1, 1), date(2026, 12, 31), (), **terms)
        assert total_fen(told, covered_value_fen=490_600_005, assets=3) == fen


class TestInstallBase:
    def test_gcj02_input_lands_on_the_true_place(self):
        true = Position(31.2304, 121.4737)
        shifted = wgs84_to_gcj02(true)
        found = wgs84(SiteFacts("x", "x", str(round(shifted.lat, 7)), str(round(shifted.lon, 7)), Datum.GCJ02))
        assert haversine_m(found, true) < 0.1
        assert haversine_m(shifted, true) > 100

    @pytest.mark.parametrize("lat", ["91", "nan", "", "x", "1e1000"])
    def test_a_position_that_does_not_exist_is_refused(self, lat):
        with pytest.raises(InvalidInput):
            wgs84(SiteFacts("x", "x", lat, "121"))

    def test_access_hours_survive_their_storage(self):
        week = ((480, 1080),) * 5 + (None, None)
        assert access_from_text(access_text(week)) == week
        assert access_from_text(access_text(None)) is None
        with pytest.raises(InvalidInput):
            access_text(((600, 500),) * 7)

    def test_names_are_found_by_their_initials(self):
        assert initials("市第一医院") == "sdyyy"
        assert initials("城东水文站RTU-11") == "cdswzrtu11"
