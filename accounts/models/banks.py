"""Other banks and their codes, as the operator's file names them (行名行号)."""

from django.db import models
from django.db.models import Q

from config.kernel.law.text import Text


class ListedBank(models.Model):
    """A bank or one of its branches under its code in payments (行名行号). Reference data: loaded, never typed."""

    code = models.CharField(primary_key=True, max_length=12, verbose_name=Text("行号", "Bank code"))
    name = models.CharField(max_length=120, verbose_name=Text("行名", "Bank name"))
    # False once a later file no longer names the bank: it is still shown with old transfers, but no longer offered.
    listed = models.BooleanField(default=True, verbose_name=Text("在列", "Listed"))

    class Meta:
        verbose_name = Text("行名行号", "Bank")
        verbose_name_plural = Text("行名行号", "Directory of banks")
        constraints = [
            models.CheckConstraint(name="listed_bank_code_twelve_digits", condition=Q(code__regex="^[0-9]{12}$")),
            models.CheckConstraint(name="listed_bank_named", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.code
