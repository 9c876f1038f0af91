"""The tokens of screens §2, computed: what must be read can be read, in both themes and for every kind of eye."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

CSS = (Path(__file__).parents[3] / "app/static/app/tokens.css").read_text(encoding="utf-8")
CLOCKS = ("safe", "risk", "breached", "paused", "met")
THEMES = ("light", "dark")


def tokens(theme: str) -> dict[str, str]:
    """Name → colour of one theme, as the style sheet declares them."""
    block = re.search(rf'\[data-bs-theme="{theme}"\] \{{\n(.*?)\n\}}', CSS, re.DOTALL)
    assert block is not None
    return dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6});", block.group(1)))


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """The WCAG contrast ratio of two colours."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_badge_reads_at_seven_and_a_half_to_one(theme: str, clock: str) -> None:
    found = tokens(theme)
    assert contrast(found[f"clock-{clock}-bg"], found[f"clock-{clock}-text"]) >= 7.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("clock", CLOCKS)
def test_a_clock_bar_stands_out_from_the_surface(theme: str, clock: str) -> None:
    found = tokens(theme)
    assert contrast(found[f"clock-{clock}-bar"], found["surface"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    ("text", "ground"),
    [("text", "page"), ("text", "surface"), ("text", "wash"), ("text", "wash-strong"), ("text", "selected"),
     ("muted", "page"), ("muted", "surface"), ("muted", "wash"), ("link", "surface"), ("link", "page"),
     ("link", "selected"), ("link", "wash"), ("error", "surface"), ("error", "page"), ("error", "error-wash"),
     ("on-link", "link"), ("on-link", "link-strong"), ("on-inverse", "inverse"), ("inverse-link", "inverse")],
)  # fmt: skip
def test_every_pair_of_text_and_ground_reads_at_four_and_a_half_to_one(theme: str, text: str, ground: str) -> None:
    found = tokens(theme)
    assert contrast(found[text], found[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_fields_and_the_focus_ring_are_seen(theme: str) -> None:
    found = tokens(theme)
    for edge in ("border", "focus"):
        assert contrast(found[edge], found["surface"]) >= 3
    assert contrast(found["focus"], found["page"]) >= 3


def test_the_clock_colours_are_the_ones_agreed() -> None:
    """Screens §2 fixes them, because their distances under simulated colour blindness were computed."""
    light, dark = tokens("light"), tokens("dark")
    assert [light[f"clock-{c}-bg"] for c in CLOCKS] == ["#e6f0fa", "#ffe3a3", "#9b1c1c", "#eceef1", "#e1f2ec"]
    assert [dark[f"clock-{c}-bg"] for c in CLOCKS] == ["#10304b", "#4a3200", "#ffb4a8", "#2b323b", "#0c3328"]
    assert [light[f"clock-{c}-bar"] for c in CLOCKS] == ["#0072b2", "#b26b00", "#9b1c1c", "#757d88", "#00805c"]
    assert [dark[f"clock-{c}-bar"] for c in CLOCKS] == ["#4fa8e0", "#f0b429", "#ff6b57", "#8c96a2", "#23795e"]
