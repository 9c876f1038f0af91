"""The switch between compiled and absent: `compiled` makes machine code where numba is there (R8).

Without numba nothing here is fast enough to search with, so `AVAILABLE` sends `solve` to OR-Tools' routing instead.
The machine code is kept beside the source, so only the first process on a machine spends time on compiling.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])

try:
    from numba import njit

    AVAILABLE = True
except ImportError:  # pragma: no cover - shown by a test in a process that hides numba
    AVAILABLE = False


def compiled(function: Function) -> Function:
    """The function as machine code that releases the interpreter's lock, or as it is where numba is missing."""
    if not AVAILABLE:
        return function
    made: Function = njit(cache=True, nogil=True, error_model="numpy")(function)
    return made
