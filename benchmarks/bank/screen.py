"""What a person sees: rates and latencies while it runs, and at the end what is proved."""

from collections.abc import Iterable

from rich.console import Group
from rich.table import Table
from rich.text import Text

from benchmarks.bank.books import Check
from benchmarks.bank.tally import Tally
from config.kernel.law.money import Fen, format_yuan
from config.kernel.proof.invariants import Finding


class Screen:
    """The live table; rich asks it anew each time it draws."""

    def __init__(self, tally: Tally, title: str) -> None:
        self.tally = tally
        self.title = title

    def __rich__(self) -> Table:
        table = Table(
            "请求 request", "笔 n", "笔/秒 per s", "p50 ms", "p95 ms", "p99 ms", "答复 answers", title=self.title
        )
        for column in table.columns[1:6]:
            column.justify = "right"
        for line in self.tally.lines():
            answers = ", ".join(f"{answer}: {count:,}" for answer, count in line.answers.items())
            times = (f"{value:,.1f}" for value in (line.p50_ms, line.p95_ms, line.p99_ms))
            table.add_row(line.kind, f"{line.count:,}", f"{line.rate:,.1f}", *times, answers)
        return table


def verdict(checks: Iterable[Check], findings: list[Finding] | None, without: str) -> Group:
    """Return what was proved.

    :param findings: of the database's proof, None when it could not be asked.
    :param without: why it could not be asked.
    """
    table = Table("", "证明 proof", "", title="结果 Result")
    for check in checks:
        table.add_row(mark(check.holds), check.name, check.detail)
    if findings is not None:
        broken = [finding for finding in findings if not finding.holds]
        table.add_row(
            mark(not broken), f"{len(findings)} 条账簿不变量 invariants of the books", f"{len(broken)} violated"
        )
        for finding in broken:
            ids = ", ".join(finding.ids[:3])
            table.add_row(mark(False), f"{finding.invariant.name} {finding.invariant.zh}", f"{len(finding.ids)}: {ids}")
        return Group(table)
    return Group(table, Text(without))


def clearing_table(expected: dict[str, tuple[int, Fen]], found: dict[str, Fen]) -> Table:
    """Return file against clearing accounts, bank by bank.

    :param expected: bank -> number of orders and their total.
    :param found: bank -> what its clearing account holds.
    """
    table = Table("银行 bank", "笔 orders", "文件合计 file", "清算户 clearing account", "", title="他行清算 Clearing")
    for column in table.columns[1:4]:
        column.justify = "right"
    for bank in sorted(expected):
        count, fen = expected[bank]
        held = found.get(bank, 0)
        table.add_row(bank, f"{count:,}", yuan(fen), yuan(held), mark(fen == held))
    total, all_found = sum(fen for _, fen in expected.values()), sum(found.get(bank, 0) for bank in expected)
    table.add_section()
    count = sum(count for count, _ in expected.values())
    table.add_row("合计 total", f"{count:,}", yuan(total), yuan(all_found), mark(total == all_found))
    return table


def yuan(fen: Fen) -> str:
    """Return an amount with thousands separated."""
    whole, cents = format_yuan(fen).split(".")
    return f"{int(whole):,}.{cents}"


def mark(holds: bool | None) -> str:
    """Return a tick, a cross, or a dash for what was not asked."""
    if holds is None:
        return "[yellow]–[/yellow]"
    return "[green]✓[/green]" if holds else "[bold red]✗[/bold red]"
