from django.db import migrations

from config.kernel.online_ddl import AddForeignKey, AddUniqueKey


class Migration(migrations.Migration):
    """Two columns that name one customer could contradict each other.

    Limits are counted by the one, listings looked up by the other. The pair is a foreign key of its own.
    """

    atomic = False
    dependencies = [("accounts", "0001_initial")]

    operations = [
        AddUniqueKey("identity_and_customer", "accounts_identity", "id", "customer_id"),
        AddForeignKey(
            "document_identity_is_its_customers",
            "accounts_document",
            "(identity_id, customer_id) REFERENCES accounts_identity (id, customer_id) DEFERRABLE INITIALLY DEFERRED",
        ),
        AddUniqueKey("account_and_customer", "accounts_account", "id", "customer_id"),
        AddForeignKey(
            "card_account_is_its_customers",
            "accounts_card",
            "(account_id, customer_id) REFERENCES accounts_account (id, customer_id) DEFERRABLE INITIALLY DEFERRED",
        ),
    ]
