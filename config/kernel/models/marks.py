"""Marks of the keys with which a database was written."""

from django.db import models
from django.db.models.functions import Now

from config.kernel.law.text import Codes, Text
from config.kernel.models.base import CodeField, UuidModel


class KeyKind(Codes):
    """Purpose of a key."""

    FIELD = "field", Text("加密", "Encryption")
    INDEX = "index", Text("索引", "Index")


class KeyMark(UuidModel):
    """A constant sealed or indexed with one key (密钥标记). Append-only.

    A process with another key under the same id cannot reproduce the mark, and must not work on this database.
    """

    kind = CodeField(KeyKind, Text("种类", "Kind"), max_length=8)
    # The field key's id in the settings; the index key has none.
    key_id = models.CharField(max_length=255, blank=True, verbose_name=Text("密钥编号", "Key id"))
    mark = models.BinaryField()
    made_at = models.DateTimeField(db_default=Now(), verbose_name=Text("提交时间", "Submitted"))

    class Meta:
        verbose_name = Text("密钥标记", "Key mark")
        verbose_name_plural = Text("密钥标记", "Key marks")
        constraints = [
            models.UniqueConstraint(name="key_mark_once", fields=["kind", "key_id"]),
            models.CheckConstraint(
                name="key_mark_names_key",
                condition=(models.Q(kind="field") & ~models.Q(key_id="")) | models.Q(kind="index", key_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key_id}".strip()
