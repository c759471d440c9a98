"""How many letters the end of certificates has to answer (应告知解除的信函)."""

from accounts.letters.vocabulary import BEGINNING
from config.kernel.database.sql import rows

# A replaced letter does not count. The ids, which may be very many, are in the text only once.
_ANSWERED = """
WITH ending AS MATERIALIZED (SELECT id FROM unnest(%(ids)s::uuid[]) AS id)
SELECT count(*) AS count FROM ending e JOIN accounts_letter l ON l.certificate_id = e.id
WHERE l.kind = ANY(%(beginnings)s)
  AND NOT EXISTS (SELECT FROM accounts_letter r WHERE r.replaces_id = l.id)
"""


def letters_answered(certificate_ids: str) -> int:
    """Count letters about the beginning of restrictions by these certificates; a replaced letter does not count.

    :param certificate_ids: an array of UUIDs as PostgreSQL writes it.
    """
    (found,) = rows(_ANSWERED, {"ids": certificate_ids, "beginnings": [each.value for each in BEGINNING]})
    count: int = found["count"]
    return count
