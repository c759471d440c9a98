"""The limits of accounts and cards (限额)."""

from accounts.vocabulary import AccountClass, AccountKind, account_text
from config.kernel.law.text import Codes, Text


class CleanupLimit(Codes):
    """A limit that a customer may exceed (超出的限额)."""

    BANK_I = "bank_i", account_text(AccountKind.BANK, AccountClass.I)
    BANK_II = "bank_ii", account_text(AccountKind.BANK, AccountClass.II)
    BANK_III = "bank_iii", account_text(AccountKind.BANK, AccountClass.III)
    PAYMENT_III = "payment_iii", account_text(AccountKind.PAYMENT, AccountClass.III)
    CARDS = "cards", Text("借记卡", "Debit cards")
