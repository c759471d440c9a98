"""Draw docstrings of the repository for a reader who does not know the code to judge.

    python -m benchmarks docstrings [--count N] [--seed TEXT]

The seed is the hash of the last commit unless one is given, so everybody who draws at a commit reads the same ones.
"""

import argparse
import ast
import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ("accounts", "benchmarks", "blacklist", "config", "tests", "transfers")


def docstrings() -> Iterator[tuple[str, str]]:
    """Yield the place and the text of every docstring, in the order of files and lines."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            for node in ast.walk(tree):
                if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and (text := ast.get_docstring(node)):
                    line, name = (1, "module") if isinstance(node, ast.Module) else (node.lineno, node.name)
                    yield f"{path.relative_to(ROOT)}:{line} {name}", text


def main(*typed: str) -> int:
    """Print the drawn docstrings with their places."""
    parser = argparse.ArgumentParser("python -m benchmarks docstrings", description=__doc__)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed")
    chosen = parser.parse_args(typed)
    head = ["git", "rev-parse", "HEAD"]
    seed = chosen.seed or subprocess.run(head, cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    for place, text in random.Random(seed).sample([*docstrings()], chosen.count):
        print(f"{place}\n    {text.replace('\n', '\n    ')}\n")
    return 0
