"""Run a benchmark by name: parse its arguments, start its bank, measure, print the report.

The module of a benchmark is imported after its bank is started and Django is set up.
"""

import argparse
import ast
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import asdict, dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.bank.report import Report
from benchmarks.cases.banks import database, whole_bank


@dataclass(frozen=True, slots=True)
class Case:
    """A benchmark.

    :ivar bank: context manager that starts the bank to measure.
    :ivar options: its arguments: the default, which also gives the type, or default and help. From a list of words,
        some may be chosen.
    """

    bank: Callable[[], AbstractContextManager[Any]]
    options: Mapping[str, Any] = field(default_factory=dict)


CASES = {
    "accept": Case(database, {"rounds": 5, "seconds": 4, "accounts": 20_000}),
    "release": Case(
        database, {"transfers": 100_000, "rounds": 5, "seconds": 3, "processes": 2, "scale": (50, "of pgbench")}
    ),
    "overload": Case(database, {"seconds": 10, "times": [0.5, 1.0, 2.0, 4.0], "cancels": 10, "accounts": 20_000}),
    "sign_in": Case(database, {"people": [0, 12, 24], "rounds": 5, "seconds": 6, "rate": 20}),
    "register": Case(database, {"certificates": 100_000, "rounds": 5, "seconds": 2, "accounts": 20_000}),
    "register_import": Case(database, {"rows": 100_000, "held": 1_000_000, "sample": 300}),
    "stock": Case(database, {"lines": 1_000_000, "processes": (0, "that read; as many as there are cores by default")}),
    "growth": Case(
        database,
        {
            "accounts": "10000,100000",
            "held": "0,100000",
            "rounds": 5,
            "acceptances": (500, "of a round"),
            "due": (10_000, "transfers that are released in a round"),
        },
    ),
    "open_transaction": Case(
        database,
        {
            "open_seconds": 40.0,
            "rounds": 1,
            "accounts": 100_000,
            "transfers": (20_000, "of a burst"),
            "bursts": (3, "of a phase without it, and the last ones during it"),
            "steady": (False, "streams while the transaction is open, bursts at its end"),
            "rate": (200, "of the stream, a second"),
            "stream_seconds": 10,
            "processes": 2,
        },
    ),
    "desk": Case(
        database,
        {
            "customers": 1_000_000,
            "transfers": 1_000_000,
            "held": (50, "of a hundred transfers"),
            "certificates": 100_000,
            "rounds": 7,
            "only": ("", "pages whose name begins with this; export: files, minutes each"),
        },
    ),
    "punctuality": Case(
        whole_bank,
        {"rate": (200, "transfers that fall due a second"), "seconds": 60, "by": ["celery", "watcher"]},
    ),
    "burst": Case(
        whole_bank,
        {
            "due": 50_000,
            "rate": (50.0, "orders a second"),
            "accounts": 20_000,
            "calm": (10.0, "seconds of orders before the first is due"),
            "seconds": (3, "of the yardstick"),
            "scale": (50, "of pgbench"),
            "lead": (0.0, "seconds in which all are written"),
        },
    ),
    "bulk": Case(
        whole_bank,
        {
            "rows": (100_000, "of the list"),
            "documents": 10_000,
            "rate": (40.0, "requests a second"),
            "calm": (20.0, "seconds without bulk work"),
            "strangers": 10_000,
            "only": ["stock", "list", "undo"],
        },
    ),
    "startup": Case(nullcontext, {"rounds": 5, "demos": 1}),
    "peers": Case(
        nullcontext,
        {
            "rounds": 5,
            "seconds": 4.0,
            "accounts": 20_000,
            "due": (2_000, "transfers that fall due at once, by ETA"),
        },
    ),
}


def run(name: str, typed: list[str]) -> int:
    """Run a benchmark; return exit status 1 for a wrong result, 0 otherwise, however slow."""
    case, text = CASES[name], description(name)
    words = arguments(name, case, text).parse_args(typed)
    report = Report(text.partition("\n")[0])
    with standard_output_kept(words.json):
        with case.bank() as bank:
            import_module(f"benchmarks.cases.{name}").measure(words, report, bank)
        print(report.readable())
    if words.json and report.kept:
        print(json.dumps({"benchmark": name, "lines": [asdict(each) for each in report.lines]}))
    return report.exit_code


def description(name: str) -> str:
    """Return the docstring of a benchmark's module without importing it."""
    path = Path(__file__).with_name(name)
    source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return ast.get_docstring(ast.parse(source.read_text())) or ""


def arguments(name: str, case: Case, text: str) -> argparse.ArgumentParser:
    """Return the parser of a benchmark's arguments."""
    parser = argparse.ArgumentParser(
        f"python -m benchmarks {name}", description=text, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option, given in case.options.items():
        default, words = given if isinstance(given, tuple) else (given, None)
        more: dict[str, Any] = {"type": type(default)}
        if isinstance(default, bool):
            more = {"action": "store_true"}
        elif isinstance(default, list):
            more = {"nargs": "+", "type": type(default[0]), "choices": default if isinstance(default[0], str) else None}
        parser.add_argument(f"--{option.replace('_', '-')}", default=default, help=words, **more)
    parser.add_argument("--json", action="store_true", help="hand over the lines of the table, and nothing else")
    return parser


@contextmanager
def standard_output_kept(kept: bool) -> Iterator[None]:
    """Keep standard output clean: meanwhile all output, also of subprocesses, goes to standard error."""
    if not kept:
        yield
        return
    sys.stdout.flush()
    output = os.dup(1)
    os.dup2(2, 1)
    try:
        yield
    finally:
        sys.stdout.flush()
        os.dup2(output, 1)
        os.close(output)
