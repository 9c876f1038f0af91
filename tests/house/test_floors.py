"""Imports point down, and what must be pure loads without the outside world (house, head and §1)."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import app.wiring
import wsgi
from tests.house.floors import FLOORS, against_the_stairs, imports, modules, unlisted_rooms, upward

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {floor.name: floor.rooms for floor in [app.wiring.domain, *wsgi.FLOORS]}
HEAVY = ("flask", "sqlalchemy", "werkzeug", "wtforms", "jinja2", "babel", "huey", "weasyprint", "PIL", "psycopg")


@pytest.fixture(scope="module")
def found():
    return list(imports(ROOT))


def test_no_floor_imports_one_above_it(found):
    assert len(found) > 1000
    assert upward(found) == []


def test_no_room_imports_one_above_it(found):
    assert against_the_stairs(found, ROOMS) == []


def test_every_room_is_named_in_its_floor_s_wiring():
    assert unlisted_rooms(ROOT, ROOMS) == []


@pytest.mark.parametrize(
    "line",
    [
        "import dispatch.visits.api",
        "from dispatch.visits import api",
        "def later():\n    from dispatch.visits.api import close_visit",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import dispatch",
        "import wsgi",
        "from tests.conftest import MONDAY",
    ],
)
def test_an_upward_import_put_in_is_found(tmp_path, line):
    extra = tmp_path / "inventory" / "ledger" / "extra.py"
    extra.parent.mkdir(parents=True)
    extra.write_text(line + "\n")
    [fault] = upward(list(imports(tmp_path)))
    assert "inventory/ledger/extra.py" in fault


def test_it_is_found_among_all_the_others_too(tmp_path):
    for floor in FLOORS:
        shutil.copytree(ROOT / floor, tmp_path / floor, ignore=shutil.ignore_patterns("static", "templates", "*.pyc"))
    (tmp_path / "contracts" / "terms" / "extra.py").write_text("from inventory.ledger import api\n")
    [fault] = upward(list(imports(tmp_path)))
    assert fault.startswith("contracts/terms/extra.py:1")


def test_a_lower_room_that_imports_an_upper_one_is_found(tmp_path):
    low, high = tmp_path / "app" / "low", tmp_path / "app" / "high"
    for room in (low, high):
        room.mkdir(parents=True)
    (low / "api.py").write_text("from app.high import api\n")
    (high / "api.py").write_text("from app.low import api\n")
    [fault] = against_the_stairs(list(imports(tmp_path)), {"app": ("low", "high")})
    assert fault.startswith("app/low/api.py:1")


def pure_modules() -> list[str]:
    """Rules, the kernel and the solver: all of the house that decides."""
    names = [name for name, _path in modules(ROOT)]
    return [
        name
        for name in names
        if name.endswith(".rules") or ".rules." in name or name.startswith(("app.kernel", "dispatch.planner.solver"))
    ]


def test_what_decides_loads_without_the_outside_world():
    """In a process of its own, because this one has loaded everything already."""
    names = pure_modules()
    assert len(names) > 20
    lines = [f"import {', '.join(names)}", "import sys", f"print([m for m in {HEAVY!r} if m in sys.modules])"]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def test_the_bedrock_stands_on_the_standard_library_alone(found):
    strangers = [
        one.place
        for one in found
        if one.importer.startswith("app.kernel")
        and not one.imported.startswith("app.kernel")
        and one.imported.split(".")[0] not in sys.stdlib_module_names
    ]
    assert strangers == []


SOLVER = "dispatch/planner/solver/"


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("weasyprint", {"app/documents/child.py"}),
        ("ortools", {f"{SOLVER}partition.py", f"{SOLVER}relaxation.py", f"{SOLVER}routing/model.py"}),
        ("huey", {"app/jobs/doorbell.py"}),
    ],
)
def test_what_its_owners_import_no_other_file_imports(found, library, owners):
    assert {one.place.rsplit(":", 1)[0] for one in found if one.imported.split(".")[0] == library} == owners


def test_packages_carry_nothing_in_their_init():
    """Importing a.b.rules runs a/__init__.py first; one Flask import there would make every rule heavy."""
    loaded = [str(path) for _name, path in modules(ROOT) if path.name == "__init__.py" and path.read_text().strip()]
    assert loaded == []


def test_every_folder_of_tests_is_a_package():
    missing = {
        str(path.parent.relative_to(ROOT))
        for path in (ROOT / "tests").rglob("*.py")
        if not (path.parent / "__init__.py").exists()
    }
    assert missing == set()


@pytest.mark.parametrize("floors", [FLOORS[1:1], FLOORS[1:2], FLOORS[1:3]])
def test_the_lower_part_of_the_house_stands_alone(tmp_path, floors):
    """Each floor starts on those below it, without those above it (house §1)."""
    lines = [
        "from pathlib import Path",
        "from app.config import Settings",
        "from app.factory import create_app",
        *[f"import {floor}.wiring" for floor in floors],
        f"folder = Path({str(tmp_path)!r})",
        "settings = Settings(database_url=f'sqlite:///{folder}/x.sqlite3', secret_key='x', data_dir=folder, testing=True)",
        f"app = create_app([{', '.join(f'{floor}.wiring.domain' for floor in floors)}], settings=settings)",
        "print(app.test_client().get('/sign-in').status_code)",
    ]
    done = subprocess.run([sys.executable, "-c", "\n".join(lines)], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "200", done.stderr[-2000:]
