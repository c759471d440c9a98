"""Follow a parameter through the code: count changes of file and steps up to a higher layer.

    python -m benchmarks parameter_path [FILE:FUNCTION:PARAMETER ...]

The source is read in its written order, with every branch. A function called with the parameter, with a part of it,
or with the result of such a call is entered once; properties and methods of a value are not followed. A stay is a
sequence of functions in one file; a file counts once for every 400 lines. The layers are the packages: `config` below
`blacklist`, `accounts` and `transfers`.
"""

import argparse
import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby, pairwise
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
#: Layers from the lowest up.
LAYERS = ("config", "blacklist", "accounts", "transfers")
#: Lines that a reader reads as one file.
LINES = 400
WALKS = (
    "transfers/operations/accept.py:accept_transfer:order",
    "accounts/till/operations/cash.py:deposit_cash:amount_fen",
)


@dataclass(frozen=True)
class Function:
    """A function of the product; the name of a method begins with its class."""

    file: str
    name: str
    node: ast.FunctionDef = field(compare=False)

    def given(self, call: ast.Call, names: set[str]) -> set[str]:
        """Return the parameters to which a call passes one of some names."""
        positional = [each.arg for each in (*self.node.args.posonlyargs, *self.node.args.args)]
        positional = positional[1:] if positional[:1] in (["self"], ["cls"]) else positional
        found = {name for name, value in zip(positional, call.args, strict=False) if is_of(value, names)}
        found |= {each.arg for each in call.keywords if each.arg and is_of(each.value, names)}
        rest = self.node.args.vararg
        if rest and any(is_of(each, names) for each in call.args[len(positional) :]):
            found.add(rest.arg)
        return found


@dataclass(frozen=True)
class File:
    """A file of the product.

    :ivar imported: from a name in the file to the imported dotted name of the product.
    """

    path: str
    lines: int
    functions: dict[str, Function]
    imported: dict[str, str]


@cache
def read(path: str) -> File:
    """Read a file.

    :param path: path from the root.
    """
    text = (ROOT / path).read_text(encoding="utf-8")
    tree = ast.parse(text)
    imported = {
        alias.asname or alias.name: f"{node.module}.{alias.name}"
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module and node.module.partition(".")[0] in LAYERS
        for alias in node.names
    }
    functions = {name: Function(path, name, node) for name, node in _functions(tree)}
    return File(path, len(text.splitlines()), functions, imported)


def _functions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}.{each.name}", each) for each in node.body if isinstance(each, ast.FunctionDef))


def module_of(dotted: str) -> File | None:
    """Return the file of a module; None if there is none."""
    path = dotted.replace(".", "/")
    return next((read(each) for each in (f"{path}.py", f"{path}/__init__.py") if (ROOT / each).is_file()), None)


def function_of(dotted: str) -> Function | None:
    """Return the function with a dotted name, also if its module imports it."""
    module, _, name = dotted.rpartition(".")
    file = module_of(module) if module else None
    if file is None:
        return None
    return file.functions.get(name) or (function_of(file.imported[name]) if name in file.imported else None)


def is_of(node: ast.AST, names: set[str]) -> bool:
    """Return whether an expression is one of some names, a part or container of it, or a call with it."""
    match node:
        case ast.Name():
            return node.id in names
        case ast.Attribute() | ast.Subscript() | ast.Starred() | ast.NamedExpr() | ast.DictComp() | ast.keyword():
            parts: list[ast.expr] = [node.value]
        case ast.IfExp():
            parts = [node.body, node.orelse]
        case ast.BoolOp() | ast.Dict():
            parts = node.values
        case ast.List() | ast.Tuple() | ast.Set():
            parts = node.elts
        case ast.ListComp() | ast.SetComp() | ast.GeneratorExp():
            parts = [node.elt]
        case ast.Call():
            parts = [*node.args, *(each.value for each in node.keywords)]
            parts += [node.func.value] if isinstance(node.func, ast.Attribute) else []
        case _:
            return False
    return any(is_of(each, names) for each in parts)


class Walk:
    """The functions that a parameter enters, each once, in order."""

    def __init__(self, function: Function, parameter: str) -> None:
        self.entered: list[Function] = []
        self._enter(function, {parameter})

    def _enter(self, function: Function, names: set[str]) -> None:
        if function not in self.entered:
            self.entered.append(function)
            for each in function.node.body:
                self._follow(each, function, names)

    def _follow(self, node: ast.AST, function: Function, names: set[str]) -> None:
        """Read a part of a function, inner parts first; add names assigned from the known ones."""
        for value, target in _bindings(node):
            self._follow(value, function, names)
            if is_of(value, names):
                names |= {each.id for each in ast.walk(target) if isinstance(each, ast.Name)}
        bound = {id(value) for value, _ in _bindings(node)}
        parts = list(ast.iter_child_nodes(node))
        if isinstance(node, ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp):
            # The iterable of a loop is written last and read first.
            parts.sort(key=lambda each: not isinstance(each, ast.comprehension))
        for each in parts:
            if id(each) not in bound:
                self._follow(each, function, names)
        if (
            isinstance(node, ast.Call)
            and (called := _called(node.func, function))
            and (given := called.given(node, names))
        ):
            self._enter(called, given)


def _bindings(node: ast.AST) -> list[tuple[ast.expr, ast.expr]]:
    """Return the pairs of target and value that a part of a function assigns."""
    match node:
        case ast.Assign():
            return [(node.value, each) for each in node.targets]
        case ast.AnnAssign() | ast.NamedExpr():
            return [(node.value, node.target)] if node.value else []
        case ast.For() | ast.comprehension():
            return [(node.iter, node.target)]
        case ast.withitem():
            return [(node.context_expr, node.optional_vars)] if node.optional_vars else []
    return []


def _called(called: ast.expr, function: Function) -> Function | None:
    """Return the function of the product that a call refers to, as far as names show."""
    file = read(function.file)
    match called:
        case ast.Name(id=name):
            return file.functions.get(name) or (function_of(file.imported[name]) if name in file.imported else None)
        case ast.Attribute(value=ast.Name(id="self"), attr=name):
            return file.functions.get(f"{function.name.partition('.')[0]}.{name}")
        case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder in file.imported:
            return function_of(f"{file.imported[holder]}.{name}")
    return None


def main(*typed: str) -> int:
    """Print every stay of each walk, and its totals."""
    parser = argparse.ArgumentParser(
        "python -m benchmarks parameter_path", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("walks", nargs="*", default=WALKS, metavar="FILE:FUNCTION:PARAMETER")
    for place in parser.parse_args(typed).walks:
        path, name, parameter = place.split(":")
        walk = Walk(read(path).functions[name], parameter)
        stays = [(file, [each.name for each in run]) for file, run in groupby(walk.entered, lambda each: each.file)]
        for file, names in stays:
            print(f"  {file}: {', '.join(names)}")
        files = [file for file, _ in stays]
        changes = sum(math.ceil(read(each).lines / LINES) for each in files)
        layers = [LAYERS.index(each.partition("/")[0]) for each in files]
        climbs = sum(after > before for before, after in pairwise(layers))
        print(f"{place}: {changes} changes of file, {climbs} climbs\n")
    return 0
