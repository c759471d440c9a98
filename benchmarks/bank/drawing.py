"""Chart of a run as SVG: figures over time, one below the other, with faults as shaded areas."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Protocol

WIDTH, LEFT, TOP, HEIGHT, BAND = 1200, 240, 34, 150, 12
_GAP = 24
_COLOURS = ("#1f5fa8", "#b3541e", "#3c7a3c", "#6b4a9c")
_STYLE = """
text{font:11px sans-serif;fill:#333}.axis{stroke:#999}polyline{fill:none;stroke-width:1.5}
.shade{fill:#c0392b;fill-opacity:.13}.bar{fill:#c0392b;fill-opacity:.7}.blind{fill:#555;fill-opacity:.35}
"""

#: Horizontal position of an instant in the chart.
type Place = Callable[[float], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A figure over time.

    :ivar points: pairs of instant (in seconds) and value.
    """

    name: str
    title: str
    points: Sequence[tuple[float, float]]


class ShadedSpan(Protocol):
    """A fault with its beginning and end."""

    what: str
    begun: float
    ended: float


def draw_curves(
    title: str, curves: Sequence[Curve], broken: Sequence[ShadedSpan] = (), blind: Sequence[float] = ()
) -> str:
    """Return the chart as SVG; without points it has no lines.

    :param blind: instants at which the bank could not be observed.
    """
    instants = [at for curve in curves for at, _ in curve.points] or [0.0, 1.0]
    begins, ends = min(instants), max(instants)
    broken = sorted(broken, key=lambda each: each.begun)
    names = list(dict.fromkeys(each.what for each in broken))
    below = TOP + len(curves) * (HEIGHT + _GAP)
    height = below + BAND * len(names) + 40

    def x(at: float) -> float:
        return LEFT + (min(max(at, begins), ends) - begins) / max(ends - begins, 1e-9) * (WIDTH - LEFT - 20)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        *(_shade(each, x, height) for each in broken),
        *(f'<rect class="blind" x="{x(at):.1f}" y="{TOP}" width="2" height="{below - TOP - _GAP}"/>' for at in blind),
        *(line for place, curve in enumerate(curves) for line in _curve(curve, x, place)),
        *_bars(broken, names, x, below),
        *_seconds(begins, ends, x, height - 16),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _shade(broken: ShadedSpan, x: Place, height: int) -> str:
    begins, ends = x(broken.begun), x(broken.ended)
    return (
        f'<rect class="shade" x="{begins:.1f}" y="{TOP}" width="{max(ends - begins, 1):.1f}" height="{height - TOP - 30}">'
        f"<title>{escape(broken.what)}</title></rect>"
    )


def _curve(curve: Curve, x: Place, place: int) -> list[str]:
    if not curve.points:
        return []
    top = TOP + place * (HEIGHT + _GAP)
    values = [value for _, value in curve.points]
    least, most = min(values), max(values)
    # A constant figure is a line in the middle.
    room = max(most - least, 1)
    points = " ".join(
        f"{x(at):.1f},{top + HEIGHT - 10 - ((value - least) / room if most > least else 0.5) * (HEIGHT - 20):.1f}"
        for at, value in curve.points
    )
    return [
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 20}" y1="{top + HEIGHT}" y2="{top + HEIGHT}"/>',
        f'<text x="{LEFT}" y="{top - 6}">{escape(curve.title)}: {least:,.10g} – {most:,.10g}</text>',
        f'<polyline class="{curve.name}" stroke="{_COLOURS[place % len(_COLOURS)]}" points="{points}"/>',
    ]


def _bars(broken: Sequence[ShadedSpan], names: Sequence[str], x: Place, top: int) -> list[str]:
    found = []
    for place, name in enumerate(names):
        y = top + place * BAND
        found += [
            f'<rect class="bar" x="{x(each.begun):.1f}" y="{y + 1}" width="{max(x(each.ended) - x(each.begun), 2):.1f}"'
            f' height="{BAND - 3}"/>'
            for each in broken
            if each.what == name
        ]
        found.append(f'<text x="4" y="{y + 9}">{escape(name)}</text>')
    return found


def _seconds(begins: float, ends: float, x: Place, y: int) -> list[str]:
    every = next((each for each in (5, 15, 60) if ends - begins <= 18 * each), 300)
    return [
        f'<text x="{x(begins + second):.1f}" y="{y}">{second} s</text>'
        for second in range(0, int(ends - begins) + 1, every)
    ]
