from django.db import migrations

# Two columns that name one customer could contradict each other: limits are counted by the one,
# listings looked up by the other. The pair is a foreign key of its own.
FORWARD = """
ALTER TABLE accounts_identity ADD CONSTRAINT identity_and_customer UNIQUE (id, customer_id);
ALTER TABLE accounts_document ADD CONSTRAINT document_identity_is_its_customers
  FOREIGN KEY (identity_id, customer_id) REFERENCES accounts_identity (id, customer_id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE accounts_account ADD CONSTRAINT account_and_customer UNIQUE (id, customer_id);
ALTER TABLE accounts_card ADD CONSTRAINT card_account_is_its_customers
  FOREIGN KEY (account_id, customer_id) REFERENCES accounts_account (id, customer_id) DEFERRABLE INITIALLY DEFERRED;
"""
BACKWARD = """
ALTER TABLE accounts_card DROP CONSTRAINT card_account_is_its_customers;
ALTER TABLE accounts_account DROP CONSTRAINT account_and_customer;
ALTER TABLE accounts_document DROP CONSTRAINT document_identity_is_its_customers;
ALTER TABLE accounts_identity DROP CONSTRAINT identity_and_customer;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
