"""Persons and organizations that certificates name, whether they are customers or not."""

from datetime import date

from django.db import models
from django.db.models import Q

from blacklist.vocabulary import SubjectKind
from config.kernel.identity.documents import identity_of
from config.kernel.identity.faults import NameFault
from config.kernel.identity.names import normalise_name
from config.kernel.identity.unreadable import Unreadable
from config.kernel.law.text import Text
from config.kernel.models import UuidModel
from config.kernel.requests.document_types import DOCUMENT_TYPES
from config.kernel.vault.sealed import Indexed, SealedField, blind_index, identity_key, person_key


def subject_name_key(name: str) -> bytes:
    """Return the key under which a named person or organization is found again, the same for all spellings of the name.

    It is none of the customers' keys: nobody is found in both by comparing them.
    """
    return blind_index("subject-name", normalise_name(name))


def subject_match_key(name: str, born: date | None) -> bytes | None:
    """Return the key of a name and the birth date that the document tells; None where one of the two is not known.

    It is the customers' own: a person who comes with another document is found by it.
    """
    if born is None or isinstance(name, Unreadable):
        return None
    try:
        return person_key(name, born)
    except NameFault:
        # Today's rules would not take the name.
        return None


class Subject(UuidModel):
    """One person or organization (认定对象), known by the identity behind a document.

    The documents with one citizen number are one subject. The number and the name are kept sealed
    beside the key, as first written, so that they can be read by whoever may and keyed anew.
    """

    identity_key = models.BinaryField(max_length=32)
    kind = models.CharField(max_length=12, choices=SubjectKind, verbose_name=Text("对象类别", "Kind of subject"))
    document_type = models.CharField(
        max_length=20, choices=DOCUMENT_TYPES, verbose_name=Text("证件种类", "Document type")
    )
    country = models.CharField(max_length=3, blank=True, verbose_name=Text("国家或地区", "Country"))
    document_number = SealedField(
        index=Indexed(
            "identity_key",
            lambda row: identity_key(identity_of(row.document_type, row.document_number, row.country)),
        ),
        verbose_name=Text("证件号码", "Document number"),
    )
    name = SealedField(
        index=Indexed("name_index", lambda row: subject_name_key(row.name)),
        verbose_name=Text("姓名或名称", "Name"),
    )
    name_index = models.BinaryField(max_length=32, db_index=True)
    # A listed person who comes with another document is found by name and birth date, as a hint, never as proof. None
    # where the number tells no birth date.
    match_key = models.BinaryField(max_length=32, null=True)

    class Meta:
        verbose_name = Text("认定对象", "Subject")
        verbose_name_plural = Text("认定对象", "Subjects")
        constraints = [
            # Two rows for one person would let a revocation of the one leave the other listed.
            models.UniqueConstraint(name="subject_identity_once", fields=["identity_key"]),
            # An organization's document is a credit code and a person's never is.
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

    def __str__(self) -> str:
        return str(self.id)
