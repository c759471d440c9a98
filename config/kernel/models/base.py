"""What every table of ours has."""

from django.db import models

from config.kernel.database.ids import new_id
from config.kernel.law.text import Text


class UuidModel(models.Model):
    """A row whose id is a UUIDv7 made before it is written."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False, verbose_name=Text("编号", "Id"))

    class Meta:
        abstract = True
