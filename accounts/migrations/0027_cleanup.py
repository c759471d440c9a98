import django.db.models.deletion
from django.db import migrations, models

import config.kernel.ids
import config.kernel.sealed
from config.kernel.migration_ops import AppendOnly, ColumnsStand, Kept, SecondPersonSince

MOMENT = "SET LOCAL lock_timeout = '2s'"
SAYS = (
    "item_id",
    "way",
    "to_account_id",
    "cards",
    "to_class",
    "undoes_id",
    "reason",
    "asked_at",
)
#: What was done by a campaign stands nowhere else.
UNLESS_STARTED = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM accounts_cleanupcampaign) THEN
    RAISE EXCEPTION 'a campaign was started: the version before runs beside its tables, which stay';
  END IF;
END $$
"""


class Migration(migrations.Migration):
    """Tables of the clean-up of stock. Back again it does not go once a campaign was started."""

    dependencies = [
        ("accounts", "0026_withdrawals"),
        ("kernel", "0022_drafts"),
    ]

    operations = [
        migrations.RunSQL(MOMENT, MOMENT),
        migrations.AddField(
            model_name="account",
            name="branch",
            field=models.CharField(blank=True, db_default="", default="", max_length=20),
        ),
        migrations.AddField("account", "last_used_on", models.DateField(null=True)),
        migrations.CreateModel(
            name="CleanupCampaign",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("as_of", models.DateTimeField()),
                ("deadline", models.DateField()),
                ("sealed_at", models.DateTimeField(null=True)),
                (
                    "sealed_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
                (
                    "started_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CleanupCase",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("branch", models.CharField(blank=True, max_length=20)),
                ("excess_accounts", models.PositiveIntegerField()),
                ("excess_cards", models.PositiveIntegerField()),
                ("deadline", models.DateField(null=True)),
                (
                    "assignee",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="cases", to="accounts.cleanupcampaign"
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cleanup_cases",
                        to="accounts.customer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CleanupAttachment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("name", config.kernel.sealed.SealedField()),
                ("media_type", models.CharField(max_length=40)),
                ("content", config.kernel.sealed.SealedField()),
                ("digest", models.CharField(max_length=64)),
                ("size", models.PositiveIntegerField()),
                ("at", models.DateTimeField()),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachments",
                        to="accounts.cleanupcase",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CleanupContact",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=12)),
                ("result", models.CharField(max_length=12)),
                ("text", config.kernel.sealed.SealedField()),
                ("at", models.DateTimeField()),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="contacts", to="accounts.cleanupcase"
                    ),
                ),
                (
                    "principal",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="kernel.principal"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CleanupItem",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("limit", models.CharField(max_length=12)),
                ("rank", models.PositiveIntegerField()),
                ("beyond", models.BooleanField()),
                ("opened_at", models.DateTimeField()),
                ("last_used_at", models.DateTimeField(null=True)),
                ("balance_fen", models.BigIntegerField()),
                ("by_agent", models.BooleanField()),
                (
                    "account",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cleanup_items",
                        to="accounts.account",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="cleanup_items",
                        to="accounts.card",
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="items", to="accounts.cleanupcase"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="CleanupAction",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        default=config.kernel.ids.new_id, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("way", models.CharField(max_length=12)),
                ("cards", models.CharField(blank=True, max_length=8)),
                ("to_class", models.CharField(blank=True, max_length=4)),
                ("amount_fen", models.BigIntegerField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("reason", config.kernel.sealed.SealedField()),
                ("status", models.CharField(default="pending", max_length=16)),
                ("asked_at", models.DateTimeField()),
                ("in_force_at", models.DateTimeField(null=True)),
                (
                    "to_account",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.account"
                    ),
                ),
                (
                    "undoes",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="undone_by",
                        to="accounts.cleanupaction",
                    ),
                ),
                (
                    "item",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="actions", to="accounts.cleanupitem"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint(
            model_name="cleanupcampaign",
            constraint=models.UniqueConstraint(
                models.Value(1, output_field=models.SmallIntegerField()),
                condition=models.Q(("sealed_at", None)),
                name="cleanup_campaign_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupcampaign",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("sealed_at", None), ("sealed_by", None)),
                    models.Q(("sealed_at__gte", models.F("as_of")), ("sealed_by__isnull", False)),
                    _connector="OR",
                ),
                name="cleanup_campaign_sealed_by_somebody",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupcase",
            constraint=models.UniqueConstraint(fields=("campaign", "customer"), name="cleanup_case_once"),
        ),
        migrations.AddConstraint(
            model_name="cleanupcase",
            constraint=models.CheckConstraint(
                condition=models.Q(("excess_accounts__gt", 0), ("excess_cards__gt", 0), _connector="OR"),
                name="cleanup_case_has_excess",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupattachment",
            constraint=models.CheckConstraint(condition=models.Q(("size__gt", 0)), name="cleanup_attachment_not_empty"),
        ),
        migrations.AddConstraint(
            model_name="cleanupcontact",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("kind__in", ["note", "phone", "letter", "message", "visit"]),
                    ("result__in", ["none", "reached", "not_reached", "will_come", "refused"]),
                ),
                name="cleanup_contact_known",
            ),
        ),
        migrations.AddIndex(
            model_name="cleanupitem",
            index=models.Index(fields=["limit", "case"], name="cleanup_item_of_limit"),
        ),
        migrations.AddConstraint(
            model_name="cleanupitem",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("account", None), ("card__isnull", False), ("limit", "cards")),
                    models.Q(models.Q(("limit", "cards"), _negated=True), ("account__isnull", False), ("card", None)),
                    _connector="OR",
                ),
                name="cleanup_item_one_thing",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupitem",
            constraint=models.CheckConstraint(
                condition=models.Q(("limit__in", ["bank_i", "bank_ii", "bank_iii", "payment_iii", "cards"])),
                name="cleanup_item_limit_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupitem",
            constraint=models.UniqueConstraint(fields=("case", "limit", "rank"), name="cleanup_item_rank_once"),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("in_force_at__isnull", False), ("status", "active")),
                    models.Q(("in_force_at", None), ("status__in", ("pending", "rejected", "withdrawn", "expired"))),
                    _connector="OR",
                ),
                name="cleanup_action_in_force_since",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(("way__in", ["explain", "merge", "downgrade", "cancel", "stop", "keep", "undo"])),
                name="cleanup_action_way_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("cards__in", ["move", "cancel"]),
                        ("to_account__isnull", False),
                        ("to_class", ""),
                        ("way", "merge"),
                    ),
                    models.Q(
                        ("cards", ""), ("to_account", None), ("to_class__in", ["I", "II", "III"]), ("way", "downgrade")
                    ),
                    models.Q(
                        ("cards", ""),
                        ("to_account", None),
                        ("to_class", ""),
                        ("way__in", ["explain", "cancel", "stop", "keep", "undo"]),
                    ),
                    _connector="OR",
                ),
                name="cleanup_action_says_whereto",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("undoes__isnull", False), ("way", "undo")),
                    models.Q(models.Q(("way", "undo"), _negated=True), ("undoes", None)),
                    _connector="OR",
                ),
                name="cleanup_action_undo_names_what",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("amount_fen__gte", 0), ("amount_fen__isnull", False), ("status", "active"), ("way", "merge")
                    ),
                    models.Q(
                        models.Q(
                            models.Q(("way", "merge"), _negated=True),
                            models.Q(("status", "active"), _negated=True),
                            _connector="OR",
                        ),
                        ("amount_fen", None),
                    ),
                    _connector="OR",
                ),
                name="cleanup_action_merge_says_amount",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("undone_at", None),
                    models.Q(("status", "active"), ("undone_at__gte", models.F("in_force_at"))),
                    _connector="OR",
                ),
                name="cleanup_action_undone_was_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "pending")), fields=("item",), name="cleanup_action_one_open"
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "active"), ("undone_at", None), models.Q(("way", "undo"), _negated=True)),
                fields=("item",),
                name="cleanup_action_one_in_force",
            ),
        ),
        migrations.AddConstraint(
            model_name="cleanupaction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("status", "active"), ("way", "undo")),
                fields=("undoes",),
                name="cleanup_action_undone_once",
            ),
        ),
        Kept("accounts_cleanupcampaign"),
        Kept("accounts_cleanupcase"),
        Kept("accounts_cleanupaction"),
        AppendOnly("accounts_cleanupitem"),
        AppendOnly("accounts_cleanupcontact"),
        AppendOnly("accounts_cleanupattachment"),
        ColumnsStand("accounts_cleanupcampaign", ("name", "as_of", "started_by_id")),
        ColumnsStand(
            "accounts_cleanupcampaign",
            ("sealed_at", "sealed_by_id", "deadline"),
            "OLD.sealed_at IS NOT NULL",
            "settled",
        ),
        ColumnsStand("accounts_cleanupcase", ("campaign_id", "customer_id", "excess_accounts", "excess_cards")),
        ColumnsStand("accounts_cleanupaction", SAYS),
        ColumnsStand(
            "accounts_cleanupaction", ("status", "in_force_at", "amount_fen"), "OLD.status <> 'pending'", "settled"
        ),
        ColumnsStand("accounts_cleanupaction", ("undone_at",), "OLD.undone_at IS NOT NULL", "undone"),
        SecondPersonSince("accounts_cleanupaction", "NEW.status = 'active'", "cleanup_action", "in_force_at"),
        migrations.RunSQL(migrations.RunSQL.noop, UNLESS_STARTED),
    ]
