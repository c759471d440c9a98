from collections.abc import Iterator
from typing import Any

from django.db import migrations, transaction

from config.kernel.sealed import card_key, seal, seal_context, unseal

# What certificates say is append-only: the trigger sleeps for one piece at a time, unseen by anybody else.
PIECE = 1000
ASLEEP = "ALTER TABLE blacklist_caseaccount DISABLE TRIGGER blacklist_caseaccount_append_only"
AWAKE = "ALTER TABLE blacklist_caseaccount ENABLE TRIGGER blacklist_caseaccount_append_only"
TABLE, COLUMN = "blacklist_caseaccount", "card_number"

# An account's number needs no card's key. All others of this bank get one; a card's number is sealed.
HERE = """
SELECT k.id, k.account_number FROM blacklist_caseaccount k
WHERE k.id > %s AND k.bank_code = '' AND k.account_number <> '' AND k.card_key IS NULL
  AND NOT EXISTS (SELECT FROM accounts_account a WHERE a.account_number IN (k.account_number, lower(k.account_number)))
ORDER BY k.id LIMIT %s
"""
CARDS = "SELECT number_index FROM accounts_card WHERE number_index = ANY(%s)"
BY_CARD = "UPDATE blacklist_caseaccount SET account_number = '', card_number = %s, card_key = %s WHERE id = %s"
IN_DOUBT = "UPDATE blacklist_caseaccount SET card_key = %s WHERE id = %s"

KEYED = "SELECT id, card_number FROM blacklist_caseaccount WHERE id > %s AND card_key IS NOT NULL ORDER BY id LIMIT %s"
PLAIN = """
UPDATE blacklist_caseaccount SET account_number = COALESCE(%s, account_number), card_number = NULL, card_key = NULL
WHERE id = %s
"""


def pieces(connection: Any, query: str) -> Iterator[tuple[Any, list[Any]]]:
    """Yield a cursor and the next thousand rows, each piece in a transaction of its own with the trigger asleep."""
    last: Any = "00000000-0000-0000-0000-000000000000"
    while True:
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            cursor.execute(query, [last, PIECE])
            if not (found := cursor.fetchall()):
                return
            cursor.execute(ASLEEP)
            yield cursor, found
            cursor.execute(AWAKE)
        last = found[-1][0]


def find_cards(_apps: Any, editor: Any) -> None:
    for cursor, piece in pieces(editor.connection, HERE):
        keys = {row_id: card_key(number) for row_id, number in piece}
        cursor.execute(CARDS, [list(keys.values())])
        cards = {bytes(found) for (found,) in cursor.fetchall()}
        for row_id, number in piece:
            if keys[row_id] in cards:
                cursor.execute(BY_CARD, [seal(number, where=seal_context(TABLE, COLUMN, row_id)), keys[row_id], row_id])
            else:
                cursor.execute(IN_DOUBT, [keys[row_id], row_id])


def write_plain(_apps: Any, editor: Any) -> None:
    for cursor, piece in pieces(editor.connection, KEYED):
        for row_id, sealed in piece:
            number = None if sealed is None else unseal(sealed, where=seal_context(TABLE, COLUMN, row_id))
            cursor.execute(PLAIN, [number, row_id])


class Migration(migrations.Migration):
    """Older certificates that name a card of this bank stop its account from now on; back, the numbers stand as before."""

    atomic = False
    dependencies = [("accounts", "0011_stock_days"), ("blacklist", "0005_case_cards")]

    operations = [migrations.RunPython(find_cards, write_plain)]
