"""Parse one held transfer (在途转账) of a stock, and encrypt it for its final table.

Pure functions: `decide_arrival` derives the due instant from the row, as it would have at the machine or the counter.
Referenced rows are searched for together after all rows are staged.
"""

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from accounts.stock.operations.rows import ACCOUNT_REF, card_number_of, ref_of
from accounts.vocabulary import Channel, CustomerKind
from config.kernel.database.ids import id_at
from config.kernel.identity.account_numbers import outside_bank
from config.kernel.identity.names import display_name
from config.kernel.intake.tables.binary_copy import Column
from config.kernel.intake.tables.cells import Cells, ColumnFault, OneOf, line_of
from config.kernel.intake.tables.columns import Columns, FileColumn
from config.kernel.law.money import parse_yuan
from config.kernel.law.text import Text
from config.kernel.requests.fields import read_account_number, read_bank_code
from config.kernel.vault.sealed import name_key, seal
from transfers.models import Transfer, payee_key
from transfers.policy.acceptance import ArrivalDecision, ArrivalFacts, decide_arrival
from transfers.vocabulary import Arrival, AtmProfile

MEMO_MAX = 200

#: Values of `stage` in their order. The flags say in which cases the transfer would have arrived at once.
STAGED = (
    Column("id", "bytes"),
    Column("ref", "text"),
    Column("account_ref", "text"),
    Column("channel", "text"),
    Column("arrival", "text"),
    Column("amount_fen", "bigint"),
    Column("accepted_at", "moment"),
    Column("due_at", "moment"),
    Column("hold_seconds", "int"),
    Column("rule_code", "text"),
    Column("rule_clause", "text"),
    Column("rule_profile", "text"),
    Column("not_of_organization", "bool"),
    Column("not_own_here", "bool"),
    Column("not_own_elsewhere", "bool"),
    Column("payee_number", "text"),
    Column("payee_bank_code", "text"),
    Column("payee_sealed", "bytes"),
    Column("payee_key", "bytes"),
    Column("payee_name", "bytes"),
    Column("payee_name_index", "bytes"),
    Column("memo", "bytes"),
)

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
#: No held transfer is older than this.
EARLIEST_AT = datetime(2000, 1, 1, tzinfo=UTC)


def _instant(text: str) -> datetime:
    """Parse an instant with its offset; a later check of all rows refuses future ones."""
    try:
        read = datetime.fromisoformat(text) if _INSTANT.fullmatch(text) else None
        if read is not None and read >= EARLIEST_AT:
            return read.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise ColumnFault(
        "",
        "INVALID_INSTANT",
        "时间应为带时区的ISO 8601格式，如2026-03-01T09:30:00+08:00。",
        "An instant with its offset in ISO 8601, as 2026-03-01T09:30:00+08:00.",
    )


#: Columns of the sheet.
COLUMNS = Columns(
    FileColumn("transfer_ref", Text("转账参考号", "Transfer reference"), ref_of),
    ACCOUNT_REF,
    FileColumn("amount", Transfer, parse_yuan, field="amount_fen"),
    FileColumn("accepted_at", Transfer, _instant),
    FileColumn("channel", Transfer, OneOf(*Channel)),
    FileColumn("payee_name", Transfer, display_name),
    FileColumn("payee_account_number", Text("收款账号", "Payee's account number"), read_account_number, blank=True),
    FileColumn("arrival", Transfer, OneOf(*Arrival), optional=True),
    FileColumn("payee_bank_code", Transfer, read_bank_code, optional=True),
    FileColumn("payee_card_number", Text("收款卡号", "Payee's card number"), card_number_of, optional=True),
    FileColumn("memo", Transfer, partial(line_of, most=MEMO_MAX), optional=True),
)


@dataclass(frozen=True, slots=True)
class BankTerms:
    """The bank's settings that decide when a transfer arrives, and its bank code.

    :ivar ordinary_delay: duration of 普通到账.
    """

    profile: AtmProfile
    ordinary_delay: timedelta
    bank_code: str


def check_held_transfer(cells: Cells, terms: BankTerms) -> None:
    """Read the payee of a held transfer, and its arrival.

    It adds to the cells: `by_card`, True if the payee is named by a card of this bank; `arrives`, the arrival and its
    rule if no exemption applies; `not_of`, whether it would have arrived at once for an organization, to an own
    account here, and to an own account at another bank. The bank code of this bank is empty.
    """
    accepted_at, channel, arrival = cells["accepted_at"], cells["channel"], cells["arrival"]
    bank_code = outside_bank(cells["payee_bank_code"] or "", own=terms.bank_code)
    number, by_card = _payee(cells, bank_code)
    if channel and channel is not Channel.ATM and arrival is None and not cells.values.get("arrival"):
        zh, en = "自助柜员机以外的转账须填写到账方式。", "A transfer that is not made at a machine says how it arrives."
        cells.refuse("arrival", "ARRIVAL_MISSING", zh, en)
    cells.finish()
    facts = ArrivalFacts(
        channel=channel,
        holder_kind=CustomerKind.INDIVIDUAL,
        own_here=False,
        own_elsewhere=False,
        arrival=arrival,
        profile=terms.profile,
        ordinary_delay=terms.ordinary_delay,
        accepted_at=accepted_at,
    )
    arrives = decide_arrival(facts)
    if _at_once(arrives, accepted_at):
        zh, en = (
            "按其受理日的规则应实时到账，不是在途转账。",
            "By the rule of its day it arrived at once: it is not under way.",
        )
        cells.refuse("channel" if channel is Channel.ATM else "arrival", "ARRIVED_AT_ONCE", zh, en)
    exempt = (
        replace(facts, holder_kind=CustomerKind.ORGANIZATION),
        replace(facts, own_here=True),
        replace(facts, own_elsewhere=True),
    )
    cells.read_values |= {
        "payee_number": number,
        "payee_bank_code": bank_code,
        "by_card": by_card,
        "arrives": arrives,
        "not_of": tuple(_at_once(decide_arrival(each), accepted_at) for each in exempt),
    }


def stage_held_transfer(row: Cells) -> tuple[Any, ...]:
    """Return the values of `STAGED`; the id contains the instant of acceptance, as for every transfer."""
    row_id, arrives = id_at(row["accepted_at"]), row["arrives"]
    place = f"transfers_transfer.{{}}.{row_id}".format
    # An account number of this bank is stored in plain text, as in the accounts table; a card number is encrypted.
    sealed = row["by_card"] or bool(row["payee_bank_code"])
    return (
        row_id.bytes,
        row["transfer_ref"],
        row["account_ref"],
        row["channel"].value,
        row["arrival"].value if row["arrival"] else "",
        row["amount"],
        row["accepted_at"],
        arrives.due_at,
        arrives.hold_seconds,
        arrives.rule.value,
        str(arrives.clause) if arrives.clause else "",
        arrives.profile.value if arrives.profile else "",
        *row["not_of"],
        "" if sealed else row["payee_number"],
        row["payee_bank_code"],
        seal(row["payee_number"], where=place("payee_sealed")) if sealed else None,
        payee_key(row["payee_number"], row["payee_bank_code"]) if sealed else None,
        seal(row["payee_name"], where=place("payee_name")),
        name_key(row["payee_name"]),
        seal(row["memo"], where=place("memo")) if row["memo"] else None,
    )


def _payee(cells: Cells, bank_code: str) -> tuple[str, bool]:
    """Return the payee's number, and whether it is a card of this bank."""
    by_card, by_number = cells["payee_card_number"], cells["payee_account_number"]
    named = [name for name in ("payee_card_number", "payee_account_number") if cells.values.get(name)]
    if len(named) != 1 or (bank_code and named != ["payee_account_number"]):
        cells.refuse(
            "payee_account_number",
            "PAYEE_NOT_NAMED",
            "收款人应填写账号或本行卡号之一；他行收款人填写账号。",
            "A payee is named by an account number or by the number of a card of this bank; at another bank by the former.",
        )
    return by_card or by_number or "", by_card is not None


def _at_once(arrives: ArrivalDecision, accepted_at: datetime) -> bool:
    return arrives.due_at <= accepted_at
