import django.contrib.postgres.fields
from django.db import migrations, models
from django.db.models import Q

import config.kernel.sealed


class Migration(migrations.Migration):
    """A case account named by a card number: the number sealed, the card's key beside it.

    The wider rules hold for every row there is. What older rows name by a card is found out where cards
    are known: the accounts' migration `case_cards`.
    """

    dependencies = [("blacklist", "0004_search_path")]

    operations = [
        migrations.AlterField(
            model_name="certificate",
            name="review_reasons",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(
                    choices=[
                        ("DISTRICT_BRANCH", "认定机关为区分局，是否有权认定存在争议"),
                        ("LEVEL_CONTRADICTS_REGION", "认定机关层级与行政区划代码不符"),
                        ("NAME_DIFFERS", "证件号码与本行客户一致，姓名不一致"),
                        ("CASE_ACCOUNT_UNKNOWN", "所列本行涉案账号既非本行账号，也非本行卡号"),
                    ],
                    max_length=32,
                ),
                default=list,
            ),
        ),
        migrations.AddField(
            model_name="caseaccount", name="card_number", field=config.kernel.sealed.SealedField(null=True)
        ),
        migrations.AddField(
            model_name="caseaccount", name="card_key", field=models.BinaryField(max_length=32, null=True)
        ),
        migrations.AlterField(
            model_name="caseaccount", name="account_number", field=models.CharField(blank=True, max_length=34)
        ),
        migrations.RemoveConstraint(model_name="caseaccount", name="case_account_once"),
        migrations.AddConstraint(
            model_name="caseaccount",
            constraint=models.UniqueConstraint(
                name="case_account_once",
                fields=("certificate", "account_number", "bank_code"),
                condition=~Q(account_number=""),
            ),
        ),
        migrations.AddConstraint(
            model_name="caseaccount",
            constraint=models.UniqueConstraint(name="case_account_card_once", fields=("certificate", "card_key")),
        ),
        migrations.RemoveConstraint(model_name="caseaccount", name="case_account_number_shape"),
        migrations.AddConstraint(
            model_name="caseaccount",
            constraint=models.CheckConstraint(
                name="case_account_number_shape",
                condition=Q(account_number__regex=r"^[0-9A-Z]{1,34}$", card_number=None)
                | Q(account_number="", card_number__isnull=False, card_key__isnull=False),
            ),
        ),
        migrations.AddConstraint(
            model_name="caseaccount",
            constraint=models.CheckConstraint(
                name="case_account_card_here", condition=Q(bank_code="") | Q(card_key=None)
            ),
        ),
        migrations.AddIndex(
            model_name="caseaccount",
            index=models.Index(name="case_account_by_card", fields=["card_key"], condition=Q(card_key__isnull=False)),
        ),
    ]
