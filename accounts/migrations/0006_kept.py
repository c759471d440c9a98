from django.db import migrations

from config.kernel.migration_ops import AppendOnly, Kept, SecondPerson, Stands

#: Whose documents, cards, freezes: who would delete one would leave no trace of it.
KEPT = ("customer", "identity", "document", "card", "cardexception", "freeze", "externalaccount", "reverification")
FREEZE = ("account_id", "authority", "order_no", "placed_at", "until")


class Migration(migrations.Migration):
    dependencies = [("accounts", "0005_entries_checked_in_sets"), ("kernel", "0005_decisions_stand")]

    operations = [
        *(Kept(f"accounts_{name}") for name in KEPT),
        AppendOnly("accounts_freezelift"),
        # A lifted freeze that stood again, or one with another end, would be an order nobody has given.
        Stands("accounts_freeze", FREEZE, settled="OLD.lifted_at IS NOT NULL"),
        SecondPerson("accounts_freeze", "NEW.lifted_at IS NOT NULL", "freeze_lift"),
        SecondPerson("accounts_cardexception", "NEW.status = 'active'", "card_exception"),
        SecondPerson("accounts_externalaccount", "NEW.status = 'active'", "external_account"),
        SecondPerson("accounts_reverification", "NEW.status = 'active'", "reverification"),
        SecondPerson("accounts_document", "NEW.status = 'active' AND NOT NEW.is_primary", "document_link"),
    ]
