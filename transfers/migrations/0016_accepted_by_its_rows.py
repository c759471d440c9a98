from django.db import migrations, models
from django.db.models import Q

from config.kernel.migration_ops import SEARCH_PATH
from config.kernel.online_ddl import AddCheck

MOMENT = "SET LOCAL lock_timeout = '2s'"
#: What was accepted: nothing of it ever changes. All else is the outcome, or how a release went on.
ACCEPTED = (
    "amount_fen", "payer_account_id", "payee_account_id", "payee_internal_id", "accepted_at", "due_at", "hold_seconds",
    "channel", "arrival", "made_by_id", "payer_card_id", "payee_account_number", "payee_bank_code", "payee_name",
    "memo", "screen_evidence", "same_holder", "rule_code", "rule_clause", "rule_profile",
)  # fmt: skip
OUTCOME = ("settled_at", "ended_at", "outcome_code", "cancel_reason")
PARKING = ("attempts", "parked_until", "parked_reason")


def changed(*columns: str) -> str:
    """Return the condition that one of some columns changes."""
    new, old = (", ".join(f"{row}.{each}" for each in columns) for row in ("NEW", "OLD"))
    return f"({new}) IS DISTINCT FROM ({old})"


# An update that names no accepted column does not even look at them.
MOVES = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')) THEN
    RAISE EXCEPTION 'no transfer moves from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_moves', TABLE = 'transfers_transfer';
  END IF;
  RAISE EXCEPTION 'an outcome is written once, with the step that brings it'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_outcome_stands', TABLE = 'transfers_transfer';
END $$;
CREATE OR REPLACE FUNCTION transfers_transfer_stands() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  RAISE EXCEPTION 'what was accepted never changes'
    USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_accepted_stands', TABLE = 'transfers_transfer';
END $$;
CREATE OR REPLACE FUNCTION transfers_transfer_parked() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.attempts NOT IN (0, OLD.attempts, least(OLD.attempts + 1, 32767))
     OR NEW.parked_until > greatest(bank_now(), NEW.due_at) + interval '24 hours'
     OR (NEW.parked_until IS NULL AND OLD.parked_until IS NOT NULL) THEN
    RAISE EXCEPTION 'a transfer is set aside once more and for a while'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_parked_for_a_while', TABLE = 'transfers_transfer';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER transfers_transfer_moves ON transfers_transfer;
CREATE TRIGGER transfers_transfer_moves BEFORE UPDATE OF status, {", ".join(OUTCOME + PARKING)} ON transfers_transfer
  FOR EACH ROW WHEN (
    (NEW.status <> OLD.status AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')))
    OR (NEW.status = OLD.status AND {changed(*OUTCOME)})
    OR (OLD.status <> 'held' AND {changed(*PARKING)})
  ) EXECUTE FUNCTION transfers_transfer_moves();
CREATE OR REPLACE TRIGGER transfers_transfer_stands BEFORE UPDATE OF {", ".join(ACCEPTED)} ON transfers_transfer
  FOR EACH ROW WHEN ({changed(*ACCEPTED)}) EXECUTE FUNCTION transfers_transfer_stands();
CREATE OR REPLACE TRIGGER transfers_transfer_parked BEFORE UPDATE OF attempts, parked_until ON transfers_transfer
  FOR EACH ROW WHEN (OLD.status = 'held' AND {changed("attempts", "parked_until")})
  EXECUTE FUNCTION transfers_transfer_parked()
"""
_GUARDED = [each for each in ACCEPTED if each not in ("memo", "screen_evidence", "hold_seconds")] + ["hold_seconds"]
MOVED = f"""
{MOMENT};
DROP TRIGGER IF EXISTS transfers_transfer_parked ON transfers_transfer;
DROP TRIGGER IF EXISTS transfers_transfer_stands ON transfers_transfer;
DROP FUNCTION IF EXISTS transfers_transfer_parked(), transfers_transfer_stands();
DROP TRIGGER transfers_transfer_moves ON transfers_transfer;
CREATE OR REPLACE FUNCTION transfers_transfer_moves() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH} AS $$
BEGIN
  IF NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')) THEN
    RAISE EXCEPTION 'no transfer moves from % to %', OLD.status, NEW.status
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_moves', TABLE = 'transfers_transfer';
  END IF;
  IF {changed(*_GUARDED)} THEN
    RAISE EXCEPTION 'what was accepted never changes'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_accepted_stands', TABLE = 'transfers_transfer';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER transfers_transfer_moves BEFORE UPDATE ON transfers_transfer FOR EACH ROW
  WHEN (
    (NEW.status <> OLD.status
     AND NOT (OLD.status = 'held' AND NEW.status IN ('posted', 'cancelled', 'returned')))
    OR {changed(*_GUARDED)}
  )
  EXECUTE FUNCTION transfers_transfer_moves()
"""

# The law's numbers, as `transfers.policy.regimes` has them: a further regime is a further text of this function, which
# nobody but the owner of the tables writes.
REGIME = f"""
CREATE OR REPLACE FUNCTION transfers_atm_regime(
  profile text, accepted timestamptz,
  OUT hold_seconds integer, OUT organization boolean, OUT own_here boolean, OUT own_elsewhere boolean
) LANGUAGE plpgsql STABLE SET {SEARCH_PATH} AS $$
BEGIN
  IF profile IN ('NOTICE_2016', 'PBOC_261') THEN
    hold_seconds := CASE WHEN accepted < '2016-12-01 00:00:00+08' THEN 0 ELSE 86400 END;
    organization := true;
    own_here := true;
    own_elsewhere := profile = 'NOTICE_2016';
  END IF;
END $$
"""
# Whose the accounts are, what the payer is, and since when an account elsewhere is known as his: nothing of it is
# taken from the row that is judged. Own accounts elsewhere are met by the number that is kept of them.
OWN_ELSEWHERE = f"""
CREATE OR REPLACE FUNCTION transfers_own_elsewhere(
  customer uuid, account_number text, bank_code text, accepted timestamptz
) RETURNS boolean LANGUAGE plpgsql STABLE SET {SEARCH_PATH} AS $$
BEGIN
  RETURN EXISTS (
    SELECT FROM accounts_externalaccount x
    WHERE x.account_number = upper($2) AND x.bank_code = upper($3) AND x.status = 'active' AND x.in_force_at <= $4
      AND accounts_same_customer(x.customer_id, $1)
  );
END $$
"""
# Of every other accepted transfer the condition of the trigger looks at three columns, and no function is called.
ACCEPTANCE = f"""
{MOMENT};
CREATE OR REPLACE FUNCTION transfers_transfer_accepted() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
  SET {SEARCH_PATH} SET enable_seqscan = off AS $$
DECLARE
  regime record;
  payer record;
  own boolean;
  rule text;
BEGIN
  IF NEW.status <> 'held' AND (NEW.status <> 'posted' OR NEW.settled_at <> NEW.accepted_at) THEN
    RAISE EXCEPTION 'a transfer begins held, refused, or posted as it is accepted'
      USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_begins', TABLE = 'transfers_transfer';
  END IF;
  IF NEW.channel = 'atm' THEN
    regime := transfers_atm_regime(NEW.rule_profile, NEW.accepted_at);
    SELECT a.customer_id, c.kind, (SELECT p.customer_id FROM accounts_account p WHERE p.id = NEW.payee_account_id) AS payee
    INTO payer FROM accounts_account a JOIN accounts_customer c ON c.id = a.customer_id
    WHERE a.id = NEW.payer_account_id;
    IF NEW.payee_account_id IS NULL THEN
      own := regime.own_elsewhere AND transfers_own_elsewhere(
        payer.customer_id, NEW.payee_account_number, NEW.payee_bank_code, NEW.accepted_at);
    ELSE
      own := regime.own_here AND accounts_same_customer(payer.payee, payer.customer_id);
    END IF;
    rule := CASE
      WHEN regime.hold_seconds = 0 THEN 'ATM_BEFORE_RULE'
      WHEN regime.organization AND payer.kind = 'organization' THEN 'ATM_ORGANIZATION'
      WHEN own THEN 'ATM_OWN_ACCOUNT'
      WHEN regime.hold_seconds > 0 THEN 'ATM_24_HOURS'
    END;
    IF (NEW.rule_code = rule AND NEW.same_holder = own
        AND coalesce(NEW.hold_seconds, 0) = CASE rule WHEN 'ATM_24_HOURS' THEN regime.hold_seconds ELSE 0 END)
       IS NOT TRUE THEN
      RAISE EXCEPTION 'a transfer at a machine arrives as the regime of its day says of its two accounts'
        USING ERRCODE = 'check_violation', CONSTRAINT = 'transfer_arrives_as_its_regime_says',
              TABLE = 'transfers_transfer';
    END IF;
  END IF;
  IF NEW.status = 'held' THEN
    -- What was reserved for it just before is settled; else it is owed until the transaction ends.
    DELETE FROM accounts_unsettled WHERE ctid = (
      SELECT u.ctid FROM accounts_unsettled u
      WHERE u.account_id = NEW.payer_account_id AND u.held_fen = NEW.amount_fen AND u.balance_fen = 0 LIMIT 1);
    IF NOT FOUND THEN
      INSERT INTO accounts_unsettled (account_id, held_fen) VALUES (NEW.payer_account_id, -NEW.amount_fen);
    END IF;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER transfers_transfer_accepted AFTER INSERT ON transfers_transfer FOR EACH ROW
  WHEN (NEW.status <> 'refused' AND (NEW.channel = 'atm' OR NEW.status <> 'posted'
                                     OR NEW.settled_at IS DISTINCT FROM NEW.accepted_at))
  EXECUTE FUNCTION transfers_transfer_accepted()
"""  # noqa: S608 - constants
_MOVED_ACCOUNTS = """
CREATE OR REPLACE FUNCTION accounts_account_moved() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {settings}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
BEGIN
  IF first IS NULL THEN
    INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen)
    SELECT account_id, sum(fen), sum(held) FROM (
      SELECT n.id AS account_id, n.balance_fen AS fen, {new} AS held FROM now_there n
      UNION ALL SELECT o.id, -o.balance_fen, {old} FROM was_there o
    ) AS moved GROUP BY account_id HAVING sum(fen) <> 0 OR sum(held) <> 0;
    RETURN NULL;
  END IF;
  SELECT a.xmin AS x, a.cmin AS c INTO command FROM accounts_account a WHERE a.id = (SELECT n.id FROM now_there n LIMIT 1);
  INSERT INTO accounts_unsettled (account_id, balance_fen, held_fen)
  SELECT account_id, sum(fen), sum(held) FROM (
    SELECT n.id AS account_id, n.balance_fen AS fen, {new} AS held, 1 AS changed FROM now_there n
    UNION ALL SELECT o.id, -o.balance_fen, {old}, 0 FROM was_there o
    UNION ALL SELECT e.account_id, -e.amount_fen, {entry}, 0 FROM accounts_entry e
    WHERE e.id >= first AND e.account_id IS NOT NULL AND e.xmin = command.x AND e.cmin = command.c
  ) AS moved GROUP BY account_id HAVING (sum(fen) <> 0 OR sum(held) <> 0) AND sum(changed) > 0;
  RETURN NULL;
END $$
"""
WITHOUT_HOLDS = _MOVED_ACCOUNTS.format(settings=SEARCH_PATH, new="0", old="0", entry="0")
WITH_HOLDS = _MOVED_ACCOUNTS.format(
    settings=SEARCH_PATH,
    new="n.held_fen",
    old="-o.held_fen",
    entry="CASE WHEN e.from_held THEN -e.amount_fen ELSE 0 END",
)
# What is no longer held has freed its amount; what the entries of the same command debited out of it is settled.
FREED = f"""
CREATE OR REPLACE FUNCTION transfers_transfer_freed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
DECLARE
  first bigint := nullif(current_setting('bank.entries_from', true), '')::bigint;
  command record;
BEGIN
  IF NOT EXISTS (SELECT FROM now_there n WHERE n.status <> 'held') THEN
    RETURN NULL;
  END IF;
  SELECT t.xmin AS x, t.cmin AS c INTO command FROM transfers_transfer t
  WHERE t.id = (SELECT n.id FROM now_there n LIMIT 1);
  INSERT INTO accounts_unsettled (account_id, held_fen)
  SELECT account_id, sum(fen) FROM (
    SELECT n.id, n.payer_account_id AS account_id, n.amount_fen AS fen FROM now_there n WHERE n.status <> 'held'
    UNION ALL SELECT o.id, o.payer_account_id, -o.amount_fen FROM was_there o WHERE o.status <> 'held'
    UNION ALL SELECT e.posting_id, e.account_id, e.amount_fen FROM accounts_entry e
    WHERE e.id >= first AND e.from_held AND e.xmin = command.x AND e.cmin = command.c
  ) AS freed WHERE account_id IS NOT NULL GROUP BY id, account_id HAVING sum(fen) <> 0;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER transfers_transfer_freed AFTER UPDATE ON transfers_transfer
  REFERENCING OLD TABLE AS was_there NEW TABLE AS now_there
  FOR EACH STATEMENT EXECUTE FUNCTION transfers_transfer_freed()
"""  # noqa: S608 - constants
# An entry out of what is reserved is looked at where its transfer is moved: where none is, it owes its amount. A
# transfer that was due later than accepted and stands in this command's writing has been moved by it.
DEBITED = f"""
CREATE OR REPLACE FUNCTION transfers_entry_debited() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
DECLARE
  one record;
BEGIN
  SELECT w.id, w.posting_id INTO one FROM written w WHERE w.from_held LIMIT 1;
  IF FOUND AND NOT EXISTS (
    SELECT FROM transfers_transfer t JOIN accounts_entry e ON e.id = one.id AND e.xmin = t.xmin AND e.cmin = t.cmin
    WHERE t.id = one.posting_id AND t.status <> 'held' AND t.due_at > t.accepted_at
  ) THEN
    INSERT INTO accounts_unsettled (account_id, held_fen)
    SELECT w.account_id, w.amount_fen FROM written w WHERE w.from_held AND w.account_id IS NOT NULL;
  END IF;
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER transfers_entry_debited AFTER INSERT ON accounts_entry REFERENCING NEW TABLE AS written
  FOR EACH STATEMENT EXECUTE FUNCTION transfers_entry_debited()
"""  # noqa: S608 - constants
# Both sides of what is reserved are looked at from one instant on: no transaction is half under the rule.
HOLDS = f"{MOMENT}; LOCK TABLE accounts_account, accounts_entry, transfers_transfer IN SHARE ROW EXCLUSIVE MODE;\n"
NO_HOLDS = """
DROP TRIGGER IF EXISTS transfers_transfer_accepted ON transfers_transfer;
DROP TRIGGER IF EXISTS transfers_transfer_freed ON transfers_transfer;
DROP TRIGGER IF EXISTS transfers_entry_debited ON accounts_entry;
DROP FUNCTION IF EXISTS transfers_transfer_accepted(), transfers_transfer_freed(), transfers_entry_debited(),
  transfers_own_elsewhere(uuid, text, text, timestamptz), transfers_atm_regime(text, timestamptz)
"""

# One step, as nearly every acceptance writes it, is asked about alone; many are met in one walk through the index.
STEPS = f"""
CREATE OR REPLACE FUNCTION transfers_there(named uuid[]) RETURNS bigint LANGUAGE sql STABLE SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off AS $$
  SELECT count(*) FROM transfers_transfer WHERE id = ANY(named)
$$;
CREATE OR REPLACE FUNCTION event_transfer_exists() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off AS $$
DECLARE named uuid[] := ARRAY(SELECT transfer_id FROM written);
BEGIN
  IF cardinality(named) > 1 THEN
    named := ARRAY(SELECT DISTINCT each FROM unnest(named) each ORDER BY 1);
    IF transfers_there(named) = cardinality(named) THEN
      RETURN NULL;
    END IF;
  ELSIF named = '{{}}' OR EXISTS (SELECT FROM transfers_transfer t WHERE t.id = named[1]) THEN
    RETURN NULL;
  END IF;
  RAISE EXCEPTION 'transfer_id names no row of transfers_transfer'
    USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_transfer_exists', TABLE = 'transfers_event';
END $$
"""  # noqa: S608 - constants
STEPS_BEFORE = f"""
CREATE OR REPLACE FUNCTION event_transfer_exists() RETURNS trigger LANGUAGE plpgsql SET {SEARCH_PATH}
  SET enable_seqscan = off SET enable_bitmapscan = off SET enable_hashagg = off AS $$
DECLARE named uuid[] := ARRAY(SELECT DISTINCT transfer_id FROM written WHERE transfer_id IS NOT NULL ORDER BY 1);
BEGIN
  IF cardinality(named) <> (SELECT count(*) FROM transfers_transfer WHERE id = ANY(named)) THEN
    RAISE EXCEPTION 'transfer_id names no row of transfers_transfer'
      USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'event_transfer_exists', TABLE = 'transfers_event';
  END IF;
  RETURN NULL;
END $$;
DROP FUNCTION IF EXISTS transfers_there(uuid[])
"""  # noqa: S608 - constants


class Migration(migrations.Migration):
    """When a transfer arrives is derived from its rows, what was accepted stands, and a hold is a transfer's.

    All of it looks at what is written from now on; rows of before stay as they are.
    """

    atomic = False
    dependencies = [("transfers", "0015_regimes"), ("accounts", "0014_money_moves_with_entries")]

    operations = [
        AddCheck(
            model_name="transfer",
            constraint=models.CheckConstraint(
                name="transfer_rule_fits_channel",
                condition=Q(status="refused")
                | Q(
                    channel="atm",
                    rule_code__in=["ATM_24_HOURS", "ATM_OWN_ACCOUNT", "ATM_ORGANIZATION", "ATM_BEFORE_RULE"],
                )
                | (~Q(channel="atm") & Q(rule_code__in=["REAL_TIME", "ORDINARY", "NEXT_DAY"])),
            ),
        ),
        migrations.RunSQL(MOVES, MOVED),
        migrations.RunSQL(REGIME, migrations.RunSQL.noop),
        migrations.RunSQL(OWN_ELSEWHERE, migrations.RunSQL.noop),
        migrations.RunSQL(
            f"{HOLDS}{WITH_HOLDS};\n{FREED};\n{DEBITED};\n{ACCEPTANCE}", f"{HOLDS}{WITHOUT_HOLDS};\n{NO_HOLDS}"
        ),
        migrations.RunSQL(STEPS, STEPS_BEFORE),
    ]
