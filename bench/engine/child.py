"""One cell's process: calls the function named on the command line and prints its answer as the last line."""

from __future__ import annotations

import importlib
import json
import sys


def main() -> None:
    """`python -m bench.engine.child package.module:function JSON-WORDS`."""
    where, _, name = sys.argv[1].partition(":")
    answer = getattr(importlib.import_module(where), name)(**json.loads(sys.argv[2]))
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main()
