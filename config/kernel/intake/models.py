"""Abstract models for imports; each kind has its own tables."""

from datetime import datetime
from typing import Any

from django.db import models

from config.kernel.law.text import Text
from config.kernel.models import UuidModel
from config.kernel.vault.sealed import SealedField


class Import(UuidModel):
    """An import: files that are read, checked, and decided by a second person.

    A kind adds `source`, `status` and `started_by`; its statuses begin with `staging`, `staged` and `applying`.

    :ivar digest: SHA-256 over its files: the same files are the same import.
    :ivar field_key: id of the key that seals its rows.
    :ivar index_keys: number of index keys used for its indexes.
    :ivar summary: its effects, counted when it was checked.
    :ivar trouble: what ended the last attempt; only the type of error.
    """

    source: Any
    status: Any
    started_by: Any
    started_by_id: Any
    uploads: Any

    digest = models.CharField(max_length=64, verbose_name=Text("文件校验值", "Digest"))
    field_key = models.CharField(max_length=40, verbose_name=Text("加密密钥编号", "Key id"))
    index_keys = models.PositiveSmallIntegerField(verbose_name=Text("索引密钥代数", "Index key generations"))
    started_at = models.DateTimeField(verbose_name=Text("开始时间", "Started"))
    staged_at = models.DateTimeField(null=True, verbose_name=Text("校验完成时间", "Checked"))
    in_force_at = models.DateTimeField(null=True, verbose_name=Text("复核通过时间", "Approved"))
    summary = models.JSONField(default=dict, verbose_name=Text("试算结果", "Dry run"))
    trouble = models.CharField(max_length=120, blank=True, default="", verbose_name=Text("未完成原因", "Trouble"))

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.source)

    def status_at(self, at: datetime, *, waits: bool) -> str:
        """Return the status at an instant.

        :param waits: whether a proposal to carry it out is open; this is stored only with the proposal.
        """
        return "pending" if waits and self.status == "staged" else str(self.status)

    def begin_anew(self) -> None:
        """Reset the import, so that the files are read again from the first row."""


class Piece(UuidModel):
    """A sealed piece of an uploaded file (上传分段), deleted after it is read.

    :ivar sheet: the name of the field under which the file was uploaded.
    :ivar name: the sender's file name; empty if it is the name of the import.
    :ivar number: position of the piece, from 0.
    :ivar content: base64 of the piece.
    """

    sheet: Any
    name: Any

    number = models.PositiveIntegerField(verbose_name=Text("分段序号", "Piece"))
    content = SealedField(verbose_name=Text("内容", "Content"))

    class Meta:
        abstract = True
