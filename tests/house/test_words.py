"""Every refusal has its sentence and every label its twin, in both languages (house §7, screens §13)."""

from __future__ import annotations

import ast
import re
import string
from importlib import import_module
from pathlib import Path

import pytest
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.pofile import read_po

import app.wiring
import wsgi
from app.kernel.errors import all_codes
from tests.house.floors import FLOORS, modules

ROOT = Path(__file__).resolve().parents[2]
DOMAINS = [app.wiring.domain, *wsgi.FLOORS]
WORDS = {code: pair for domain in DOMAINS for code, pair in domain.words.items()}
#: Refusals that no rule raises by themselves.
BASES = {"error"}
#: Families whose code is put together from a status.
FAMILIES = ("http.", "title.")
#: Says each language in itself, so that whoever cannot read the page finds the way out.
IN_BOTH = ROOT / "app" / "templates" / "layout" / "ui" / "language.html"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module", autouse=True)
def whole_house():
    """Refusals are found among loaded classes, so everything is loaded."""
    for name, _path in modules(ROOT):
        if name != "app.documents.child":
            import_module(name)


def places(text: str) -> set[str]:
    """The named places; a value that has a twin of its own ("kind_zh", "kind_en") counts as one."""
    names = [name for _literal, name, _spec, _conversion in string.Formatter().parse(text) if name]
    return {re.sub("_(zh|en)$", "", name) for name in names}


def test_every_refusal_of_the_house_has_words():
    ours = {code for code in all_codes() if not code.startswith("test.")}
    assert sorted(ours - set(WORDS)) == []


def test_no_words_are_left_without_anything_that_says_them():
    said, started = set(BASES), set()
    for _name, path in modules(ROOT):
        if path.name == "words.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                started.add(str(node.values[0].value))
    for path in templates():
        text = path.read_text(encoding="utf-8")
        said.update(re.findall(r"""['"]([a-z_]+(?:\.[a-z0-9_]+)+)['"]""", text))
        started.update(re.findall(r"""['"]([a-z_]+(?:\.[a-z0-9_]+)*\.)['"]\s*~""", text))
    prefixes = tuple(start for start in started if start.endswith(".") and len(start) > 2) + FAMILIES
    assert sorted(code for code in WORDS if code not in said and not code.startswith(prefixes)) == []


@pytest.mark.parametrize("code", sorted(WORDS))
def test_both_languages_say_the_same(code):
    chinese, english = WORDS[code]
    assert chinese.strip()
    assert english.strip()
    assert CHINESE.search(chinese), "the first is Chinese"
    assert not CHINESE.search(english), "the second is English"
    assert places(chinese) == places(english)


@pytest.mark.parametrize("code", sorted({c for d in DOMAINS for c in d.messages}))
def test_both_languages_of_a_message_have_the_same_places(code):
    [template] = [d.messages[code] for d in DOMAINS if code in d.messages]
    for chinese, english in (template.subject, template.body):
        assert CHINESE.search(chinese)
        assert not CHINESE.search(english)
        assert places(chinese) == places(english)


def templates() -> list[Path]:
    return [path for floor in FLOORS for path in (ROOT / floor).glob("templates/**/*") if path.is_file()]


def msgids(floor: str) -> dict[str, str]:
    """Every text of a floor that goes through gettext, with the place where it stands."""
    found: dict[str, str] = {}
    keywords = {**DEFAULT_KEYWORDS, "_l": None, "lazy_gettext": None, "lazy_ngettext": (1, 2)}
    methods = [
        ("static/**", "ignore"),
        ("**.py", "python"),
        ("templates/**.html", "jinja2"),
        ("templates/**.txt", "jinja2"),
    ]
    for file, line, message, _comments, _context in extract_from_dir(
        str(ROOT / floor), method_map=methods, keywords=keywords, options_map={"**.html": {"silent": "false"}}
    ):
        for text in (message,) if isinstance(message, str) else message:
            found.setdefault(text, f"{floor}/{file}:{line}")
    return found


def english() -> dict[str, str]:
    """What every floor's English catalogue says."""
    said: dict[str, str] = {}
    for floor in FLOORS:
        path = ROOT / floor / "translations" / "en" / "LC_MESSAGES" / "messages.po"
        if path.exists():
            with path.open("rb") as file:
                for message in read_po(file, locale="en"):
                    ids = message.id if isinstance(message.id, (tuple, list)) else (message.id,)
                    texts = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
                    said.update({msgid: text or "" for msgid in ids for text in texts if msgid and not message.fuzzy})
    return said


@pytest.mark.parametrize("floor", FLOORS)
def test_every_label_has_an_english_twin(floor):
    said = english()
    missing = {text: place for text, place in msgids(floor).items() if not said.get(text, "").strip()}
    assert missing == {}


def test_no_english_twin_is_still_chinese():
    allowed = {"中文"}
    assert {m: t for m, t in english().items() if CHINESE.search(t) and m not in allowed} == {}


def test_an_english_twin_keeps_the_places_of_its_text():
    place = re.compile(r"%\((\w+)\)")
    assert {m: t for m, t in english().items() if set(place.findall(m)) != set(place.findall(t))} == {}


@pytest.mark.parametrize("floor", FLOORS)
def test_no_page_says_chinese_that_gettext_does_not_see(floor):
    """Chinese in a template outside of _('…') and {# … #} would stay Chinese for an English reader."""
    left = {}
    for path in sorted((ROOT / floor).glob("templates/**/*.html")):
        text = re.sub(r"\{#.*?#\}", "", path.read_text(encoding="utf-8"), flags=re.S)
        text = re.sub(r"\b_\(\s*'[^']*'|\b_\(\s*\"[^\"]*\"", "", text)
        if path == IN_BOTH:
            continue
        lines = [line.strip() for line in text.splitlines() if CHINESE.search(line)]
        if lines:
            left[str(path.relative_to(ROOT))] = lines[:3]
    assert left == {}
