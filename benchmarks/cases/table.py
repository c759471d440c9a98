"""One table of benchmark results: work, figure, yardstick, ratio, CPU, goal, met or missed.

    python -m benchmarks table [FILES...] [--run WORDS...] [--into var/bench]

The files are outputs of benchmarks with `--json`. Without files, the benchmarks run first, one after the other with
their default arguments, and each output is kept in a folder; `--run release "burst --due 1000000"` names others, with
their sizes. The command fails if a benchmark ended with an error or found a wrong result; it then has no line in the
table.
"""

import argparse
import json
import shlex
import subprocess
import sys
from pathlib import Path

from benchmarks.bank.report import LINES, Measurement, table
from config.stack.demo import ROOT

RUN = ("accept", "release", "overload", "punctuality", "register", "open_transaction", "burst", "growth")


def main(*typed: str) -> int:
    """Run the benchmarks if needed, print the table, return the exit status."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks table", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("files", nargs="*", type=Path)
    parser.add_argument("--run", nargs="+", metavar="WORDS", default=[])
    parser.add_argument("--into", type=Path, default=ROOT / "var" / "bench")
    words = parser.parse_args(typed)
    files, failed = list(words.files), []
    words.into.mkdir(parents=True, exist_ok=True)
    for asked in words.run or ([] if files else RUN):
        name, *sizes = shlex.split(asked)
        print(f"-- {asked}", file=sys.stderr, flush=True)
        command = [sys.executable, "-m", "benchmarks", name, *sizes, "--json"]
        done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            failed.append(name)
        else:
            files.append(words.into / f"{name}.json")
            files[-1].write_text(done.stdout)
    lines = [Measurement(**each) for file in files for each in json.loads(file.read_text())["lines"]]
    print(table([LINES, *(each.row() for each in lines)]))
    for name in failed:
        print(f"{name} has no line: it ended with an error, or found a wrong result", file=sys.stderr)
    return 1 if failed else 0
