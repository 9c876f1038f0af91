"""Where the kernel's machine code is kept, and whether it is all there; asked without loading the compiler.

The compiler looks at one file at a time and would miss a change in a function that is called from another one, so the
folder is named after all of them.
"""

from __future__ import annotations

import os
import tempfile
from hashlib import sha256
from pathlib import Path
from typing import Final


def _machine_code_folder() -> Path:
    sources = sorted(Path(__file__).parent.glob("*.py"))
    digest = sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    beside = Path(__file__).parent / "__pycache__"
    writable = os.access(beside if beside.exists() else beside.parent, os.W_OK)
    root = beside if writable else Path(tempfile.gettempdir()) / f"kernel-{os.getuid()}"
    return root / f"machine-{digest}"


READY: Final = _machine_code_folder() / "ready"  # there once everything has been compiled (see warm.py)
