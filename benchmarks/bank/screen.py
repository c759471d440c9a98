"""The requests of a run so far, as a live table while it goes on and as rows of its report."""

from rich.table import Table

from benchmarks.bank.tally import Tally

HEAD = ("请求 request", "笔 n", "笔/秒 per s", "p50 ms", "p95 ms", "p99 ms", "答复 answers")


class Screen:
    """The live table; rich asks it anew each time it draws."""

    def __init__(self, tally: Tally, title: str) -> None:
        self.tally = tally
        self.title = title

    def __rich__(self) -> Table:
        table = Table(*HEAD, title=self.title)
        for column in table.columns[1:6]:
            column.justify = "right"
        for row in rows(self.tally):
            table.add_row(*row)
        return table


def rows(tally: Tally) -> list[tuple[str, ...]]:
    """Return a row for each kind of request."""
    return [
        (
            line.kind,
            f"{line.count:,}",
            f"{line.rate:,.1f}",
            *(f"{value:,.1f}" for value in (line.p50_ms, line.p95_ms, line.p99_ms)),
            ", ".join(f"{answer}: {count:,}" for answer, count in line.answers.items()),
        )
        for line in tally.lines()
    ]
