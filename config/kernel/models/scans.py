"""Base model for scans of papers, whatever they belong to."""

from django.db import models

from config.kernel.law.text import Text
from config.kernel.models.base import PrincipalKey, UuidModel
from config.kernel.vault.sealed import SealedField


class SealedScan(UuidModel):
    """A sealed scan that supports an act (附件); written by `config.kernel.trail.scans`. Append-only.

    :ivar content: base64 of the file.
    :ivar digest: SHA-256 of the file.
    :ivar size: bytes of the file.
    """

    name = SealedField(verbose_name=Text("文件名", "File name"))
    media_type = models.CharField(max_length=40, verbose_name=Text("文件类型", "Type"))
    content = SealedField(verbose_name=Text("文件", "File"))
    digest = models.CharField(max_length=64, verbose_name=Text("文件校验值", "Digest"))
    size = models.PositiveIntegerField(verbose_name=Text("大小（字节）", "Size (bytes)"))
    at = models.DateTimeField(verbose_name=Text("时间", "Time"))
    principal = PrincipalKey(Text("操作主体", "Principal"))

    class Meta:
        abstract = True
