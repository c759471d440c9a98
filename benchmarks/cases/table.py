"""One table of what the benchmarks found: work, ours, yardstick, ratio, CPU, goal, met or missed.

    python -m benchmarks.cases.table [FILES...] [--run WORDS...] [--into var/bench]

The files are what a benchmark printed with `--json`. Without any the benchmarks are run first, one after the other, each
as it is run by default, and what each printed is kept in a folder; `--run release "herd --due 1000000"` names others, with
their sizes. Exits non-zero when one ended with an error or found a wrong result: it has no line in the table.
"""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.cases.report import Line

ROOT = Path(__file__).resolve().parents[2]
RUN = ("accept", "release", "overload", "punctuality", "register", "open_transaction", "herd", "growth")


def main() -> int:
    """Run what is to be run, print the table, return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--run", nargs="+", metavar="WORDS", default=[])
    parser.add_argument("--into", type=Path, default=ROOT / "var" / "bench")
    words = parser.parse_args()
    files, failed = list(words.files), []
    for asked in words.run or ([] if files else RUN):
        name, *sizes = shlex.split(asked)
        printed = run(name, sizes, words.into)
        if printed is None:
            failed.append(name)
        else:
            files.append(printed)
    Console(width=None if sys.stdout.isatty() else 160).print(table([line for file in files for line in read(file)]))
    for name in failed:
        print(f"{name} has no line: it ended with an error, or found a wrong result", file=sys.stderr)
    return 1 if failed else 0


def run(name: str, sizes: list[str], into: Path) -> Path | None:
    """Run a benchmark; return the file that has what it printed, None where it failed."""
    into.mkdir(parents=True, exist_ok=True)
    print(f"-- {shlex.join([name, *sizes])}", file=sys.stderr, flush=True)
    words = [sys.executable, "-m", f"benchmarks.cases.{name}", *sizes, "--json"]
    done = subprocess.run(words, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return None
    printed = into / f"{name}.json"
    printed.write_text(done.stdout)
    return printed


def read(file: Path) -> list[Line]:
    """Return the lines that a benchmark handed over."""
    return [Line(**each) for each in json.loads(file.read_text())["lines"]]


def table(lines: list[Line]) -> Table:
    """Return the table, a row for each line."""
    shown = Table("work", "ours", "", "yardstick", "", "ratio", "CPU us", "goal", "")
    for column in (shown.columns[place] for place in (1, 3, 5, 6)):
        column.justify = "right"
    for each in lines:
        verdict = {True: "met", False: "[bold]MISSED[/bold]", None: ""}[each.met]
        shown.add_row(
            each.work,
            number(each.ours),
            each.unit,
            number(each.yardstick),
            each.against,
            "" if each.ratio is None else f"{each.ratio:.2f}",
            number(each.cpu),
            each.goal,
            verdict,
        )
    return shown


def number(value: float | None) -> str:
    """Return a figure with three digits or more."""
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.exit(main())
