"""The switch between compiled and absent: `compiled` makes machine code where numba is there (R8).

Without numba nothing here is fast enough to search with, so `AVAILABLE` sends `solve` to OR-Tools' routing instead.
The machine code is kept, so only the first process on a machine spends time on compiling; numba looks at one file at
a time and would miss a change in a function that is called from another one, so the folder is named after all of them.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # pragma: no cover - shown by a test in a process that hides numba
    AVAILABLE = False
else:
    AVAILABLE = True


def _machine_code_folder() -> str:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    beside = Path(__file__).parent / "__pycache__"
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    root = beside if writable else Path(tempfile.gettempdir()) / f"kernel-{os.getuid()}"
    return str(root / f"machine-{digest}")


if AVAILABLE:
    numba.config.CACHE_DIR = _machine_code_folder()  # type: ignore[attr-defined]


def compiled(function: Function) -> Function:
    """The function as machine code that releases the interpreter's lock, or as it is where numba is missing.

    Nothing in the kernel makes or drops an array, so counting references – most of the time it took – is left out.
    """
    if not AVAILABLE:
        return function
    options: dict[str, Any] = {"cache": True, "nogil": True, "error_model": "numpy", "_nrt": False}
    made: Function = numba.njit(**options)(function)
    return made
