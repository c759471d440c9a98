"""The picture of a run: what all accounts hold and what is reserved, over time, with everything that was broken shaded."""

from collections.abc import Callable, Sequence
from html import escape

from benchmarks.drills.chaos.history import Breakage, History, Sample

WIDTH, LEFT, TOP, HEIGHT, BAND = 1200, 240, 34, 150, 12
_STYLE = """
text{font:11px sans-serif;fill:#333}.axis{stroke:#999}.total{stroke:#1f5fa8;fill:none;stroke-width:1.5}
.held{stroke:#b3541e;fill:none;stroke-width:1.5}.shade{fill:#c0392b;fill-opacity:.13}.bar{fill:#c0392b;fill-opacity:.7}
.blind{fill:#555;fill-opacity:.35}
"""

#: Where an instant stands in the picture.
type Place = Callable[[float], float]


def draw(history: History) -> str:
    """Return the picture as SVG; empty of lines where nobody has looked."""
    samples, faults = history.samples, sorted(history.faults, key=lambda fault: fault.begun)
    begins = min([each.began for each in samples] or [0.0])
    ends = max([each.ended for each in samples] or [1.0])
    names = list(dict.fromkeys(fault.what for fault in faults))
    height = TOP + 2 * (HEIGHT + 24) + BAND * len(names) + 40

    def x(at: float) -> float:
        return LEFT + (min(max(at, begins), ends) - begins) / max(ends - begins, 1e-9) * (WIDTH - LEFT - 20)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
        f"<title>余额合计与预留合计 Totals over time</title><style>{_STYLE}</style>",
        *(_shade(fault, x, height) for fault in faults),
        *(
            f'<rect class="blind" x="{x(at):.1f}" y="{TOP}" width="2" height="{2 * HEIGHT + 24}"/>'
            for at in history.blind
        ),
        *_curve(samples, x, TOP, "total", "余额合计 balances (fen)", [each.total_fen for each in samples]),
        *_curve(samples, x, TOP + HEIGHT + 24, "held", "预留合计 reserved (fen)", [each.held_fen for each in samples]),
        *_bars(faults, names, x, TOP + 2 * (HEIGHT + 24)),
        *_seconds(begins, ends, x, height - 16),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _shade(fault: Breakage, x: Place, height: int) -> str:
    begins, ends = x(fault.begun), x(fault.ended)
    return (
        f'<rect class="shade" x="{begins:.1f}" y="{TOP}" width="{max(ends - begins, 1):.1f}" height="{height - TOP - 30}">'
        f"<title>{escape(fault.what)}</title></rect>"
    )


def _curve(samples: Sequence[Sample], x: Place, top: int, name: str, title: str, values: Sequence[int]) -> list[str]:
    if not values:
        return []
    least, most = min(values), max(values)
    # A constant is a line in the middle.
    room = max(most - least, 1)
    points = " ".join(
        f"{x(each.began):.1f},{top + HEIGHT - 10 - ((value - least) / room if most > least else 0.5) * (HEIGHT - 20):.1f}"
        for each, value in zip(samples, values, strict=True)
    )
    return [
        f'<line class="axis" x1="{LEFT}" x2="{WIDTH - 20}" y1="{top + HEIGHT}" y2="{top + HEIGHT}"/>',
        f'<text x="{LEFT}" y="{top - 6}">{title}: {least:,} – {most:,}</text>',
        f'<polyline class="{name}" points="{points}"/>',
    ]


def _bars(faults: Sequence[Breakage], names: Sequence[str], x: Place, top: int) -> list[str]:
    found = []
    for place, name in enumerate(names):
        y = top + place * BAND
        found += [
            f'<rect class="bar" x="{x(each.begun):.1f}" y="{y + 1}" width="{max(x(each.ended) - x(each.begun), 2):.1f}"'
            f' height="{BAND - 3}"/>'
            for each in faults
            if each.what == name
        ]
        found.append(f'<text x="4" y="{y + 9}">{escape(name)}</text>')
    return found


def _seconds(begins: float, ends: float, x: Place, y: int) -> list[str]:
    every = 5 if ends - begins <= 90 else 15
    return [
        f'<text x="{x(begins + second):.1f}" y="{y}">{second} s</text>'
        for second in range(0, int(ends - begins) + 1, every)
    ]
