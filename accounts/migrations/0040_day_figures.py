from django.db import migrations, models
from django.db.models import Q

from config.kernel.online_ddl import AddIndex


class Migration(migrations.Migration):
    """A day's openings, closings and cards, and the freezes that end, are counted without reading whole tables."""

    atomic = False
    dependencies = [("accounts", "0039_cash_boxes")]

    operations = [
        AddIndex("account", models.Index(name="account_opened", fields=["opened_at"], condition=Q(import_batch=None))),
        AddIndex(
            "account", models.Index(name="account_closed", fields=["closed_at"], condition=Q(closed_at__isnull=False))
        ),
        AddIndex("card", models.Index(name="card_issued", fields=["issued_at"], condition=Q(import_batch=None))),
        AddIndex(
            "customer", models.Index(name="customer_created", fields=["created_at"], condition=Q(import_batch=None))
        ),
        AddIndex(
            "freeze",
            models.Index(name="freeze_ending", fields=["until"], condition=Q(lifted_at=None, until__isnull=False)),
        ),
    ]
