"""Case accounts as a paper names them: at this bank by account or by card number, resolved anew at each look."""

from collections.abc import Iterable, Iterator
from enum import Enum, auto
from uuid import UUID

from blacklist.models import CaseAccount, Certificate
from blacklist.operations.customers import Known, known_numbers
from blacklist.vocabulary import THIS_BANK, ReviewReason
from config.kernel.identity.masking import mask_account, mask_card
from config.kernel.law.text import Text
from config.kernel.vault.sealed import account_key, card_key

type Accounts = tuple[tuple[str, str], ...]


class NamedBy(Enum):
    """What a case account's number is now (涉案账号的识别)."""

    ACCOUNT = auto()
    CARD = auto()
    UNKNOWN = auto()
    ELSEWHERE = auto()

    @property
    def words(self) -> str:
        """Return it in the reader's language."""
        return str(_WORDS[self])


_WORDS = {
    NamedBy.ACCOUNT: Text("本行账号", "Account of this bank"),
    NamedBy.CARD: Text("本行卡号", "Card of this bank"),
    NamedBy.UNKNOWN: Text("本行无此账号或卡号", "No account or card of this bank"),
    NamedBy.ELSEWHERE: Text("他行账号", "Account at another bank"),
}


def known_here(accounts: Accounts) -> Known:
    """Return what the numbers of this bank among some are.

    :param accounts: pairs of number and bank code, in the form they are compared in.
    """
    return known_numbers([number for number, bank in accounts if bank == THIS_BANK])


def number_reasons(accounts: Accounts, known: Known) -> tuple[ReviewReason, ...]:
    """Return the reason to look by hand when a number of this bank is neither an account's nor a card's."""
    doubtful = any(bank == THIS_BANK and not known.is_known(number) for number, bank in accounts)
    return (ReviewReason.CASE_ACCOUNT_UNKNOWN,) if doubtful else ()


def case_accounts_of(certificate: Certificate | None, accounts: Accounts, known: Known) -> Iterator[CaseAccount]:
    """Return the rows of what a certificate names; numbers of cards, and of accounts at other banks, are sealed.

    An account's number that is no card's too needs no card's key. What is neither is kept as it came,
    found from the day an account or a card bears it.

    :param certificate: None while it is not there yet.
    """
    for number, bank in accounts:
        row = CaseAccount(certificate=certificate, bank_code=bank)
        if bank == THIS_BANK and (number in known.cards or number not in known.accounts):
            row.card_key = card_key(number)
        if bank != THIS_BANK:
            row.outside_number, row.outside_key = number, account_key(number, bank)
        elif number in known.cards and number not in known.accounts:
            row.card_number = number
        else:
            row.account_number = number
        yield row


def named_by(rows: Iterable[CaseAccount]) -> dict[UUID, NamedBy]:
    """Return what the number of each row is now; asks only about those that were in doubt."""
    found = list(rows)
    known = known_numbers({row.account_number for row in found if _in_doubt(row)})
    return {row.id: _named_by(row, known) for row in found}


def still_unknown(certificate_id: UUID) -> bool:
    """Say whether a certificate names a number of this bank that is neither an account's nor a card's now."""
    rows = CaseAccount.objects.filter(certificate_id=certificate_id, card_key__isnull=False).exclude(account_number="")
    return NamedBy.UNKNOWN in named_by(rows).values()


def shown_number(row: CaseAccount, kind: NamedBy, *, masked: bool = False) -> str:
    """Return a row's number as it may be shown: a card's masked, whoever asks (通告第六条).

    :param kind: what the number is now.
    :param masked: an account's, too.
    """
    if kind is NamedBy.CARD:
        return mask_card(row.number)
    return mask_account(row.number) if masked else row.number


def _named_by(row: CaseAccount, known: Known) -> NamedBy:
    if row.bank_code != THIS_BANK:
        return NamedBy.ELSEWHERE
    if not row.account_number or row.account_number in known.cards:
        return NamedBy.CARD
    return NamedBy.ACCOUNT if not _in_doubt(row) or row.account_number in known.accounts else NamedBy.UNKNOWN


def _in_doubt(row: CaseAccount) -> bool:
    return bool(row.account_number) and row.card_key is not None
