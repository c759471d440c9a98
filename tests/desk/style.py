"""The used part of the style kit: `make css` writes it, and a test reports when it is out of date.

The kit (`config/frames/desk/vendor/tabler.min.css`) is ten times as large as what the desk uses. The served style sheet
keeps the rules whose classes occur in a template, a script or the desk's Python, and the variables used by them or by
the desk.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import tinycss2

from tests.architecture.house import PARTS, ROOT

KIT = ROOT / "config/frames/desk/vendor/tabler.min.css"
SERVED = ROOT / "config/frames/desk/static/desk/kit.css"

ROOMS = (*PARTS, ROOT / "config/frames/desk", ROOT / "config/oversight", ROOT / "config/frames/back_office")
#: Where a class may be named: pages, their scripts, and the Python that writes parts of them.
SOURCES = ("templates/**/*.html", "static/**/*.js", "desk/**/*.py", "templatetags/*.py", "*.py")
OWN = "static/**/*.css"

#: Classes that a template puts together from a word: `bg-{{ tone }}-lt`.
COMPOSED = (re.compile(r"bg-(\w+)-lt"), re.compile(r"alert-(\w+)"), re.compile(r"text-(\w+)"))

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_CLASS = re.compile(r"\.((?:[\w-]|\\.)+)")
_NOT = re.compile(r":not\([^()]*(?:\([^()]*\)[^()]*)*\)")
_VARIABLE = re.compile(r"(?<=[{;])\s*(--[\w-]+):(?:\"[^\"]*\"|'[^']*'|[^;{}\"'])*(?:;|(?=\}))")
_EMPTY = re.compile(r"^[^{}@]+\{\s*\}\n", re.MULTILINE)
_MOVEMENT = re.compile(r"@keyframes ([\w-]+)\{(?:[^{}]*\{[^{}]*\})*[^{}]*\}\n")
_USED = re.compile(r"var\(\s*(--[\w-]+)")


def used_part() -> str:
    """Return the style sheet that is served."""
    words = set(_words())
    rules = _rules(_parsed(KIT.read_text()), words)
    own = "".join(path.read_text() for path in _files(OWN) if path != SERVED)
    return _without_unused("".join(rules), own)


def _files(*patterns: str) -> list[Path]:
    return sorted({path for room in ROOMS for pattern in patterns for path in room.glob(pattern)})


def _words() -> Iterator[str]:
    for path in _files(*SOURCES):
        yield from _WORD.findall(path.read_text())


def _parsed(css: str) -> list[Any]:
    return tinycss2.parse_stylesheet(css, skip_comments=False, skip_whitespace=True)


def _rules(parsed: Iterable[Any], words: set[str]) -> Iterator[str]:
    for rule in parsed:
        if rule.type == "comment":
            # The first comment names author and licence.
            if rule.value.startswith("!"):
                yield f"/*{rule.value}*/\n"
        elif rule.type == "qualified-rule":
            selectors = [each for each in _selectors(tinycss2.serialize(rule.prelude)) if _is_used(each, words)]
            if selectors:
                yield f"{','.join(selectors)}{{{tinycss2.serialize(rule.content)}}}\n"
        elif rule.type == "at-rule" and rule.content is not None:
            inner = tinycss2.serialize(rule.content)
            head = f"@{rule.at_keyword}{tinycss2.serialize(rule.prelude)}"
            if rule.at_keyword in ("media", "supports", "layer"):
                inner = "".join(_rules(_parsed(inner), words))
                if inner:
                    yield f"{head}{{\n{inner}}}\n"
            elif rule.at_keyword != "font-face":
                yield f"{head}{{{inner}}}\n"


def _selectors(prelude: str) -> list[str]:
    """Split a rule's selectors at the commas outside brackets."""
    parts, depth, begin = [], 0, 0
    for at, character in enumerate(prelude):
        depth += (character in "([") - (character in ")]")
        if character == "," and not depth:
            parts.append(prelude[begin:at].strip())
            begin = at + 1
    return [*parts, prelude[begin:].strip()]


def _is_used(selector: str, words: set[str]) -> bool:
    return all(_is_named(name.replace("\\", ""), words) for name in _CLASS.findall(_NOT.sub("", selector)))


def _is_named(name: str, words: set[str]) -> bool:
    composed = (found.group(1) for pattern in COMPOSED if (found := pattern.fullmatch(name)))
    return name in words or any(word in words for word in composed)


def _without_unused(css: str, own: str) -> str:
    """Drop unused variables, then those that only dropped ones used, and empty animations."""
    before = ""
    while css != before:
        before = css
        css = _VARIABLE.sub(partial(_kept, set(_USED.findall(css + own))), css)
        css = _EMPTY.sub("", css)
    moving = set(re.findall(r"animation(?:-name)?:([^;}]+)", css + own))
    return _MOVEMENT.sub(lambda found: found[0] if any(found[1] in each for each in moving) else "", css)


def _kept(used: set[str], match: re.Match[str]) -> str:
    return match[0] if match[1] in used else ""


def main() -> None:
    """Write the style sheet anew."""
    SERVED.write_text(used_part())
    print(f"{SERVED.relative_to(ROOT)}: {SERVED.stat().st_size:,} of {KIT.stat().st_size:,} bytes")  # noqa: T201


if __name__ == "__main__":
    main()
