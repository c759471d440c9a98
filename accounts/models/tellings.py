"""What accounts are told to be for after they were opened (账户种类、用途的登记和变更)."""

from django.db import models
from django.db.models import F, Q

from accounts.models.accounts import Account
from accounts.vocabulary.particulars import Purpose, UnitAccountKind
from config.kernel.law.text import Text
from config.kernel.models import Principal, UuidModel


class AccountTelling(UuidModel):
    """The kind of a unit's account or the purpose of an individual's, told anew or for the first time. Append-only.

    The account says what was told last, by a trigger; what it said before stands here.

    :ivar was_unit_kind: what the account said until then, likewise `was_purpose`; None where nothing had been told.
    """

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tellings", db_index=False)
    at = models.DateTimeField(verbose_name=Text("登记时间", "Recorded"))
    principal = models.ForeignKey(
        Principal, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=Text("经办人", "Taken by")
    )
    unit_kind = models.CharField(
        max_length=10, null=True, choices=UnitAccountKind, verbose_name=Text("单位账户种类", "Kind of unit account")
    )
    purpose = models.CharField(
        max_length=12, null=True, choices=Purpose, verbose_name=Text("账户用途", "Purpose of the account")
    )
    was_unit_kind = models.CharField(
        max_length=10, null=True, choices=UnitAccountKind, verbose_name=Text("原单位账户种类", "Kind before")
    )
    was_purpose = models.CharField(
        max_length=12, null=True, choices=Purpose, verbose_name=Text("原账户用途", "Purpose before")
    )

    class Meta:
        verbose_name = Text("账户种类或用途登记", "Kind or purpose of an account as told later")
        verbose_name_plural = Text("账户种类或用途登记", "Kinds and purposes of accounts as told later")
        constraints = [
            models.CheckConstraint(
                name="account_telling_of_one",
                condition=Q(unit_kind__isnull=False, purpose=None, was_purpose=None)
                | Q(purpose__isnull=False, unit_kind=None, was_unit_kind=None),
            ),
            models.CheckConstraint(
                name="account_telling_changes",
                condition=Q(unit_kind__isnull=False, was_unit_kind=None)
                | Q(purpose__isnull=False, was_purpose=None)
                | (Q(unit_kind__isnull=False, was_unit_kind__isnull=False) & ~Q(unit_kind=F("was_unit_kind")))
                | (Q(purpose__isnull=False, was_purpose__isnull=False) & ~Q(purpose=F("was_purpose"))),
            ),
        ]
        indexes = [models.Index(name="account_telling_of_account", fields=["account", "-at"])]

    def __str__(self) -> str:
        return str(self.id)
