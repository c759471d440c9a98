"""Sessions of the desk, kept under a hash of their keys (签到会话).

Who reads the table, or a copy of it, finds nothing there that a browser could show.
"""

import hashlib
from typing import Any

from asgiref.sync import sync_to_async
from django.contrib.sessions.backends import db
from django.utils import timezone


def stored_key(session_key: str) -> str:
    """Return the hash under which a session is kept: 160 of SHA-256's bits, as many as the column holds.

    A key has as many random bits: no slow hash is needed.
    """
    return hashlib.sha256(session_key.encode()).hexdigest()[:40]


class SessionStore(db.SessionStore):
    """Django's sessions in the database, found by the hash of the key that the browser holds.

    What a row holds is signed for that key: copied to another row, it opens nothing.
    """

    @property
    def key_salt(self) -> str:
        return f"{super().key_salt}.{stored_key(self.session_key)}" if self.session_key else super().key_salt

    def exists(self, session_key: str) -> bool:
        return super().exists(stored_key(session_key))

    def delete(self, session_key: str | None = None) -> None:
        if key := session_key or self.session_key:
            super().delete(stored_key(key))

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        row = super().create_model_instance(data)
        row.session_key = stored_key(row.session_key)
        return row

    def _get_session_from_db(self) -> Any:
        alive = self.model.objects.filter(expire_date__gt=timezone.now())
        found = alive.filter(session_key=stored_key(self.session_key)).first() if self.session_key else None
        if found is None:
            self._session_key = None
        return found

    async def aexists(self, session_key: str) -> bool:
        return await sync_to_async(self.exists)(session_key)

    async def adelete(self, session_key: str | None = None) -> None:
        await sync_to_async(self.delete)(session_key)

    async def acreate_model_instance(self, data: dict[str, Any]) -> Any:
        return await sync_to_async(self.create_model_instance)(data)

    async def _aget_session_from_db(self) -> Any:
        return await sync_to_async(self._get_session_from_db)()
