"""One parser for whatever is typed: what is no number is refused by name and kept on the page (P7, P26, P42)."""

from __future__ import annotations

import pytest
from flask import g

from app.auth.actor import ANONYMOUS
from app.kernel.errors import DomainError, InvalidInput, Kind
from app.web.forms import CodeField, DayField, HouseForm, InstantField, ProseField, WholeField, YuanField
from tests.conftest import MONDAY

NO_WHOLE_NUMBER = ["", "0", "-1", "1.5", "1e3", "1_000", "+5", " 7 ", "７", "٣", "true", "NaN", "Infinity", "1" * 400]


class OrderForm(HouseForm):
    """A form with one field of each kind."""

    class Meta:
        csrf = False

    qty = WholeField("数量")
    price = YuanField("单价", required=False)
    code = CodeField("备件号", required=False)
    on = DayField("日期", required=False)
    at = InstantField("时间", required=False)
    note = ProseField("说明", required=False)


class Refused(DomainError):
    """A refusal for the tests below."""

    code = "app.unavailable"
    kind = Kind.conflict


@pytest.fixture(params=["sqlite"])
def engine_name(request):
    """Forms touch no database: one engine is enough."""
    return request.param


@pytest.fixture
def judge(house):
    def judged(**typed):
        with house.test_request_context("/", method="POST", data=typed):
            g.actor, g.language, g.now = ANONYMOUS, "zh", MONDAY
            form = OrderForm()
            return form.validate_on_submit(), form

    return judged


@pytest.mark.parametrize("typed", NO_WHOLE_NUMBER)
def test_what_is_no_whole_number_is_refused_and_kept(judge, typed):
    good, form = judge(qty=typed)
    assert not good
    assert form.qty.errors
    assert f'value="{typed}"' in str(form.qty()) or typed == ""
    assert form.status == 422


def test_what_is_typed_well_becomes_values(judge):
    good, form = judge(
        qty="12", price="1234.50", code="　AB－7", on="2026-02-28", at="2026-03-02 10:00", note="一\r\n二"
    )
    assert good, form.errors
    assert (form.qty.data, form.price.data, form.code.data) == (12, 123450, "AB-7")
    assert form.on.data.isoformat() == "2026-02-28"
    assert form.at.data == MONDAY
    assert form.note.data == "一\n二"


def test_an_empty_body_is_a_form_with_every_field_left_empty(house):
    """It used to fall back to the stored row, so an edit form took nothing at all for the present values."""
    with house.test_request_context("/", method="POST", data={}):
        g.actor, g.language, g.now = ANONYMOUS, "zh", MONDAY
        form = OrderForm(data={"qty": 7})
        assert not form.validate_on_submit()
        assert form.qty.errors


def test_json_is_no_form(house):
    with house.test_request_context("/", method="POST", json={"qty": "7"}):
        g.actor, g.language, g.now = ANONYMOUS, "zh", MONDAY
        assert not OrderForm().validate_on_submit()


@pytest.mark.parametrize("field", ["role", "customer_id", "state", "signed_at", "qty2"])
def test_a_field_the_form_does_not_list_ends_the_request(house, field):
    with house.test_request_context("/", method="POST", data={"qty": "1", field: "x"}):
        g.actor, g.language, g.now = ANONYMOUS, "zh", MONDAY
        from werkzeug.exceptions import BadRequest

        with pytest.raises(BadRequest):
            OrderForm().validate_on_submit()


@pytest.mark.parametrize("text", ["a\x00b", "a\x1bb", "x" * 300])
def test_text_that_cannot_be_kept_is_refused(judge, text):
    good, form = judge(qty="1", code=text)
    assert not good
    assert form.code.errors


@pytest.mark.parametrize(
    "typed",
    ["0001-01-01 00:00", "9999-12-31 23:59", "1899-12-31 10:00", "2026-02-30 10:00", "2026-03-02 24:00",
     "2026-3-2 10:00", "２０２６-03-02 10:00", "2026-03-02 10:00\n", "2026-03-02", "x"],
)  # fmt: skip
def test_what_is_no_instant_of_ours_is_refused(judge, typed):
    """The first minute of year one, turned from Shanghai's time to UTC, fell out of the calendar: 500."""
    good, form = judge(qty="1", at=typed)
    assert not good
    assert form.at.errors


def test_a_use_case_s_refusal_stands_beside_its_field(judge):
    _, form = judge(qty="1")
    with form.refusals():
        raise InvalidInput("qty", "input.out_of_range", low=1, high=5)
    assert any("5" in error for error in form.qty.errors)


def test_a_conflict_is_answered_as_one(judge):
    _, form = judge(qty="1")
    with form.refusals():
        raise Refused()
    assert form.status == 409
    assert form.refused
