"""What the machine must bring: a few system packages and, for the tests, a browser."""

from __future__ import annotations

import ctypes
import ctypes.util
import importlib.util
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tools.process import PYTHON, Trouble, quietly, say

# WeasyPrint draws text with these; the right-hand side is the Debian and Ubuntu package.
PDF_LIBRARIES = {
    "pango-1.0": ("libpango-1.0.so.0", "libpango-1.0-0"),
    "pangoft2-1.0": ("libpangoft2-1.0.so.0", "libpangoft2-1.0-0"),
    "harfbuzz-subset": ("libharfbuzz-subset.so.0", "libharfbuzz-subset0"),
}
# Playwright's own node needs this one; a bare Debian has it not.
DRIVER_LIBRARIES = {"atomic": ("libatomic.so.1", "libatomic1")}
BROWSERS = ("chromium", "google-chrome-stable", "google-chrome")


def ensure_packages(*, browser: bool) -> None:
    """Installs what is missing; raises Trouble with the line to type when that is not allowed here."""
    missing = [] if importlib.util.find_spec("ensurepip") or PYTHON.exists() else ["python3-venv"]
    wanted = {**PDF_LIBRARIES, **(DRIVER_LIBRARIES if browser else {})}
    missing += [package for name, (file, package) in wanted.items() if not _loads(name, file)]
    if browser and not find_browser() and not _is_ubuntu():
        missing.append("chromium")
    if missing:
        _install(missing)


def find_browser() -> str:
    """The path of an installed Chromium or Chrome, or "" when there is none.

    Ubuntu's `chromium-browser` is a stub that asks for snap, so that name is never taken.
    """
    named = os.environ.get("CHROMIUM", "")
    if named and not os.access(named, os.X_OK):
        raise Trouble(f"CHROMIUM names {named}, which cannot be run.")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), "")
    return "" if "/snap/" in os.path.realpath(found or "/") else found


def ensure_browser_starts() -> dict[str, str]:
    """The environment in which the browser tests run; a browser was really started with it.

    Where the system has no Chromium package (Ubuntu), Playwright's own build is downloaded.
    """
    env = dict(os.environ)
    if path := find_browser():
        env["CHROMIUM"] = path
    else:
        say("    Chromium is not packaged here; Playwright fetches its own (about 120 MB, kept in its cache).")
        system_libraries = ["--with-deps"] if os.geteuid() == 0 else []
        quietly(
            [PYTHON, "-m", "playwright", "install", "--only-shell", *system_libraries, "chromium"],
            what="Downloading Chromium",
            seconds=900,
            advice="Or install Chrome or Chromium yourself and name its program in CHROMIUM=/path/to/it.",
        )
    quietly(
        [PYTHON, "-m", "tools.browser_probe"],
        what="Starting the browser",
        seconds=90,
        env=env,
        advice=f"Its system libraries may be missing; as root: {PYTHON} -m playwright install-deps chromium",
    )
    return env


def _loads(name: str, file: str) -> bool:
    if ctypes.util.find_library(name):
        return True
    try:
        ctypes.CDLL(file)
    except OSError:
        return False
    return True


def _is_ubuntu() -> bool:
    release = Path("/etc/os-release")
    return release.exists() and "\nID=ubuntu" in "\n" + release.read_text()


def _install(packages: list[str]) -> None:
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        raise Trouble(
            f"Missing system packages. Debian and Ubuntu call them: {names}\n"
            "This machine has no apt-get; please install their counterparts and start again."
        )
    line = f"apt-get update && apt-get install -y --no-install-recommends {names}"
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not _sudo_works():
            raise Trouble(f"Missing system packages. Please run once, as root:\n\n    {line}\n\nand start again.")
        prefix = ["sudo", "-n"]
    say(f"  installing system packages: {names}")
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "LC_ALL": "C.UTF-8"}
    advice = f"Please run once, as root:\n\n    {line}\n\nand start again."
    install = [*prefix, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y"]
    install += ["--no-install-recommends", *packages]
    if _has_package_lists():
        try:
            quietly(install, what="apt-get install", seconds=1200, env=env)
            return
        except Trouble:
            say("  the package lists are old; reading them again")
    quietly([*prefix, "apt-get", "update"], what="apt-get update", seconds=300, env=env, advice=advice)
    quietly(install, what="apt-get install", seconds=1200, env=env, advice=advice)


def _sudo_works() -> bool:
    if not shutil.which("sudo"):
        return False
    return subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode == 0


def _has_package_lists() -> bool:
    return any(Path("/var/lib/apt/lists").glob("*_Packages*"))


def system_npm(env: Mapping[str, str]) -> list[str]:
    """The command for a new enough npm of this machine, or nothing."""
    npm = shutil.which("npm", path=env.get("PATH"))
    if not npm or not shutil.which("node", path=env.get("PATH")):
        return []
    try:
        major = int(quietly([npm, "--version"], what="npm", seconds=30, env=env).split()[-1].split(".")[0])
    except (Trouble, ValueError, IndexError):
        return []
    return [npm] if major >= 9 else []
