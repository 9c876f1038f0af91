"""Draws one PDF in a process of its own: HTML comes in, PDF goes out, nothing else is touched (P34).

Run as `python -m app.documents.child MEGABYTES SECONDS`. The one file that imports WeasyPrint, and it imports nothing of ours.
"""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path
from typing import Any

from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher, URLFetcherResponse

MEGABYTE = 1024 * 1024
HERE = Path(__file__).resolve().parent
FONTS = HERE.parent / "static" / "vendor" / "noto-sans-sc"
ASSETS = {
    "house:font/regular": FONTS / "NotoSansSC_400Regular.ttf",
    "house:font/bold": FONTS / "NotoSansSC_700Bold.ttf",
}
#: Pictures that the page brings along in itself.
OWN_PICTURE = re.compile(r"data:image/(png|jpeg|webp|svg\+xml)[;,]")


class OwnAssetsOnly(URLFetcher):
    """Hands out the package's own fonts and pictures inside the page; refuses every other address."""

    def fetch(self, url: str, headers: Any = None) -> Any:
        path = ASSETS.get(url)
        if path is not None:
            return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
        if OWN_PICTURE.match(url):
            return super().fetch(url, headers)
        raise ValueError("a document fetches nothing")


def limit(*, megabytes: int, seconds: int) -> None:
    """This process ends itself rather than take the machine along."""
    resource.setrlimit(resource.RLIMIT_DATA, (megabytes * MEGABYTE, megabytes * MEGABYTE))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def draw(html: str) -> bytes:
    """The PDF of a whole HTML page, with the house's print style."""
    fetcher = OwnAssetsOnly(timeout=1, allowed_protocols={"data"}, allow_redirects=False)
    fonts = FontConfiguration()
    style = CSS(string=(HERE / "print.css").read_text("utf-8"), url_fetcher=fetcher, font_config=fonts)
    page = HTML(string=html, url_fetcher=fetcher, base_url="house:")
    pdf = page.write_pdf(stylesheets=[style], font_config=fonts, presentational_hints=False)
    return bytes(pdf)


def main() -> None:
    megabytes, seconds = map(int, sys.argv[1:])
    limit(megabytes=megabytes, seconds=seconds)
    sys.stdout.buffer.write(draw(sys.stdin.buffer.read().decode("utf-8")))


if __name__ == "__main__":
    main()
