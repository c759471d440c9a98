"""Natural persons of the bank's staff: known by their staff number, whatever they sign in as or act as."""

from django.conf import settings
from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Text
from config.kernel.models.base import UuidModel

STAFF_NUMBER_MAX = 20
#: Letters, digits and hyphens, upper case: one person is written in one way.
STAFF_NUMBER = r"^[A-Z0-9](?:[A-Z0-9-]{0,18}[A-Z0-9])?$"


class Person(UuidModel):
    """One natural person (自然人): whoever acts under two names is still one, and no second person to himself.

    Makers and checkers are compared by it. It never changes who signs in as somebody.
    """

    staff_number = models.CharField(max_length=STAFF_NUMBER_MAX, unique=True, verbose_name=Text("工号", "Staff number"))
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="person",
        verbose_name=Text("用户", "User"),
    )
    created_at = models.DateTimeField(db_default=Now(), verbose_name=Text("建立时间", "Created"))

    class Meta:
        verbose_name = Text("人员", "Person")
        verbose_name_plural = Text("人员", "People")
        constraints = [
            models.CheckConstraint(
                name="person_staff_number_written_once", condition=models.Q(staff_number__regex=STAFF_NUMBER)
            ),
        ]

    def __str__(self) -> str:
        return self.staff_number
