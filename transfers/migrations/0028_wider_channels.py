from importlib import import_module

from django.db import migrations, models

from config.kernel.online_ddl import ReplaceIndex

MOMENT = "SET LOCAL lock_timeout = '2s'"
HELD = "transfers_transfer (due_at, id) INCLUDE ({columns}) WHERE status = 'held'"
WITH_CHANNEL, WITHOUT = HELD.format(columns="amount_fen, channel"), HELD.format(columns="amount_fen")
RULES = {
    "transfer_channel_known": "channel IN ('counter', 'atm', 'online', 'mobile', 'phone')",
    "transfer_rule_fits_channel": """
        status = 'refused'
        OR (channel = 'atm' AND rule_code IN ('ATM_24_HOURS', 'ATM_OWN_ACCOUNT', 'ATM_ORGANIZATION', 'ATM_BEFORE_RULE'))
        OR (NOT (channel = 'atm') AND rule_code IN ('REAL_TIME', 'ORDINARY', 'NEXT_DAY'))
    """,
}
_sealed = import_module("transfers.migrations.0017_sealed")
TRIGGERS = f"""
CREATE TRIGGER transfers_transfer_accepted AFTER INSERT ON transfers_transfer FOR EACH ROW
  WHEN (NEW.status <> 'refused' AND (NEW.channel = 'atm' OR NEW.status <> 'posted'
                                     OR NEW.settled_at IS DISTINCT FROM NEW.accepted_at))
  EXECUTE FUNCTION transfers_transfer_accepted();
{_sealed.stands(_sealed.OTHERS)}
"""


def as_wide_as(length: int) -> str:
    """Return what changes the column in one step: no row is written without its triggers and checks.

    Whatever names the column is made anew, and what its rows are judged by is validated afterwards.
    """
    gone = ", ".join(f"DROP CONSTRAINT IF EXISTS {name}" for name in RULES)
    added = ", ".join(f"ADD CONSTRAINT {name} CHECK ({rule}) NOT VALID" for name, rule in RULES.items())
    return f"""
{MOMENT};
DROP TRIGGER IF EXISTS transfers_transfer_accepted ON transfers_transfer;
DROP TRIGGER IF EXISTS transfers_transfer_stands ON transfers_transfer;
ALTER TABLE transfers_transfer {gone};
ALTER TABLE transfers_transfer ALTER COLUMN channel TYPE varchar({length});
ALTER TABLE transfers_transfer {added};
{TRIGGERS}
"""


VALIDATED = [f"ALTER TABLE transfers_transfer VALIDATE CONSTRAINT {name}" for name in RULES]


def index(on: str, stood: str) -> ReplaceIndex:
    return ReplaceIndex("transfer_due_next", on, stood, state_operations=[])


class Migration(migrations.Migration):
    """A channel may have a longer code.

    The wider column is a matter of the catalog, but for what names it: an index with a condition would be built anew while
    everybody waits, so that it does without the channel meanwhile. Back again the table is written anew.
    """

    atomic = False
    dependencies = [("transfers", "0027_regimes_told")]

    operations = [
        index(WITHOUT, WITH_CHANNEL),
        migrations.RunSQL(
            [as_wide_as(16), *VALIDATED],
            [as_wide_as(8), *VALIDATED],
            state_operations=[migrations.AlterField("transfer", "channel", models.CharField(max_length=16))],
        ),
        index(WITH_CHANNEL, WITHOUT),
    ]
