"""What the rows of a list touch (名单影响范围): found in one statement, however many they are, and kept with the dry run."""

from typing import Any
from uuid import UUID

from blacklist.operations.touched import NamedBySql, touch_query
from blacklist.vocabulary import TouchKind
from config.kernel.database.sql import rows

#: What of a list is, or would be, another thing than what is registered.
_OF_LIST = """
SELECT s.line, s.{column} FROM blacklist_stagedrow s JOIN blacklist_stagedpaper p USING (import_id, paper)
WHERE s.import_id = %(import)s AND s.outcome IS NULL AND p.outcome <> 'known' AND s.{column} IS NOT NULL{more}
"""
OF_LIST = NamedBySql(
    people=_OF_LIST.format(column="identity_key", more=""),
    numbers=_OF_LIST.format(column="account_number", more=" AND s.account_number <> '' AND s.bank_code = ''"),
    cards=_OF_LIST.format(column="card_key", more=""),
    outside=_OF_LIST.format(column="outside_key", more=""),
)
_KEPT = """
INSERT INTO blacklist_listtouch (import_id, line, kind, object_id)
SELECT %(import)s, t.line, t.kind, t.object_id FROM ({touched}) t
"""
_COUNTS = "SELECT kind, count(DISTINCT object_id) AS count FROM blacklist_listtouch WHERE import_id = %s GROUP BY 1"


def keep_touches(import_id: UUID) -> None:
    """Keep what the rows of a list touch; in the transaction of whoever asks."""
    rows(_KEPT.format(touched=touch_query(OF_LIST)), {"import": import_id})


def touch_counts(import_id: UUID) -> dict[str, Any]:
    """Return how many of each kind a list touches, each once."""
    found = {each["kind"]: each["count"] for each in rows(_COUNTS, [import_id])}
    return {each.value: found.get(each, 0) for each in TouchKind}
