"""A transfer as a line or a voucher of the desk, with both parties masked and codes in words."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from django.conf import settings

from accounts.queries.banks import names_of
from accounts.queries.transfer_sides import AccountSide, account_sides
from accounts.vocabulary import Channel
from config.kernel.database.ids import reference_text
from config.kernel.law.money import Fen
from config.kernel.models import SlipKind
from config.kernel.trail.decisions import rule_text
from config.kernel.vault.masked import masked
from transfers.models import Transfer
from transfers.policy.notices import delay_text
from transfers.queries.foreseen_returns import Foreseen, find_foreseen_returns
from transfers.vocabulary import PAID_OUT, RuleCode, TransferStatus

#: Colour of a status; the word is always shown, too.
TONES = {
    TransferStatus.HELD: "yellow",
    TransferStatus.POSTED: "green",
    TransferStatus.CANCELLED: "secondary",
    TransferStatus.RETURNED: "orange",
    TransferStatus.REFUSED: "red",
}


#: Kind of slip by status. A refusal is communicated by a letter, a return by the account's entries.
SLIPS = {
    TransferStatus.HELD: SlipKind.ACCEPTED,
    TransferStatus.POSTED: SlipKind.POSTED,
    TransferStatus.CANCELLED: SlipKind.CANCELLED,
}


@dataclass(frozen=True, slots=True)
class Party:
    """One party of a transfer, masked."""

    name: str
    account_number: str
    bank: str
    bank_name: str = ""
    customer_id: UUID | None = None
    account_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class TransferLine:
    """A transfer as the desk shows it.

    :ivar cancellable: whether it can be cancelled now; the operation decides again under its lock.
    :ivar overdue: whether it is held and its due instant has come.
    :ivar foreseen: why it will not be executed when due, by present facts; None if it will be.
    """

    row: Transfer = field(repr=False)
    id: UUID
    status: str
    status_word: str
    tone: str
    amount_fen: Fen
    channel: str
    payer: Party
    payee: Party
    accepted_at: datetime
    due_at: datetime | None
    rule: str
    delayed: bool
    cancellable: bool
    overdue: bool
    foreseen: Foreseen | None = None

    @property
    def reference(self) -> str:
        """Return the reference number on the slip."""
        return reference_text(self.id)

    @property
    def slip(self) -> SlipKind | None:
        """Return the kind of slip for the present status; None if there is none."""
        return SLIPS.get(TransferStatus(self.status))

    @property
    def is_held(self) -> bool:
        """Return whether the transfer is held."""
        return self.status == TransferStatus.HELD


def lines_of(transfers: Iterable[Transfer], at: datetime) -> list[TransferLine]:
    """Return transfers as lines, with one query for all parties and a few more for held transfers.

    :param at: the bank's present instant.
    """
    found = list(transfers)
    sides = account_sides(each for row in found for each in (row.payer_account_id, row.payee_account_id))
    ahead = find_foreseen_returns(found, at)
    banks = names_of({row.payee_bank_code for row in found})
    return [_line(row, sides, at, ahead.get(row.id), banks.get(row.payee_bank_code, "")) for row in found]


def line_of(transfer: Transfer, at: datetime) -> TransferLine:
    """Return one transfer as a line."""
    return lines_of([transfer], at)[0]


def status_word(status: str, *, to_another_bank: bool) -> str:
    """Return the word for a status; to another bank the money is paid out, and that bank posts it."""
    if to_another_bank and status == TransferStatus.POSTED:
        return str(PAID_OUT)
    return TransferStatus.word(status)


def rule_word(code: str, hold_seconds: int | None) -> str:
    """Return the words for the rule by which a transfer is held or not.

    :param hold_seconds: delay of this transfer by the rule at machines, if any.
    """
    return str(delay_text(hold_seconds)) if hold_seconds and code == RuleCode.ATM_DELAYED else rule_text(code)


def _line(
    row: Transfer, sides: dict[UUID, AccountSide], at: datetime, ahead: Foreseen | None, bank_name: str
) -> TransferLine:
    payer = sides.get(row.payer_account_id) if row.payer_account_id else None
    here = sides.get(row.payee_account_id) if row.payee_account_id else None
    held = row.status == TransferStatus.HELD
    return TransferLine(
        row=row,
        id=row.id,
        status=row.status,
        status_word=status_word(row.status, to_another_bank=bool(row.payee_bank_code)),
        tone=TONES[TransferStatus(row.status)],
        amount_fen=row.amount_fen,
        channel=Channel.word(row.channel),
        payer=Party(
            name=payer.masked_name if payer else "",
            account_number=payer.masked_number if payer else "",
            bank=settings.BANK_CODE,
            customer_id=payer.customer_id if payer else None,
            account_id=row.payer_account_id,
        ),
        payee=Party(
            name=masked(row, "payee_name"),
            account_number=masked(row, "payee_sealed") or masked(row, "payee_account_number"),
            bank=row.payee_bank_code or settings.BANK_CODE,
            bank_name=bank_name,
            customer_id=here.customer_id if here else None,
            account_id=row.payee_account_id,
        ),
        accepted_at=row.accepted_at,
        due_at=row.due_at,
        rule=rule_word(row.rule_code, row.hold_seconds),
        delayed=row.due_at is not None and row.due_at > row.accepted_at,
        cancellable=held and row.due_at is not None and at < row.due_at,
        overdue=held and row.due_at is not None and at >= row.due_at,
        foreseen=ahead,
    )
