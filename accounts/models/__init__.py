"""Tables of customers, accounts, cards and the ledger."""

from accounts.models.accounts import Account, Freeze, FreezeLift, InternalAccount
from accounts.models.banks import ListedBank
from accounts.models.breaches import StockBreach
from accounts.models.cards import Card, CardException
from accounts.models.close_outs import CloseOut
from accounts.models.conflicts import ConflictReview
from accounts.models.customers import (
    Customer,
    Document,
    ExternalAccount,
    Identity,
    IdentityCheck,
    IdentityConflict,
    ImportBatch,
    LegalRepresentative,
    Reverification,
)
from accounts.models.entries import Entry, InternalSum
from accounts.models.losses import LossReport
from accounts.models.names import NameChange
from accounts.models.particulars import BeneficialOwner, CustomerParticulars
from accounts.models.renewals import DocumentRenewal
from accounts.models.sameness import MovedRow, SamePerson
from accounts.models.tellings import AccountTelling
from accounts.models.withdrawals import DocumentWithdrawal, ExternalAccountWithdrawal

__all__ = [
    "Account",
    "AccountTelling",
    "BeneficialOwner",
    "Card",
    "CardException",
    "CloseOut",
    "ConflictReview",
    "Customer",
    "CustomerParticulars",
    "Document",
    "DocumentRenewal",
    "DocumentWithdrawal",
    "Entry",
    "ExternalAccount",
    "ExternalAccountWithdrawal",
    "Freeze",
    "FreezeLift",
    "Identity",
    "IdentityCheck",
    "IdentityConflict",
    "ImportBatch",
    "InternalAccount",
    "InternalSum",
    "LegalRepresentative",
    "ListedBank",
    "LossReport",
    "MovedRow",
    "NameChange",
    "Reverification",
    "SamePerson",
    "StockBreach",
]
