"""Count lines and bytes of the source by area, of the working tree or a revision, against an older one.

    python -m benchmarks size [--since REVISION] [--depth 2]

All lines of the files that git tracks are counted, including blank lines and comments. Python files are counted by
app; migrations and other kinds of files are counted separately. A depth of two counts the folders of each area.
"""

import argparse
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePath

from benchmarks.bank.report import table
from config.stack.demo import ROOT

PRODUCT = ("accounts", "blacklist", "config", "transfers")
#: Areas of other files than Python, by the extension.
KINDS = {
    ".html": "templates",
    ".sql": "SQL",
    ".css": "styles and scripts",
    ".js": "styles and scripts",
    ".md": "documents",
}
#: Output of builds.
MADE = ("config/frames/desk/static/desk/kit.css",)


def area(path: str, depth: int) -> str | None:
    """Return the area of a file; None for a file that is not counted."""
    place = PurePath(path)
    if path in MADE:
        return None
    if place.suffix != ".py":
        return KINDS.get(place.suffix)
    if "migrations" in place.parts:
        return "migrations"
    return "/".join(place.parts[:-1][:depth]) or None


def count(files: Iterator[tuple[str, bytes]], depth: int) -> dict[str, Counter[str]]:
    """Return lines and bytes of each area, and of the whole product."""
    found = {"lines": Counter[str](), "bytes": Counter[str]()}
    for path, content in files:
        if name := area(path, depth):
            names = (name, "product") if name.split("/")[0] in PRODUCT else (name,)
            for each in names:
                found["lines"][each] += content.count(b"\n")
                found["bytes"][each] += len(content)
    return found


def tracked_files() -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file of the working tree that git tracks."""
    for path in _git("ls-files", "-z").decode().split("\0")[:-1]:
        if (ROOT / path).is_file():
            yield path, Path(ROOT / path).read_bytes()


def committed_files(revision: str) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each file of a revision."""
    rows = _git("ls-tree", "-r", "-z", revision).decode().split("\0")[:-1]
    named = [(row.partition("\t")[2], row.split()[2]) for row in rows if row.split()[1] == "blob"]
    answer = memoryview(_git("cat-file", "--batch", given="\n".join(blob for _, blob in named).encode()))
    at = 0
    for path, _ in named:
        # A line with the blob's name, kind and size, then the blob and a line end.
        head = bytes(answer[at : at + 100]).partition(b"\n")[0]
        begin = at + len(head) + 1
        at = begin + int(head.split()[2]) + 1
        yield path, bytes(answer[begin : at - 1])


def _git(*words: str, given: bytes = b"") -> bytes:
    return subprocess.run(["git", *words], cwd=ROOT, input=given, stdout=subprocess.PIPE, check=True).stdout


def main(*typed: str) -> int:
    """Print lines and kilobytes of each area."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks size", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--since", metavar="REVISION", help="count this revision, too")
    parser.add_argument("--depth", type=int, default=1, help="levels of folders that are listed separately (1)")
    words = parser.parse_args(typed)
    counts = [count(tracked_files(), words.depth)]
    if words.since:
        counts.insert(0, count(committed_files(words.since), words.depth))
    heads = [[f"lines {when}".strip(), f"kB {when}".strip()] for when in ("before", "now")[-len(counts) :]]
    rows = [["area", *(head for pair in heads for head in pair), *(["difference"] if words.since else [])]]
    for name in sorted({name for each in counts for name in each["lines"]}, key=lambda name: (name == "product", name)):
        row = [name]
        for each in counts:
            row += [f"{each['lines'][name]:,}", f"{each['bytes'][name] / 1000:,.0f}"]
        if words.since:
            row.append(f"{counts[-1]['lines'][name] - counts[0]['lines'][name]:+,}")
        rows.append(row)
    print(table(rows))
    return 0
