"""A backup under load, restored elsewhere, holds all that was acknowledged before it began (P45)."""

from __future__ import annotations

import shutil
import tarfile
import threading

import pytest
from sqlalchemy import func, select, text

from app.actor import SYSTEM
from app.audit import api as audit
from app.audit.check import broken_links
from app.audit.models import AuditRow
from app.audit.seal import seal_committed
from app.db import db, transaction
from app.files import api as files
from app.files.models import StoredFile
from app.operation import archive, backup
from app.operation import check as checks
from tests import world
from tests.app.crowd import real_house
from tests.app.files.test_files import PDF
from tests.conftest import ENGINES, MONDAY


@pytest.fixture
def url(request):
    return lambda: request.getfixturevalue("postgresql_url")


@pytest.fixture
def used(engine_name, tmp_path, url):
    """A house in use: the small world, a kept file, a sealed trail."""
    with real_house(engine_name, tmp_path / "used", url, tables="revisions") as app, app.app_context():
        world.small_world().pump_fails()
        kept = files.keep(PDF, filename="报告.pdf")
        with transaction() as session:
            files.attach(session, kept, object_ref="visit:1", by=SYSTEM, at=MONDAY)
        seal_committed(MONDAY)
        yield app


def take(app, target):
    return backup.write(db.engine, files.folder(), target, now=MONDAY)


def content():
    with db.engine.connect() as connection:
        return {t.name: list(archive.lines_of(connection, t)) for t in archive.tables()}


def faults(app, manifest):
    return list(checks.breaches(db.engine, checks.all_checks(app.extensions["domains"]), head=manifest["audit_head"]))


@pytest.mark.parametrize("elsewhere", ENGINES)
def test_what_is_restored_is_what_was_there_on_either_engine(used, tmp_path, url, elsewhere):
    take(used, tmp_path / "b.tar")
    before = content()
    with real_house(elsewhere, tmp_path / "new", url, tables="none") as app, app.app_context():
        manifest = backup.restore(db.engine, files.folder(), tmp_path / "b.tar")
        assert content() == before
        assert sum(manifest["rows"].values()) > 100
        assert faults(app, manifest) == []
        file_id = db.session().scalar(select(StoredFile.id))
        assert files.read(db.session(), file_id) == PDF
        # It is a house to work in: numbers go on, and the guards are up again.
        with transaction() as session:
            audit.record(session, by=SYSTEM, action="after.restore", object_ref="-", at=MONDAY)
        with pytest.raises(Exception, match="tr_audit_is_append_only"):
            db.session().execute(text("DELETE FROM audit"))


def test_a_backup_is_taken_while_people_write(used, tmp_path, url, engine_name):
    stop = threading.Event()
    written: list[int] = []

    def people(n):
        with used.app_context():
            while not stop.is_set():
                with transaction() as session:
                    audit.record(session, by=SYSTEM, action="load", object_ref=f"{n}:{len(written)}", at=MONDAY)
                written.append(n)

    threads = [threading.Thread(target=people, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    while len(written) < 30:
        stop.wait(0.01)
    acknowledged = len(written)
    manifest = take(used, tmp_path / "b.tar")
    stop.set()
    for thread in threads:
        thread.join()
    assert len(written) > acknowledged
    with real_house(engine_name, tmp_path / "new", url, tables="none") as app, app.app_context():
        backup.restore(db.engine, files.folder(), tmp_path / "b.tar")
        found = db.session().execute(select(func.count()).where(AuditRow.action == "load")).scalar_one()
        assert acknowledged <= found <= len(written)
        with db.engine.connect() as connection:
            assert list(broken_links(connection, head=manifest["audit_head"])) == []


@pytest.fixture
def one_backup(used, tmp_path):
    take(used, tmp_path / "b.tar")
    return tmp_path / "b.tar"


def test_a_damaged_or_cut_backup_is_refused_before_anything_is_touched(one_backup, tmp_path, url, engine_name):
    whole = one_backup.read_bytes()
    with tarfile.open(one_backup) as opened:
        inside = [m.offset_data + m.size // 2 for m in opened.getmembers() if m.size > 20]
    damaged = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in inside[1:]]
    cut = [whole[: len(whole) * part // 10] for part in range(9)]
    with real_house(engine_name, tmp_path / "new", url, tables="none") as app, app.app_context():
        for data in damaged + cut:
            bad = tmp_path / "bad.tar"
            bad.write_bytes(data)
            with pytest.raises(backup.BadBackup):
                backup.restore(db.engine, files.folder(), bad)
        with db.engine.connect() as connection:
            assert "audit" not in db.engine.dialect.get_table_names(connection)
        assert not files.folder().exists()


def test_an_instance_in_use_is_not_overwritten(used, one_backup):
    before = content()
    with pytest.raises(backup.BadBackup, match="not empty"):
        backup.restore(db.engine, files.folder(), one_backup)
    assert content() == before


def test_a_kept_file_that_is_gone_fails_the_backup_instead_of_hiding_in_it(used, tmp_path):
    shutil.rmtree(files.folder())
    with pytest.raises(backup.BadBackup, match="damaged or gone"):
        take(used, tmp_path / "b.tar")
    assert not (tmp_path / "b.tar").exists()
