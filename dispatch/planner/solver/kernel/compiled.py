"""The switch between compiled and absent: `compiled` makes machine code where numba is there (R8).

Without numba nothing here is fast enough to search with, so `AVAILABLE` sends `solve` to OR-Tools' routing instead.
The machine code is kept (see machine_code.py), so only the first process on a machine spends time on compiling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from dispatch.planner.solver.kernel.machine_code import READY

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    import numba
except ImportError:  # pragma: no cover - shown by a test in a process that hides numba
    AVAILABLE = False
else:
    AVAILABLE = True


if AVAILABLE:
    numba.config.CACHE_DIR = str(READY.parent)  # type: ignore[attr-defined]


def compiled(function: Function) -> Function:
    """The function as machine code that releases the interpreter's lock, or as it is where numba is missing.

    Nothing in the kernel makes or drops an array, so counting references – most of the time it took – is left out.
    """
    return _made(function, inline=False)


def inlined(function: Function) -> Function:
    """The same, merged into whoever calls it: handing over all arrays takes longer than a short walk itself."""
    return _made(function, inline=True)


def _made(function: Function, *, inline: bool) -> Function:
    if not AVAILABLE:
        return function
    options: dict[str, Any] = {
        "cache": True, "nogil": True, "error_model": "numpy", "_nrt": False, "forceinline": inline,
    }  # fmt: skip
    made: Function = numba.njit(**options)(function)
    return made
