import django.db.models.deletion
from django.db import migrations, models
from django.db.models import F, Q

from config.kernel.ids import new_id
from config.kernel.migration_ops import ColumnsStand, Kept
from config.kernel.sealed import SealedField

MOMENT = "SET LOCAL lock_timeout = '2s'"
STATUSES = [
    ("pending", "待复核"), ("active", "已生效"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip
ENDED = ("status", "in_force_at", "reverified_at")
SAYS = ("customer_id", "other_id", "decision", "evidence", "asked_at")


def customer(related_name: str) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name=related_name, to="accounts.customer"
    )


class Migration(migrations.Migration):
    """That two customers are one person, or two, is kept as two persons decided it."""

    dependencies = [("accounts", "0020_document_renewals"), ("kernel", "0015_approvals_begin_pending")]

    operations = [
        migrations.RunSQL(MOMENT, MOMENT),
        migrations.CreateModel(
            name="SamePerson",
            fields=[
                ("id", models.UUIDField(default=new_id, editable=False, primary_key=True, serialize=False)),
                ("decision", models.CharField(choices=[("same", "同一人"), ("different", "非同一人")], max_length=12)),
                ("evidence", SealedField()),
                ("status", models.CharField(choices=STATUSES, default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                ("reverified_at", models.DateTimeField(null=True)),
                ("customer", customer("same_persons")),
                ("other", customer("same_persons_as_other")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        name="same_person_in_force_since",
                        condition=Q(status="active", in_force_at__isnull=False)
                        | Q(status__in=["pending", "rejected", "withdrawn", "expired"], in_force_at=None),
                    ),
                    models.CheckConstraint(name="same_person_of_two", condition=~Q(customer=F("other"))),
                    models.CheckConstraint(
                        name="same_person_decision_known", condition=Q(decision__in=["same", "different"])
                    ),
                    models.CheckConstraint(
                        name="same_person_reverified_of_one",
                        condition=Q(reverified_at=None) | Q(decision="same", status="active"),
                    ),
                    models.UniqueConstraint(
                        name="same_person_merged_once", fields=["other"], condition=Q(decision="same", status="active")
                    ),
                ],
            },
        ),
        Kept("accounts_sameperson"),
        ColumnsStand("accounts_sameperson", SAYS),
        ColumnsStand("accounts_sameperson", ENDED, "OLD.status <> 'pending'", "settled"),
    ]
