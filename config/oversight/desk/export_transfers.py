"""The list of transfers as a file (转账查询导出): by its filters, both parties masked as on the page."""

from collections.abc import Iterator
from typing import Any

from config.frames.desk.labels import NOTHING
from config.kernel.database.clock import bank_now
from config.kernel.law.dates import shanghai_day
from config.kernel.law.text import text
from config.kernel.trail.sheets import Title, Yuan
from transfers.desk.lines import Party, TransferLine, lines_of
from transfers.desk.listing import TransferListForm
from transfers.queries.listing import transfers_like

#: Transfers read at a time: an export of any length holds no more in memory.
CHUNK = 1000


def transfer_facts(form: TransferListForm) -> dict[str, str]:
    """Return what the record of an export keeps of the filters: no number of a person is among them."""
    told = form.parameters()
    first, last = form.days()
    names = {"status": "transfer_status", "channel": "channel", "code": "code", "sort": "sort",
             "amount_from": "amount_from", "amount_to": "amount_to", "customer": "about", "account": "about"}  # fmt: skip
    facts = {names[name]: value for name, value in told.items() if name in names}
    days = {"from": first, "to": last or shanghai_day(bank_now())}
    return facts | {name: day.isoformat() for name, day in days.items() if day}


def transfer_rows(form: TransferListForm) -> Iterator[list[Any]]:
    """Yield the head and the rows, in the order of time whatever the page was sorted by."""
    yield [Title(text(zh, en)) for zh, en in _HEAD]
    wanted, after, at = form.by_time(), None, bank_now()
    while True:
        page = transfers_like(wanted, limit=CHUNK, after=after, most=CHUNK)
        yield from (_row(line) for line in lines_of(page.transfers, at))
        after = page.next_after
        if after is None:
            return


_HEAD = (
    ("受理时间", "Accepted"), ("流水号", "Number"), ("编号", "Id"), ("状态", "Status"), ("状态代码", "Status code"), ("金额（元）", "Amount (yuan)"), ("渠道", "Channel"),
    ("付款人", "Payer"), ("付款账号", "Payer's account"), ("收款人", "Payee"), ("收款账号", "Payee's account"), ("收款行行号", "Payee's bank code"),
    ("预计到账时间", "Due"), ("入账时间", "Posted"), ("结束时间", "Ended"), ("到账规则", "Arrival rule"), ("规则代码", "Rule code"), ("条款", "Clause"), ("拒绝代码", "Refusal code"),
)  # fmt: skip


def _row(line: TransferLine) -> list[Any]:
    return [line.accepted_at, line.reference, line.id, line.status_word, line.status, Yuan(line.amount_fen), line.channel,
            *_party(line.payer), *_party(line.payee), line.payee.bank, line.due_at, line.settled_at,
            line.ended_at, line.rule if line.rule_code else "", line.rule_code, line.clause, line.outcome_code]  # fmt: skip


def _party(party: Party) -> tuple[str, str]:
    return party.name or NOTHING, party.account_number or NOTHING
