"""Tables of customers, accounts, cards and the ledger."""

from accounts.cleanup.models import (
    CardMove,
    CleanupAction,
    CleanupAttachment,
    CleanupCampaign,
    CleanupCase,
    CleanupContact,
    CleanupItem,
    CleanupOutcome,
)
from accounts.letters.models import Letter, LetterDelivery, LetterPrint
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
from accounts.stock.models import StockFile, StockImport, StockUpload
from accounts.till.models import CashBox, CashCount, CashMovement, CashReversal, CounterCash

__all__ = [
    "Account",
    "AccountTelling",
    "BeneficialOwner",
    "Card",
    "CardException",
    "CardMove",
    "CashBox",
    "CashCount",
    "CashMovement",
    "CashReversal",
    "CleanupAction",
    "CleanupAttachment",
    "CleanupCampaign",
    "CleanupCase",
    "CleanupContact",
    "CleanupItem",
    "CleanupOutcome",
    "CloseOut",
    "ConflictReview",
    "CounterCash",
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
    "Letter",
    "LetterDelivery",
    "LetterPrint",
    "ListedBank",
    "LossReport",
    "MovedRow",
    "NameChange",
    "Reverification",
    "SamePerson",
    "StockBreach",
    "StockFile",
    "StockImport",
    "StockUpload",
]
