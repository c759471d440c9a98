"""Tables of persons, organizations and accounts that certificates name (认定对象、涉案账户).

They need not be customers. A person or organization is one `Subject`; a `CertificateSubject` keeps how each
certificate names it.
"""

from datetime import date

from django.db import models
from django.db.models import Q

from blacklist.models.certificates import Certificate
from blacklist.vocabulary import SubjectKind
from config.kernel.identity.documents import identity_of
from config.kernel.identity.faults import NameFault
from config.kernel.identity.masking import Unreadable, mask_account, mask_card, mask_document, mask_name
from config.kernel.identity.names import normalise_name
from config.kernel.law.text import Text
from config.kernel.models import CodeField, UuidModel
from config.kernel.requests.documents import DOCUMENT_TYPES
from config.kernel.vault.masked import MaskedCharField
from config.kernel.vault.sealed import Indexed, SealedField, account_key, blind_index, identity_key, person_key


def subject_name_key(name: str) -> bytes:
    """Return the search key of a subject's name; all spellings of the name give the same key.

    It differs from the key of a customer with the same name, so the two tables cannot be matched by it.
    """
    return blind_index("subject-name", normalise_name(name))


def subject_match_key(name: str, born: date | None) -> bytes | None:
    """Return the key of a name and the document's birth date; None if one of them is unknown.

    Customers have the same key, so that a person who comes with another document is found.
    """
    if born is None or isinstance(name, Unreadable):
        return None
    try:
        return person_key(name, born)
    except NameFault:
        # The present rules refuse this older name.
        return None


class Subject(UuidModel):
    """One person or organization (认定对象), identified by the identity behind a document.

    All documents with one citizen number are one subject. Number and name are stored encrypted, as first written, so
    that an authorized person can read them and the index keys can be computed again.
    """

    identity_key = models.BinaryField(max_length=32)
    kind = CodeField(SubjectKind, Text("对象类别", "Kind of subject"), max_length=12)
    document_type = CodeField(DOCUMENT_TYPES, Text("证件种类", "Document type"), max_length=20)
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    document_number = SealedField(
        index=Indexed(
            "identity_key",
            lambda row: identity_key(identity_of(row.document_type, row.document_number, row.country)),
        ),
        mask=mask_document,
        verbose_name=Text("证件号码", "Document number"),
    )
    name = SealedField(
        index=Indexed("name_index", lambda row: subject_name_key(row.name)),
        mask=mask_name,
        verbose_name=Text("姓名或名称", "Name"),
    )
    name_index = models.BinaryField(max_length=32, db_index=True)
    # A hint, not a proof: finds a listed person who comes with another document, by name and birth date. Null if the
    # number has no birth date.
    match_key = models.BinaryField(max_length=32, null=True)

    class Meta:
        verbose_name = Text("认定对象", "Subject")
        verbose_name_plural = Text("认定对象", "Subjects")
        constraints = [
            # With two rows for one person, a revocation of one would leave the other listed.
            models.UniqueConstraint(name="subject_identity_once", fields=["identity_key"]),
            # An organization's document is a credit code; a person's never is.
            models.CheckConstraint(
                name="subject_kind_fits_document",
                condition=Q(kind="organization", document_type="uscc")
                | (Q(kind="individual") & ~Q(document_type="uscc")),
            ),
            models.CheckConstraint(
                name="subject_country_with_passport",
                condition=(Q(document_type="passport") & ~Q(country=""))
                | (~Q(document_type="passport") & Q(country="")),
            ),
        ]
        indexes = [
            models.Index(name="subject_by_match", fields=["match_key"], condition=Q(match_key__isnull=False)),
        ]


class CertificateSubject(UuidModel):
    """A subject as one certificate names it: with the document and the name given there."""

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="subjects", db_index=False)
    subject = models.ForeignKey(Subject, on_delete=models.PROTECT, related_name="certificates")
    document_type = CodeField(DOCUMENT_TYPES, Text("证件种类", "Document type"), max_length=20)
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    document_number = SealedField(mask=mask_document, verbose_name=Text("证件号码", "Document number"))
    name = SealedField(mask=mask_name, verbose_name=Text("姓名或名称", "Name"))
    # For a correction: the instant since which this subject is named, taken by the database from the corrected row.
    since = models.DateTimeField(null=True, editable=False, verbose_name=Text("列名时间", "Named since"))

    class Meta:
        verbose_name = Text("认定书所列对象", "Certificate subject")
        verbose_name_plural = Text("认定书所列对象", "Certificate subjects")
        constraints = [
            models.UniqueConstraint(name="certificate_subject_once", fields=["certificate", "subject"]),
        ]


class CaseAccount(UuidModel):
    """A case account that a certificate names (涉案账户); an empty bank code is this bank.

    If it is named by a card number of this bank, the number is stored encrypted, `account_number` is empty, and
    `card_key` finds the card. A number of this bank that is no account also has a `card_key`: a card issued later
    under this number is found at the next decision. A number at another bank is encrypted too and found by
    `outside_key`.
    """

    certificate = models.ForeignKey(Certificate, on_delete=models.PROTECT, related_name="case_accounts", db_index=False)
    account_number = MaskedCharField(
        max_length=34, blank=True, mask=mask_account, verbose_name=Text("账号", "Account number")
    )
    card_number = SealedField(null=True, mask=mask_card, verbose_name=Text("卡号", "Card number"))
    card_key = models.BinaryField(max_length=32, null=True)
    bank_code = models.CharField(max_length=14, blank=True, verbose_name=Text("行号", "Bank code"))
    outside_number = SealedField(
        null=True,
        index=Indexed("outside_key", lambda row: account_key(row.outside_number, row.bank_code)),
        mask=mask_account,
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
            # Stored normalized for comparison: an account number in another case is the same account. If it is
            # encrypted, it is found by its key or not at all.
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

    @property
    def number(self) -> str:
        """Return the full number that the certificate states, of an account or of a card."""
        return self.outside_number or self.account_number or str(self.card_number)
