"""Engineers and their skills: who may be sent to which work on which day (R1)."""

from __future__ import annotations

from datetime import date

import pytest

from app.db import Stale, db
from app.kernel.errors import InvalidInput
from dispatch.people import api, use_cases
from dispatch.people.errors import CodeTaken, MissingEngineer, MissingSkill, MissingTerritory
from dispatch.people.models import Engineer
from dispatch.people.rules import GENERAL, HeldSkill, Work, can_do, why_not
from tests.conftest import MONDAY
from tests.dispatch import cast
from tests.dispatch.cast import DISPATCHER

TODAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("held", "wanted", "expected"),
    [
        (HeldSkill("pump", 2), ("pump", 2), True),
        (HeldSkill("pump", 3), ("pump", 2), True),
        (HeldSkill("pump", 1), ("pump", 2), False),
        (HeldSkill("pump", 2, TODAY), ("pump", 2), True),
        (HeldSkill("pump", 2, date(2026, 3, 1)), ("pump", 2), False),
        (HeldSkill("electric", 3), ("pump", 1), False),
        (HeldSkill("electric", 1), (GENERAL, 3), True),
    ],
)
def test_a_skill_counts_by_code_level_and_the_last_day_of_its_certificate(held, wanted, expected):
    code, level = wanted
    assert can_do([held], code, level, TODAY) is expected


@pytest.fixture
def crew(house):
    return cast.crew()


def test_the_reason_why_not_has_its_own_word(crew):
    li, wang = (api.engineer_card(db.session(), one) for one in (crew.li, crew.wang))
    assert why_not(li, "pump", 2, TODAY) is None
    assert why_not(li, "pump", 3, TODAY) == "people.why.low_skill"
    assert why_not(li, "pump", 2, date(2027, 1, 1)) == "people.why.expired_skill"
    assert why_not(wang, "pump", 1, TODAY) == "people.why.no_skill"
    use_cases.engineer_leaves(crew.li, TODAY, seen_version=1, by=DISPATCHER, now=MONDAY)
    gone = api.engineer_card(db.session(), crew.li)
    assert why_not(gone, "pump", 2, TODAY) is None
    assert why_not(gone, "pump", 2, date(2026, 3, 3)) == "people.why.left"
    assert [card.id for card in api.engineers_for(db.session(), on=date(2026, 3, 3), territory="T1")] == [crew.wang]


def test_work_on_a_model_is_what_was_written_down_or_what_anybody_can_do(crew):
    assert api.work_for_model(db.session(), "CP-200") == Work("pump", 2, 90)
    assert api.work_for_model(db.session(), "XYZ").skill_code == GENERAL


def test_an_engineer_is_found_by_initials_and_carries_his_vans_name(crew):
    card = api.engineer_card(db.session(), crew.li)
    assert (card.initials, card.holder_ref, card.engineer_no) == ("lg", f"engineer:{crew.li}", "G-001")


def test_two_people_who_change_one_engineer_do_not_overwrite_each_other(crew):
    use_cases.grant_skill(crew.li, HeldSkill("electric", 3), seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(Stale):
        use_cases.revoke_skill(crew.li, "pump", seen_version=1, by=DISPATCHER, now=MONDAY)
    with pytest.raises(Stale):
        use_cases.edit_engineer(crew.li, cast.person("刘工"), seen_version=1, by=DISPATCHER, now=MONDAY)
    card = api.engineer_card(db.session(), crew.li)
    assert {skill.code: skill.level for skill in card.skills} == {"pump": 2, "electric": 3}
    assert card.name == "李工"


def test_everything_wrong_with_a_person_is_told_at_once_and_nothing_is_kept(crew):
    before = db.session.query(Engineer).count()
    with pytest.raises(InvalidInput) as caught:
        use_cases.add_engineer(cast.person(" ", mobile="", home_lat=91.0), by=DISPATCHER, now=MONDAY)
    assert {problem.field for problem in caught.value.problems} == {"name", "mobile", "home_lat"}
    with pytest.raises(MissingTerritory):
        use_cases.add_engineer(cast.person(territory_code="T9"), by=DISPATCHER, now=MONDAY)
    with pytest.raises(MissingSkill):
        use_cases.add_engineer(cast.person(), [HeldSkill("flying", 1)], by=DISPATCHER, now=MONDAY)
    assert db.session.query(Engineer).count() == before


def test_codes_are_given_once(crew):
    with pytest.raises(CodeTaken):
        use_cases.add_skill("pump", "泵", "pump", by=DISPATCHER, now=MONDAY)
    with pytest.raises(CodeTaken):
        use_cases.add_territory("T1", "城区", "City", by=DISPATCHER, now=MONDAY)
    with pytest.raises(MissingEngineer):
        use_cases.grant_skill(999, HeldSkill("pump", 1), seen_version=1, by=DISPATCHER, now=MONDAY)
