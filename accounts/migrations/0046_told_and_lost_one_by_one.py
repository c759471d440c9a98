from django.db import migrations

from config.kernel.migration_ops import SEARCH_PATH

# Triggers after a row run once all that the command writes is written: only there is it seen whether a row beside it
# says the same account or card anew. An account that is written by the command that tells about it would be written once
# more in between, and entries of that command no longer be found by the command that wrote its balance.
TOLD = f"""
CREATE OR REPLACE FUNCTION accounts_telling_holds() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  UPDATE accounts_account a SET unit_kind = NEW.unit_kind, purpose = NEW.purpose
  FROM accounts_accounttelling t
  WHERE a.id = NEW.account_id AND t.id = NEW.id AND (a.xmin = t.xmin AND a.cmin = t.cmin) IS NOT TRUE
    AND a.unit_kind IS NOT DISTINCT FROM NEW.was_unit_kind AND a.purpose IS NOT DISTINCT FROM NEW.was_purpose;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'an account is told about once, by a command that does not write it' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'account_telling_alone', TABLE = 'accounts_accounttelling';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
TOLD_BEFORE = f"""
CREATE OR REPLACE FUNCTION accounts_telling_holds() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  UPDATE accounts_account SET unit_kind = NEW.unit_kind, purpose = NEW.purpose WHERE id = NEW.account_id;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
LOST = f"""
CREATE OR REPLACE FUNCTION accounts_loss_stops() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  UPDATE accounts_card c SET status = CASE c.status WHEN 'stopped' THEN 'stopped' ELSE 'lost' END,
    lost_until = NEW.lapses_at
  WHERE c.id = NEW.card_id AND (
    c.status IN ('issued', 'active')
    OR c.status = 'stopped' AND c.lost_until IS NOT NULL AND NEW.kind = 'formal'
    OR c.status = 'lost' AND c.lost_until IS NOT NULL
       AND (NEW.kind = 'formal' OR c.lost_until <= least(NEW.at, bank_now())));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'what is lost is made formal, and not prolonged' USING ERRCODE = 'check_violation',
      CONSTRAINT = 'loss_report_not_prolonged', TABLE = 'accounts_lossreport';
  END IF;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants
LOST_BEFORE = f"""
CREATE OR REPLACE FUNCTION accounts_loss_stops() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  UPDATE accounts_card c SET status = CASE c.status WHEN 'stopped' THEN 'stopped' ELSE 'lost' END,
    lost_until = NEW.lapses_at WHERE c.id = NEW.card_id;
  RETURN NULL;
END $$
"""  # noqa: S608 - constants


class Migration(migrations.Migration):
    """What is told of an account and a report of a loss are judged once more when their command is done.

    What one command left before is told by the proof: a balance is what its entries add up to.
    """

    dependencies = [("accounts", "0045_accounts_begin_beside_entries")]

    operations = [migrations.RunSQL(TOLD, TOLD_BEFORE), migrations.RunSQL(LOST, LOST_BEFORE)]
