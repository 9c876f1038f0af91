"""The one PDF function: HTML to PDF in a child process with a time and a memory limit (P34)."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

from app.documents.rules import NotDrawn

log = logging.getLogger(__name__)
SECONDS = 20
MEGABYTES = 512
ROOT = Path(__file__).resolve().parent.parent.parent


def render_pdf(html: str) -> bytes:
    """The PDF of a whole HTML page. Raises NotDrawn when it takes over 20 s or 512 MB, or cannot be drawn."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "app.documents.child", str(MEGABYTES), str(SECONDS)],
            input=html.encode("utf-8", "replace"), capture_output=True, timeout=SECONDS, cwd=ROOT, check=False,
            # Nothing of our settings and secrets is inherited.
            env={"PATH": os.environ.get("PATH", ""), "LANG": "C.UTF-8", "HOME": str(ROOT / "var")},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        log.error("a document took longer than %s s", SECONDS)
        raise NotDrawn() from error
    if done.returncode or not done.stdout.startswith(b"%PDF-"):
        log.error("a document was not drawn (%s): %s", done.returncode, done.stderr.decode(errors="replace")[-2000:])
        raise NotDrawn()
    return done.stdout
