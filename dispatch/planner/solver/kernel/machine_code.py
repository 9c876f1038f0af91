"""Where the kernel's machine code is kept, and whether it is all there; asked without loading the compiler.

The compiler looks at one file at a time and would miss a change in a function that is called from another one, and it
trusts only code of its own version for this very processor; so the folder is named after all of that.
"""

from __future__ import annotations

import os
import platform
import stat
import sys
import tempfile
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent


def _processor() -> str:
    """What tells this processor from another kind: its first entry in the system's list, or its name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().split("\n\n", 1)[0].splitlines()
    except OSError:
        return platform.processor()
    return "\n".join(line for line in lines if line.startswith(("model", "flags", "vendor", "cpu family", "Features")))


def _compiler() -> str:
    try:
        return version("numba") + version("llvmlite")
    except PackageNotFoundError:
        return "none"


def _root() -> Path:
    """Beside the source; else a folder that only we can write to, because code is loaded from it."""
    beside = HERE / "__pycache__"
    if os.access(beside if beside.exists() else HERE, os.W_OK):
        return beside
    own = Path(tempfile.gettempdir()) / f"planner-kernel-{os.getuid()}"
    own.mkdir(mode=0o700, exist_ok=True)
    found = own.lstat()
    if stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o077:
        return own
    return Path(tempfile.mkdtemp(prefix="planner-kernel-"))


def _folder() -> Path:
    told = [source.read_bytes() for source in sorted(HERE.glob("*.py"))]
    told += [text.encode() for text in (sys.version, _compiler(), _processor(), os.environ.get("NUMBA_CPU_NAME", ""))]
    return _root() / f"machine-{sha256(b''.join(told)).hexdigest()[:16]}"


READY: Final = _folder() / "ready"  # there once everything has been compiled (see warm.py)
