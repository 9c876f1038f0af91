"""A change needs intent, a redirect stays in the house, and every answer carries its headers (P32, P33)."""

from __future__ import annotations

import pytest

from app.domain import Role
from app.web.headers import own_path


@pytest.mark.parametrize(
    "target",
    [
        "//evil",
        "/\\evil",
        "https:evil",
        "https://evil/",
        "/%2f%2fevil",
        "%2f%2fevil",
        "javascript:x",
        "",
        None,
        "/a\nb",
        "/\tb",
        "\\\\x",
    ],
)
def test_a_redirect_never_leaves_the_house(target):
    assert own_path(target) == "/"


@pytest.mark.parametrize("target", ["/", "/contracts/12?x=1", "/搜索?q=泵"])
def test_an_own_path_is_kept(target):
    assert own_path(target) == target


def test_a_change_from_another_site_is_refused(browser_of):
    client = browser_of(Role.DISPATCHER)
    for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}):
        assert client.submit("/me/sign-out-everywhere", headers=headers).status_code == 403
    assert client.submit("/me/sign-out-everywhere").status_code == 303


def test_errors_carry_the_headers_too(house):
    answer = house.test_client().get("/no-such-page")
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_signed_in_answer_is_kept_by_no_cache(browser_of):
    assert browser_of(Role.SALES).get("/me").headers["Cache-Control"] == "no-store"
