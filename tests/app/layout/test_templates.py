"""What holds for every template of every floor, read from the files themselves (screens §1, P33)."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[3]
FLOORS = [floor for floor in ("app", "contracts", "inventory", "dispatch") if (ROOT / floor / "templates").is_dir()]
TEMPLATES = [path for floor in FLOORS for path in sorted((ROOT / floor / "templates").rglob("*.html"))]
#: What is laid out for WeasyPrint never meets a browser's policy.
PAGES = [path for path in TEMPLATES if "documents" not in path.parts and "pdf" not in path.parts]
MSGID = re.compile(r"""\b(?:_|_l|gettext|lazy_gettext)\(\s*(?:'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)")""")


def twins() -> dict[str, str]:
    """Chinese → English over the catalogues of all floors, merged as the product merges them."""
    found: dict[str, str] = {}
    for floor in FLOORS:
        catalogue = ROOT / floor / "translations/en/LC_MESSAGES/messages.po"
        if catalogue.is_file():
            with catalogue.open("rb") as file:
                found |= {str(m.id): str(m.string) for m in read_po(file, locale="en") if m.id}
    return found


def bare(path: Path) -> str:
    """A template without comments, expressions and statements: the markup as it stands."""
    return re.sub(r"\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)


def said(floor: str) -> set[str]:
    """Every sentence a floor's templates and Python files say through gettext."""
    files = [*(ROOT / floor).rglob("*.html"), *(ROOT / floor).rglob("*.py")]
    texts = (path.read_text(encoding="utf-8") for path in files)
    return {one or other for text in texts for one, other in MSGID.findall(text)}


@pytest.mark.parametrize("floor", FLOORS)
def test_every_sentence_has_its_english_twin(floor: str) -> None:
    known = twins()
    assert sorted(s for s in said(floor) if re.search(r"[\u4e00-\u9fff]", s) and not known.get(s)) == []


def test_a_twin_names_the_same_values() -> None:
    named = re.compile(r"%\((\w+)\)")
    odd = [zh for zh, en in twins().items() if sorted(named.findall(zh)) != sorted(named.findall(en))]
    assert odd == []


@pytest.mark.parametrize("floor", FLOORS)
def test_no_english_twin_is_left_in_chinese(floor: str) -> None:
    assert sorted(s for s in said(floor) if re.search(r"[\u4e00-\u9fff]", twins().get(s, ""))) == []


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_nothing_inline_that_the_policy_would_refuse(path: Path) -> None:
    text = bare(path)
    assert re.findall(r"<[^>]*\sstyle\s*=", text) == []
    assert re.findall(r"<style\b", text) == []
    assert re.findall(r"<[a-z][^>]*\son[a-z]+\s*=", text) == []
    assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
    assert "javascript:" not in text


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_words_bypass_the_catalogue(path: Path) -> None:
    """Chinese outside {{ … }}, {% … %} and comments would stay Chinese for an English reader."""
    text = re.sub(
        r"<[^>]*lang=\"zh-CN\"[^>]*>.*?</button>|aria-label=\"语言 Language\"", "", bare(path), flags=re.DOTALL
    )
    assert re.findall(r"[\u4e00-\u9fff]+", text) == []


def test_what_every_page_loads_stays_small() -> None:
    """The house's own styles and scripts together are under 25 KB compressed; a phone page may weigh 120 KB in all."""
    own = [path for path in sorted((ROOT / "app/static/app").iterdir()) if path.suffix in {".css", ".js"}]
    assert sum(len(gzip.compress(path.read_bytes(), 6)) for path in own) <= 25_000
