"""Fields of certificates: a day, a line of text, a name, a document."""

import re
from datetime import date
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from config.api.fields import StrictSerializer, TextField
from config.kernel.identity.characters import is_hidden
from config.kernel.identity.documents import DocumentType
from config.kernel.identity.faults import NameFault
from config.kernel.identity.names import display_name
from config.kernel.text import Text

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field[date, str, str, Any]):
    """A calendar day: `YYYY-MM-DD`, of Asia/Shanghai."""

    def to_internal_value(self, data: Any) -> date:
        try:
            if not isinstance(data, str) or not _DAY.fullmatch(data):
                raise ValueError
            return date.fromisoformat(data)
        except ValueError:
            raise serializers.ValidationError([Text("须为 YYYY-MM-DD 形式的日期。", "A day, YYYY-MM-DD.")]) from None

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class LineField(TextField):
    """One line of text: nothing hidden in it, spaces tidied."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if any(map(is_hidden, text)):
            raise serializers.ValidationError(
                [Text("含有控制字符或不可见字符，请删除后重新录入。", "It contains a control or hidden character.")]
            )
        tidy = " ".join(text.split())
        if not tidy:
            self.fail("blank")
        return tidy


class NameField(TextField):
    """A name: 1 to 60 characters once it is written in its one form."""

    def to_internal_value(self, data: Any) -> str:
        try:
            return display_name(super().to_internal_value(data))
        except NameFault as fault:
            raise serializers.ValidationError([Text(fault.zh, fault.en)]) from None


class DocumentBody(StrictSerializer):
    """An identity document. Its validity is not asked for: a listed person stays listed."""

    type = serializers.ChoiceField(choices=[kind.value for kind in DocumentType])
    number = TextField(max_length=64)
    country = TextField(required=False, allow_null=True, allow_blank=True, max_length=3)
    valid_until = DayField(required=False, allow_null=True)
