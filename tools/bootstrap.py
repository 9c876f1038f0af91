"""The runner behind `./run`: a newcomer's one command, a developer's few verbs. Standard library only."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from tools import machine, parts
from tools.demo import demo, environment
from tools.process import PYTHON, ROOT, Trouble, say
from tools.steps import Step, run_steps

HELP = """\
./run VERB

  demo [--port N] [--host A] [--fresh]   set up what is missing, fill the demo company, serve it, print the accounts
  test [PYTEST ARGUMENTS]                set up what is missing, run everything; with arguments only pytest with them

  setup          what demo and test do first: system packages, .venv, front-end parts, translations
  lint           ruff, its formatter, mypy, djlint
  faults         the fault tests with their full counts (long)
  check-db       upgrade an empty database and every release's frozen data on both engines
  bench NAME     run bench/NAME.py; --short for a small size
  shell          a Python prompt inside the demo's data
  flask ...      any command of the product, on the demo's data (try: ./run flask --help)
  lock           compile the hashed locks anew from the ranges in pyproject.toml and package.json
  help           this text
"""
PACKAGES = ("app", "contracts", "inventory", "dispatch", "tools", "wsgi.py", "tests")


def setup(kind: str) -> None:
    """Everything fetched and compiled; `kind` is "run" for the product alone, "all" with the tests' parts."""
    machine.ensure_packages(browser=kind == "all")
    with parts.one_at_a_time():
        parts.ensure_python(kind)
        parts.ensure_front_end()
        parts.ensure_catalogues()
        parts.ensure_machine_code(wait=kind == "all")


def verb_demo(words: Sequence[str]) -> int:
    setup("run")
    demo(words)
    return 0


def verb_setup(words: Sequence[str]) -> int:
    setup("all")
    say("ready")
    return 0


def verb_test(words: Sequence[str]) -> int:
    setup("all")
    if words:
        return run_steps([Step("pytest", [*PYTEST, *words], env=machine.ensure_browser_starts)])
    return run_steps(
        [
            *lint_steps(),
            Step("floors", [*PYTEST, "tests/house/test_floors.py"], needs=["tests/house/test_floors.py"]),
            Step("check-db", [PYTHON, "-m", "tools.check_db"], needs=["tools/check_db.py"]),
            Step("pytest", [*PYTEST, "-n", "2", "--ignore=tests/browser", "tests"]),
            Step(
                "browser",
                [*PYTEST, "tests/browser"],
                needs=["tests/browser"],
                env=machine.ensure_browser_starts,
            ),
        ]
    )


def verb_lint(words: Sequence[str]) -> int:
    setup("all")
    return run_steps(lint_steps())


def verb_faults(words: Sequence[str]) -> int:
    setup("all")
    everything: Callable[[], dict[str, str]] = lambda: {**os.environ, "FAULTS": "full"}  # noqa: E731
    return run_steps([Step("faults", [*PYTEST, "-m", "faults", *words], env=everything)])


def verb_check_db(words: Sequence[str]) -> int:
    setup("all")
    return run_steps([Step("check-db", [PYTHON, "-m", "tools.check_db", *words], needs=["tools/check_db.py"])])


def verb_bench(words: Sequence[str]) -> int:
    folder = ROOT / "bench"
    names = sorted(
        [path.stem for path in folder.glob("[a-z]*.py")] + [m.parent.name for m in folder.glob("*/__main__.py")]
    )
    if not words or words[0] not in names:
        say(f"./run bench NAME, where NAME is one of: {', '.join(names) or '(there is none yet)'}")
        return 1
    setup("all")
    return _become([PYTHON, "-m", f"bench.{words[0]}", *words[1:]])


def verb_shell(words: Sequence[str]) -> int:
    return verb_flask(["shell", *words])


def verb_flask(words: Sequence[str]) -> int:
    setup("run")
    os.environ.update(environment())
    return _become([PYTHON, "-m", "flask", *words])


def verb_lock(words: Sequence[str]) -> int:
    setup("run")
    parts.compile_locks()
    return 0


def verb_help(words: Sequence[str]) -> int:
    say(HELP)
    return 0


VERBS: dict[str, Callable[[Sequence[str]], int]] = {
    "demo": verb_demo,
    "test": verb_test,
    "setup": verb_setup,
    "lint": verb_lint,
    "faults": verb_faults,
    "check-db": verb_check_db,
    "bench": verb_bench,
    "shell": verb_shell,
    "flask": verb_flask,
    "lock": verb_lock,
    "help": verb_help,
}
# -ra names every skipped test with its reason, so that nothing is left out in silence.
PYTEST: list[str | Path] = [PYTHON, "-m", "pytest", "-q", "-ra"]


def lint_steps() -> list[Step]:
    """Style, form and types; every floor that stands is looked at."""
    standing = [name for name in PACKAGES if (ROOT / name).exists()]
    templates = [name for name in standing if any((ROOT / name).glob("**/templates/**/*.html"))]
    steps = [
        Step("ruff", [PYTHON, "-m", "ruff", "check", "."]),
        Step("format", [PYTHON, "-m", "ruff", "format", "--check", "."]),
        Step("mypy", [PYTHON, "-m", "mypy", *standing]),
    ]
    if templates:
        steps.append(Step("djlint", [PYTHON, "-m", "djlint", "--lint", "--quiet", *templates]))
    return steps


def _become(command: Sequence[str | Path]) -> int:
    """Turns this process into `command`, in the project's folder."""
    words = [str(word) for word in command]
    os.execv(words[0], words)  # noqa: S606 - our own interpreter, no shell


def main(words: Sequence[str]) -> int:
    """The exit code: 0 done, 1 a sentence says what to do."""
    verb, rest = (words[0], words[1:]) if words else ("help", [])
    verb = "help" if verb in ("-h", "--help") else verb
    if verb not in VERBS:
        say(f"There is no verb {verb!r}.\n\n{HELP}")
        return 1
    try:
        return VERBS[verb](rest)
    except Trouble as trouble:
        say(f"\n{trouble}")
        return 1
    except KeyboardInterrupt:
        say("\nstopped")
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
