"""Whom and what certificates name (认定对象、涉案账户): as each paper has it, written once."""

from django.db import models
from django.db.models import Q

from blacklist.models.certificates import Certificate
from blacklist.models.subjects import Subject
from config.kernel.law.text import Text
from config.kernel.models import UuidModel
from config.kernel.requests.document_types import DOCUMENT_TYPES
from config.kernel.vault.sealed import Indexed, SealedField, account_key


class CertificateSubject(UuidModel):
    """A subject as one certificate writes it: its document and its name there."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="subjects", db_index=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="certificates")
    document_type = models.CharField(
        max_length=20, choices=DOCUMENT_TYPES, verbose_name=Text("证件种类", "Document type")
    )
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    document_number = SealedField(verbose_name=Text("证件号码", "Document number"))
    name = SealedField(verbose_name=Text("姓名或名称", "Name"))
    # Of a correction: since when the paper names it, by the row that it corrects; the database says it.
    since = models.DateTimeField(null=True, editable=False, verbose_name=Text("列名时间", "Named since"))

    class Meta:
        verbose_name = Text("认定书所列对象", "Certificate subject")
        verbose_name_plural = Text("认定书所列对象", "Certificate subjects")
        constraints = [
            models.UniqueConstraint(name="certificate_subject_once", fields=["certificate", "subject"]),
        ]

    def __str__(self) -> str:
        return str(self.id)


class CaseAccount(UuidModel):
    """An account that a certificate names as a case account (涉案账户); an empty bank is this one.

    Named by the number of a card of this bank, it keeps that number sealed and `account_number` empty.
    `card_key` finds the card; a number of this bank that is no account's has one, too: a card that
    comes to bear it later is found at the next decision. At another bank the number stands sealed, too, and is
    found by `outside_key`.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="case_accounts", db_index=False)
    account_number = models.CharField(max_length=34, blank=True, verbose_name=Text("账号", "Account number"))
    card_number = SealedField(null=True, verbose_name=Text("卡号", "Card number"))
    card_key = models.BinaryField(max_length=32, null=True)
    bank_code = models.CharField(max_length=14, blank=True, verbose_name=Text("行号", "Bank code"))
    outside_number = SealedField(
        null=True,
        index=Indexed("outside_key", lambda row: account_key(row.outside_number, row.bank_code)),
        verbose_name=Text("他行账号", "Account number at another bank"),
    )
    outside_key = models.BinaryField(max_length=32, null=True)
    since = models.DateTimeField(null=True, editable=False, verbose_name=Text("列名时间", "Named since"))

    class Meta:
        verbose_name = Text("涉案账户", "Case account")
        verbose_name_plural = Text("涉案账户", "Case accounts")
        constraints = [
            models.UniqueConstraint(
                name="case_account_once",
                fields=["certificate", "account_number", "bank_code"],
                condition=~Q(account_number=""),
            ),
            models.UniqueConstraint(name="case_account_card_once", fields=["certificate", "card_key"]),
            models.UniqueConstraint(name="case_account_outside_once", fields=["certificate", "outside_key"]),
            # Stored as it is compared: an account written in another case is the same account. Sealed
            # alone, it would be found by its key, or not at all.
            models.CheckConstraint(
                name="case_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{1,34}$", card_number=None)
                | Q(account_number="", card_number__isnull=False, card_key__isnull=False)
                | Q(account_number="", card_number=None, outside_number__isnull=False),
            ),
            models.CheckConstraint(
                name="case_account_outside_sealed",
                condition=Q(bank_code="", outside_number=None, outside_key=None)
                | (Q(outside_number__isnull=False, outside_key__isnull=False) & ~Q(bank_code="")),
            ),
            # At another bank the number counts as it was recorded.
            models.CheckConstraint(name="case_account_card_here", condition=Q(bank_code="") | Q(card_key=None)),
            models.CheckConstraint(
                name="case_account_bank_shape", condition=Q(bank_code="") | Q(bank_code__regex=r"^[0-9A-Z]{2,14}$")
            ),
        ]
        indexes = [
            models.Index(name="case_account_by_number", fields=["account_number", "bank_code"]),
            models.Index(name="case_account_by_card", fields=["card_key"], condition=Q(card_key__isnull=False)),
            models.Index(
                name="case_account_by_outside", fields=["outside_key"], condition=Q(outside_key__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def number(self) -> str:
        """Return the number as the paper has it, an account's or a card's, whole."""
        return self.outside_number or self.account_number or str(self.card_number)
