"""Reads the house's imports from its source, without running it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Bottom first. Above them stands only the roof; tests and tools are beside the house and nobody inside imports them.
FLOORS = ("app", "contracts", "inventory", "dispatch")
OUTSIDE = frozenset({"wsgi", "tests", "tools", "bench", "migrations"})
#: Put a floor together, so they know all of its rooms.
WIRING = frozenset({"wiring", "factory"})


@dataclass(frozen=True, slots=True)
class Import:
    """One module that another one names, and where."""

    importer: str
    imported: str
    place: str


def modules(root: Path) -> Iterator[tuple[str, Path]]:
    """Every module of every floor with its dotted name."""
    for floor in FLOORS:
        for path in sorted((root / floor).rglob("*.py")):
            parts = path.relative_to(root).with_suffix("").parts
            yield ".".join(parts[:-1] if parts[-1] == "__init__" else parts), path


def imports(root: Path) -> Iterator[Import]:
    """Every import of every floor, those inside functions and type checks included."""
    for name, path in modules(root):
        yield from imports_of(name, path, root)


def imports_of(name: str, path: Path, root: Path) -> Iterator[Import]:
    """Every import of one module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        place = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
        for imported in _named(node, name, is_package=path.name == "__init__.py"):
            yield Import(name, imported, place)


def _named(node: ast.AST, module: str, *, is_package: bool) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if not isinstance(node, ast.ImportFrom):
        return []
    base = node.module or ""
    if node.level:
        above = module.split(".")[: None if is_package and node.level == 1 else -node.level + int(is_package)]
        base = ".".join([*above, *([base] if base else [])])
    return [f"{base}.{alias.name}" for alias in node.names]


def upward(found: Sequence[Import]) -> list[str]:
    """Imports that point to a floor above, or out of the house."""
    faults = []
    for one in found:
        floor, target = one.importer.split(".")[0], one.imported.split(".")[0]
        if target in OUTSIDE or (target in FLOORS and FLOORS.index(target) > FLOORS.index(floor)):
            faults.append(f"{one.place}: {one.importer} imports {one.imported}")
    return faults


def against_the_stairs(found: Sequence[Import], rooms: Mapping[str, Sequence[str]]) -> list[str]:
    """Imports that point to a room above on the same floor.

    A module outside every room belongs to the floor itself and stands below its rooms, but on the bedrock.
    """
    faults = []
    for one in found:
        floor = one.importer.split(".")[0]
        if one.imported.split(".")[0] != floor or one.importer.split(".")[1:2] in [[name] for name in WIRING]:
            continue
        mine, theirs = rank(one.importer, rooms[floor]), rank(one.imported, rooms[floor])
        if theirs is not None and theirs > (-1 if mine is None else mine) and not _bedrock(one.imported):
            faults.append(f"{one.place}: {one.importer} imports {one.imported}")
    return faults


def rank(module: str, order: Sequence[str]) -> int | None:
    """How high a module's room stands on its floor; a room within a room ("planner.solver") is told first."""
    inside = module.split(".", 1)[-1]
    fitting = [room for room in order if inside == room or inside.startswith(f"{room}.")]
    return order.index(max(fitting, key=len)) if fitting else None


def _bedrock(module: str) -> bool:
    return module.startswith("app.kernel.")


def unlisted_rooms(root: Path, rooms: Mapping[str, Sequence[str]]) -> list[str]:
    """Folders with code that their floor's wiring does not name as rooms."""
    found = set()
    for name, _path in modules(root):
        parts = name.split(".")
        if (root / parts[0] / (parts[1] if len(parts) > 1 else "")).is_dir() and len(parts) > 1:
            found.add((parts[0], parts[1]))
    return sorted(f"{floor}/{room}" for floor, room in found if room not in rooms.get(floor, ()))
