"""A patient visitor: walks every page a role can reach by links, and collects every form with what stands in it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

#: Doors that end the walk or the visitor's own right to go on.
NEVER = ("/sign-out", "/me/sign-out-everywhere", "/static/", "/language", "/theme")


@dataclass(slots=True)
class Form:
    """One form of a page: where it goes, how, and each field with what would be sent untouched."""

    page: str
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    free: set[str] = field(default_factory=set)

    @property
    def key(self) -> tuple[str, frozenset[str]]:
        """Forms of one shape count once: digits in the address are the same place with another number."""
        place = "".join("#" if char.isdigit() else char for char in urlsplit(self.action).path)
        return place, frozenset(self.fields)


class _Reader(HTMLParser):
    def __init__(self, page: str) -> None:
        super().__init__()
        self.page, self.links, self.forms = page, [], []
        self.form: Form | None = None
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "a" and at.get("href"):
            self.links.append(urljoin(self.page, at["href"]))
        if tag == "form":
            action = urljoin(self.page, at.get("action") or self.page)
            self.form = Form(self.page, action, at.get("method", "get").lower())
            self.forms.append(self.form)
        name = at.get("name", "")
        if self.form is None or not name:
            if (
                tag == "option"
                and self.form
                and self.select
                and ("selected" in at or not self.form.fields[self.select])
            ):
                self.form.fields[self.select] = [at.get("value", "")]
            return
        if tag == "input" and at.get("type") not in {"submit", "button", "file"}:
            if at.get("type") in {"checkbox", "radio"} and "checked" not in at:
                return
            self.form.fields.setdefault(name, []).append(at.get("value", ""))
            if at.get("type", "text") in {"text", "search", "tel", "number", "password", "hidden"}:
                self.form.free.add(name)
        elif tag == "select":
            self.form.fields[name], self.select = [], name
        elif tag == "textarea":
            self.form.fields[name], self.area = [""], name
            self.form.free.add(name)

    def handle_data(self, data: str) -> None:
        if self.form and self.area:
            self.form.fields[self.area] = [self.form.fields[self.area][0] + data]

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.form = None
        if tag == "select":
            self.select = None
        if tag == "textarea":
            self.area = None


@dataclass(slots=True)
class Walk:
    """What a walk has seen: status by page, and the forms."""

    status: dict[str, int] = field(default_factory=dict)
    forms: dict[tuple[str, frozenset[str]], Form] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)


def walk(client: Any, start: str = "/", *, most: int = 150) -> Walk:
    """Follow links of our own from `start`; pages that differ by number or query only are visited three times at most."""
    seen: Walk = Walk()
    waiting, shapes = deque([start]), {}
    while waiting and len(seen.status) < most:
        page = waiting.popleft()
        if page in seen.status:
            continue
        answer = client.get(page, follow_redirects=False)
        seen.status[page] = answer.status_code
        if answer.status_code in {302, 303}:
            waiting.append(urljoin(page, answer.location))
            continue
        if answer.mimetype != "text/html":
            continue
        seen.texts[page] = answer.get_data(as_text=True)
        reader = _Reader(page)
        reader.feed(seen.texts[page])
        for form in reader.forms:
            seen.forms.setdefault(form.key, form)
        for link in reader.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path.startswith("/") or parts.path.startswith(NEVER):
                continue
            target = parts.path + (f"?{parts.query}" if parts.query else "")
            shape = "".join("#" if char.isdigit() else char for char in parts.path), parts.query.split("=")[0]
            if shapes.get(shape, 0) < 3:
                shapes[shape] = shapes.get(shape, 0) + 1
                waiting.append(target)
    return seen
