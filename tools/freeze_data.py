"""Freezes a data set of this release, so that every later one proves it can still upgrade it (P46).

    python -m tools.freeze_data NAME      writes tests/frozen/NAME.tar: the small world of the tests, as a backup

One file serves both engines. A released one is never written anew.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import wsgi
from app.audit.seal import seal_committed
from app.auth import use_cases as auth
from app.config import Settings
from app.db import db
from app.files import api as files
from app.kernel.clock import FixedClock
from app.operation import backup, migrations
from tests import world
from tests.conftest import MONDAY
from tools.process import ROOT


def main(words: list[str]) -> None:
    if len(words) != 1:
        sys.exit(__doc__)
    target = ROOT / "tests" / "frozen" / f"{words[0]}.tar"
    target.parent.mkdir(exist_ok=True)
    auth.use_cheap_hashes()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        url = f"sqlite:///{folder}/small.sqlite3"
        settings = Settings(database_url=url, secret_key="-", data_dir=folder, testing=True)  # noqa: S106
        app = wsgi.build(settings=settings, clock=FixedClock(MONDAY))
        with app.app_context():
            migrations.upgrade(db.engine)
            world.small_world().pump_fails()
            seal_committed(MONDAY)
            manifest = backup.write(db.engine, files.folder(), target, now=MONDAY)
    print(f"{target.relative_to(ROOT)}: {sum(manifest['rows'].values())} rows at {manifest['revision']}")


if __name__ == "__main__":
    main(sys.argv[1:])
