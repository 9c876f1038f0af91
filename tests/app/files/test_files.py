"""Uploads: judged by content, drawn anew, written whole, handed out only with a right (P35)."""

from __future__ import annotations

import io
import os
import random
import time

import pytest
from PIL import Image

from app.auth.actor import SYSTEM
from app.db import db, transaction
from app.domain import Role
from app.files import api as files
from app.files import disk
from app.files.jobs import STRAY_AFTER, sweep_daily, sweep_strays
from app.files.models import StoredFile
from app.files.rules import MOST_BYTES, BadFile, FileKind, kind_of, shown_name
from app.jobs.use_cases import run_due
from tests.conftest import MONDAY

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n9\n%%EOF\n"


def picture(form="JPEG", size=(40, 30), **save):
    out = io.BytesIO()
    Image.new("RGB", size, "red").save(out, form, **save)
    return out.getvalue()


def with_position():
    """A photograph that remembers where it was taken."""
    exif = Image.Exif()
    exif[0x010F] = "Canary Camera"
    exif.get_ifd(0x8825)[1] = "N"
    return picture(exif=exif)


@pytest.mark.parametrize("name", ["a.jpg", "a.svg", "a.html", "a.exe", "../../a.php", "a.pdf"])
def test_the_content_decides_whatever_the_name_says(tmp_path, name):
    kept = disk.keep(tmp_path, picture(), filename=name)
    assert kept.kind is FileKind.JPEG
    assert kept.shown_name.endswith("a.jpg")


@pytest.mark.parametrize(
    "data",
    [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<!doctype html><script>", b"PK\x03\x04", b"GIF89a", b"MZ", b""],
)
def test_what_we_do_not_keep_is_refused(data):
    with pytest.raises(BadFile):
        kind_of(data)


def test_a_file_over_the_limit_is_refused():
    with pytest.raises(BadFile) as refused:
        kind_of(b"%PDF-" + bytes(MOST_BYTES))
    assert refused.value.data["reason"] == "size"


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_picture_cut_off_on_its_way_is_refused_and_leaves_nothing(tmp_path, form):
    data = picture(form, size=(200, 200))
    for part in (0.2, 0.5, 0.9):
        with pytest.raises(BadFile):
            disk.keep(tmp_path, data[: int(len(data) * part)], filename="x")
    assert list(tmp_path.rglob("*")) == []


@pytest.mark.filterwarnings("ignore::UserWarning")  # Pillow's own words about the damage.
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_damaged_picture_is_kept_or_refused_and_never_a_bug(tmp_path, form):
    """Damage in the hidden parts of a photograph made the decoder raise struct.error and TypeError: 500."""
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010F] = "Canary Camera"
    exif.get_ifd(0x8825)[1] = "N"
    whole, dice = picture(form, exif=exif), random.Random(20260302)
    refused = 0
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(12, min(len(data), 250))] = dice.randrange(256)
        try:
            disk.keep(tmp_path, bytes(data), filename="x")
        except BadFile:
            refused += 1
    assert refused


def test_a_pdf_cut_off_on_its_way_is_refused(tmp_path):
    with pytest.raises(BadFile):
        disk.keep(tmp_path, PDF[:-8], filename="x.pdf")


def test_a_picture_of_400_megapixels_is_refused_before_it_is_decoded(tmp_path):
    """The header of a 20,000 x 20,000 PNG; its pixels never come."""
    header = bytearray(picture("PNG"))
    header[16:24] = (20_000).to_bytes(4, "big") * 2
    import zlib

    header[29:33] = zlib.crc32(bytes(header[12:29])).to_bytes(4, "big")
    with pytest.raises(BadFile) as refused:
        disk.keep(tmp_path, bytes(header), filename="x.png")
    assert refused.value.data["reason"] == "pixels"


def test_a_photograph_forgets_where_it_was_taken(tmp_path):
    assert b"Canary" in with_position()
    kept = disk.keep(tmp_path, with_position(), filename="x.jpg")
    data = disk.path_of(tmp_path, kept.name).read_bytes()
    assert b"Canary" not in data
    assert not Image.open(io.BytesIO(data)).getexif()


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("../../etc/passwd", "passwd.pdf"),
        ("C:\\x\\报告.pdf", "报告.pdf"),
        ("a.pdf.exe", "a.pdf"),
        ("\u202egnp.exe", "gnp.pdf"),
        ('x"\r\nSet-Cookie: a', "xSet-Cookie a.pdf"),
        ("", "file.pdf"),
        ("." * 300, "file.pdf"),
    ],
)
def test_the_shown_name_is_one_plain_name(typed, shown):
    assert shown_name(typed, FileKind.PDF) == shown


def store(object_ref="visit:1"):
    kept = files.keep(PDF, filename="报告.pdf")
    with transaction() as session:
        return files.attach(session, kept, object_ref=object_ref, by=SYSTEM, at=MONDAY)


def test_a_file_is_handed_out_as_attachment_to_whom_a_floor_grants_it(house, browser_of, monkeypatch):
    allow = {Role.DISPATCHER}
    monkeypatch.setitem(
        house.extensions["slots"], "file.right", [lambda object_ref, actor: actor.role in allow or None]
    )
    file_id = store()
    answer = browser_of(Role.DISPATCHER).get(f"/files/{file_id}")
    assert answer.data == PDF
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    stranger = browser_of(Role.CUSTOMER, customer_id=7)
    assert stranger.get(f"/files/{file_id}").status_code == 404
    assert stranger.get("/files/999999").status_code == 404


def test_without_a_floor_that_grants_it_nobody_gets_a_file(house, browser_of, monkeypatch):
    monkeypatch.setitem(house.extensions["slots"], "file.right", [])
    assert browser_of(Role.ADMINISTRATOR).get(f"/files/{store()}").status_code == 404


def test_a_file_changed_on_disk_is_not_handed_out_as_if_nothing_happened(house, browser_of, monkeypatch):
    monkeypatch.setitem(house.extensions["slots"], "file.right", [lambda **_about: True])
    file_id = store()
    row = db.session().get_one(StoredFile, file_id)
    disk.path_of(files.folder(), row.name).write_bytes(PDF + b" ")
    assert browser_of(Role.DISPATCHER).get(f"/files/{file_id}").status_code == 409


def test_a_crash_between_file_and_row_leaves_a_stray_that_is_swept_after_a_day(house):
    file_id = store()
    stray = files.keep(PDF, filename="x.pdf")
    stray_path = disk.path_of(files.folder(), stray.name)
    half_written = stray_path.with_name(".half.new")
    half_written.write_bytes(b"%PDF")
    owned = disk.path_of(files.folder(), db.session().get_one(StoredFile, file_id).name)
    sweep_strays(now=MONDAY)
    assert stray_path.exists()
    sweep_strays(now=MONDAY, wall=time.time() + STRAY_AFTER.total_seconds() + 60)
    assert not stray_path.exists()
    assert not half_written.exists()
    assert owned.exists()
    os.unlink(owned)


def test_the_sweep_is_queued_once_a_day(house):
    assert sweep_daily(MONDAY)
    assert not sweep_daily(MONDAY)
    assert run_due(MONDAY) == 1
