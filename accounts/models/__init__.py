"""Tables of customers, accounts, cards and the ledger."""

from accounts.models.accounts import Account, CloseOut, Freeze, FreezeLift, InternalAccount, StockBreach
from accounts.models.banks import ListedBank
from accounts.models.cards import Card, CardException, LossReport
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
from accounts.models.identity_changes import (
    ConflictReview,
    DocumentRenewal,
    DocumentWithdrawal,
    ExternalAccountWithdrawal,
    MovedRow,
    NameChange,
    SamePerson,
)
from accounts.models.particulars import AccountTelling, BeneficialOwner, CustomerParticulars
from accounts.models.set_aside import ImpostorDeclaration, SetAsidePayment

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
    "ImpostorDeclaration",
    "InternalAccount",
    "InternalSum",
    "LegalRepresentative",
    "ListedBank",
    "LossReport",
    "MovedRow",
    "NameChange",
    "Reverification",
    "SamePerson",
    "SetAsidePayment",
    "StockBreach",
]
