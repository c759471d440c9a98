"""Which password somebody has by the decision that set it: a mark of its hash under the bank's key (密码标记).

The mark is a fact of the decision. A hash that is written around the decisions has none, and nobody without the key makes
one. The mark of a hash made before the index key was changed stays good: the former keys are still here.
"""

from collections.abc import Collection
from typing import Any

from config.kernel.vault.sealed import blind_index, index_generations

#: The fact that holds the mark.
FACT = "password_mark"


def mark_of(user: Any) -> str:
    """Return the mark of the password that a user has, to be kept in a decision."""
    return _mark(user.pk, user.password, None)


def is_marked(user_id: int, password: str, marks: Collection[str]) -> bool:
    """Return whether one of some marks is that of a user's hashed password."""
    return any(_mark(user_id, password, keys) in marks for keys in range(1, index_generations() + 1))


def _mark(user_id: int, password: str, keys: int | None) -> str:
    return blind_index("password", f"{user_id}|{password}", generations=keys).hex()
