"""Disable the database's own guards, as far as the owner of the tables can."""

from config.kernel.database.sql import rows
from tests.database_refusals import PATIENT

_OURS = "^(accounts|transfers|blacklist|kernel|auth|axes|django_admin)_"


def take_away() -> None:
    """Drop every constraint and disable every trigger; the caller rolls the transaction back."""
    rows(PATIENT)
    rows("SET CONSTRAINTS ALL IMMEDIATE")
    # Every question is asked after every corruption, in one transaction: longer than a page may take.
    rows("SET LOCAL transaction_timeout = 0")
    rows(
        f"""
        DO $$ DECLARE each record; BEGIN
          FOR each IN SELECT conrelid::regclass AS place, conname FROM pg_constraint c
            JOIN pg_class t ON t.oid = c.conrelid
            WHERE contype IN ('c', 'u', 'f') AND c.coninhcount = 0 AND t.relname ~ '{_OURS}'
            ORDER BY contype = 'u'
          LOOP EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', each.place, each.conname); END LOOP;
          FOR each IN SELECT i.indexrelid::regclass AS name FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid
            WHERE i.indisunique AND NOT i.indisprimary AND NOT t.relispartition AND t.relname ~ '{_OURS}'
          LOOP EXECUTE format('DROP INDEX %s', each.name); END LOOP;
          FOR each IN SELECT DISTINCT tgrelid::regclass AS place FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
            WHERE NOT tgisinternal AND t.relname ~ '{_OURS}'
          LOOP EXECUTE format('ALTER TABLE %s DISABLE TRIGGER USER', each.place); END LOOP;
        END $$
        """
    )
