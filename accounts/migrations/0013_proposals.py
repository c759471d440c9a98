from typing import Any

from django.db import migrations, models, transaction
from django.db.models import Q

from config.kernel.online_ddl import AddCheck, ReplaceIndex
from config.kernel.sealed import blind_index

STATUSES = [
    ("pending", "待复核"), ("active", "已生效"), ("rejected", "已拒绝"), ("withdrawn", "已撤回"), ("expired", "已过期"),
]  # fmt: skip
#: Where a row says since when it is in force, by the rule about that.
SINCE = {
    "reverification": ("reverification_in_force_since", "in_force_at"),
    "externalaccount": ("external_account_in_force_since", "in_force_at"),
    "cardexception": ("card_exception_approved_since", "approved_at"),
}
#: What each kind of proposal is about, and where that stands.
KINDS = {
    "freeze_lift": ("accounts_freeze", "x.id::text"),
    "reverification": ("accounts_reverification", "x.customer_id::text"),
    "card_exception": ("accounts_cardexception", "x.account_id::text || '/' || x.product"),
    "document_link": (
        "accounts_document", "x.customer_id::text || '/' || x.type || '/' || encode(x.identity_key, 'hex')",
    ),
}  # fmt: skip
# Of several about one thing all but the newest have lapsed, or they were proposed when that was not looked at: these
# are about their object alone, so that each can still be decided.
ABOUT = """
UPDATE kernel_approval a SET about = CASE told.nth WHEN 1 THEN told.about ELSE a.object_id::text END
FROM (
    SELECT p.id, {about} AS about, row_number() OVER (PARTITION BY {about} ORDER BY p.id DESC) AS nth
    FROM kernel_approval p JOIN {table} x ON x.id = p.object_id
    WHERE p.kind = '{kind}' AND p.status = 'pending' AND p.about IS NULL
) told
WHERE a.id = told.id
"""
WAITING = """
SELECT p.id, p.object_id, x.customer_id, x.account_number, x.bank_code
FROM kernel_approval p JOIN accounts_externalaccount x ON x.id = p.object_id
WHERE p.kind = 'external_account' AND p.status = 'pending' AND p.about IS NULL ORDER BY p.id DESC
"""
TOLD = "UPDATE kernel_approval SET about = %s WHERE id = %s"

# Nobody rejected these: their proposals say that they were never decided and their time is over.
LAPSED = """
UPDATE {table} x SET status = CASE a.status WHEN 'withdrawn' THEN 'withdrawn' ELSE 'expired' END
FROM kernel_approval a
WHERE a.kind = '{kind}' AND a.object_id = x.id AND x.status = 'rejected'
  AND (a.status IN ('expired', 'withdrawn') OR a.status = 'pending' AND a.expires_at <= bank_now())
"""
# Who knows of no other end takes them for rejected; their proposals still tell.
REJECTED = "UPDATE {table} SET status = 'rejected' WHERE status IN ('expired', 'withdrawn')"
TABLES = {
    "reverification": "accounts_reverification",
    "card_exception": "accounts_cardexception",
    "document_link": "accounts_document",
    "external_account": "accounts_externalaccount",
}


def tell_accounts_elsewhere(_apps: Any, editor: Any) -> None:
    """Say what waiting proposals of accounts elsewhere are about: their numbers stand there hashed."""
    told: set[str] = set()
    with transaction.atomic(using=editor.connection.alias), editor.connection.cursor() as cursor:
        cursor.execute(WAITING)
        for row_id, object_id, customer_id, number, bank in cursor.fetchall():
            about = f"{customer_id}/{blind_index('case-account', f'{bank}|{number}').hex()}"
            cursor.execute(TOLD, [str(object_id) if about in told else about, row_id])
            told.add(about)


class Migration(migrations.Migration):
    """What lapsed is expired and what is taken back withdrawn: neither is rejected by anybody."""

    atomic = False
    dependencies = [("accounts", "0012_case_cards"), ("kernel", "0010_proposals")]

    operations = [
        *(
            migrations.AlterField(name, "status", models.CharField(choices=STATUSES, default="pending", max_length=16))
            for name in ("cardexception", "document", "externalaccount", "reverification")
        ),
        *(
            AddCheck(
                name,
                models.CheckConstraint(
                    name=rule,
                    condition=Q(status="active", **{f"{column}__isnull": False})
                    | Q(status__in=["pending", "rejected", "withdrawn", "expired"], **{column: None}),
                ),
            )
            for name, (rule, column) in SINCE.items()
        ),
        ReplaceIndex(
            "document_once_per_customer",
            "accounts_document (customer_id, type, identity_key) WHERE status IN ('pending', 'active')",
            "accounts_document (customer_id, type, identity_key) WHERE NOT (status = 'rejected')",
            unique=True,
            state_operations=[
                migrations.RemoveConstraint("document", "document_once_per_customer"),
                migrations.AddConstraint(
                    "document",
                    models.UniqueConstraint(
                        name="document_once_per_customer",
                        fields=["customer", "type", "identity_key"],
                        condition=Q(status__in=["pending", "active"]),
                    ),
                ),
            ],
        ),
        *(
            migrations.RunSQL(ABOUT.format(kind=kind, table=table, about=about), migrations.RunSQL.noop)
            for kind, (table, about) in KINDS.items()
        ),
        migrations.RunPython(tell_accounts_elsewhere, migrations.RunPython.noop),
        *(
            migrations.RunSQL(LAPSED.format(kind=kind, table=table), REJECTED.format(table=table))
            for kind, table in TABLES.items()
        ),
    ]
