"""Forge another person's second factor by SQL, as a holder of the application's role can."""

from typing import Any

from django.contrib.auth.models import User

from config.kernel.database.sql import rows


def written_for(factor: Any, user: User, **columns: Any) -> None:
    """Delete a second factor's row and insert it under another user, with changed columns."""
    written = {"user_id": user.pk, **columns}
    table, names = factor._meta.db_table, [each.column for each in factor._meta.local_concrete_fields]
    values = ", ".join("%s" if each in written else each for each in names)
    rows(
        f"WITH taken AS (DELETE FROM {table} WHERE id = %s RETURNING *) "
        f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM taken",
        [factor.pk, *(written[each] for each in names if each in written)],
    )
