"""Fields of the API: strict input, one output format."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.conf import settings
from django.utils.functional import cached_property
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from config.frames.api import shapes
from config.kernel.database.ids import read_id
from config.kernel.identity.faults import IdentityFault
from config.kernel.identity.names import NAME_LENGTH_MAX, display_name
from config.kernel.identity.phones import normalise_phone
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.law.dates import SHANGHAI
from config.kernel.law.dates import rfc3339 as rfc3339
from config.kernel.law.money import MoneyError, format_yuan, parse_yuan
from config.kernel.law.refusals import NotFound
from config.kernel.law.text import Text
from config.kernel.requests import fields
from config.kernel.requests.documents import DocumentInput
from config.kernel.requests.fields import sentence

type Data = dict[str, Any]


_RFC3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:[Zz]|[+-][0-9]{2}:[0-9]{2})"
)


AN_OBJECT = Text("须为对象。", "It must be an object.")


class StrictSerializer(serializers.Serializer[Any]):
    """Input of a request; an unknown field is refused by name."""

    #: Additional schema for the OpenAPI document: how the fields depend on each other.
    narrower: ClassVar[Mapping[str, Any]] = {}
    #: Valid bodies by name, for the OpenAPI document.
    examples: ClassVar[Mapping[str, Any]] = {}
    #: Serializers of this class that no request uses now, kept because creating the fields takes longer than validation.
    _idle: ClassVar[list[Any]] = []

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._idle = []

    @classmethod
    def validated(cls, data: Any, request: Request) -> Data:
        """Return the validated data of a body or a query.

        Each serializer is used by one request at a time and keeps no data of it.

        :raises rest_framework.exceptions.ValidationError: when the data does not match the declaration.
        """
        if data is None:
            raise serializers.ValidationError([AN_OBJECT])
        serializer: Any
        try:
            serializer = cls._idle.pop()
        except IndexError:
            serializer = cls()
        serializer.initial_data, serializer._context = data, {"request": request}
        serializer.is_valid(raise_exception=True)
        found = dict(serializer.validated_data)
        del serializer.initial_data, serializer._context, serializer._validated_data, serializer._errors
        # A serializer that refused is not kept, because its messages stay in the language of that request.
        cls._idle.append(serializer)
        return found

    @cached_property
    def _writable_fields(self) -> list[serializers.Field[Any, Any, Any, Any]]:
        return list(super()._writable_fields)

    @cached_property
    def _names(self) -> frozenset[str]:
        return frozenset(self.fields)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, dict):
            raise serializers.ValidationError({"non_field_errors": [AN_OBJECT]})
        if unknown := sorted(data.keys() - self._names):
            message = Text("未知字段。", "Unknown field.")
            raise serializers.ValidationError({name: [message] for name in unknown})
        return super().to_internal_value(data)


class TextField(serializers.CharField):
    """A text as sent: a JSON string, not trimmed, not converted from a number, without hiding characters.

    A required text with only spaces and invisible characters is refused.

    :cvar pattern: the pattern in the OpenAPI document for a required text.
    :cvar longest: the maximum length, if the reader checks it and not a validator.
    :cvar codes: the codes in the document, if an operation checks them and not the field.
    :cvar made_as: the format from which test programs generate values.
    """

    pattern: ClassVar[str | None] = shapes.SEEN
    longest: ClassVar[int | None] = None
    made_as: ClassVar[str | None] = None
    codes: ClassVar[Iterable[str] | None] = None

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("trim_whitespace", False)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text: str = _read(fields.read_text, super().to_internal_value(data))
        if text and not self.allow_blank and fields.is_blank(text):
            self.fail("blank")
        return text


@extend_schema_field(
    {"type": "string", "pattern": r"^(?!0+(\.0{1,2})?$)[0-9]{1,13}(\.[0-9]{1,2})?$", "example": "1000.00"}
)
class YuanField(serializers.Field[int, str, str, Any]):
    """An amount: a decimal string in yuan in JSON, whole fen (int > 0) in Python."""

    def to_internal_value(self, data: Any) -> int:
        try:
            return parse_yuan(data)
        except MoneyError as error:
            raise serializers.ValidationError([sentence(error)]) from None

    def to_representation(self, value: int) -> str:
        return format_yuan(value)


@extend_schema_field({"type": "string", "description": "An opaque id."})
class IdField(serializers.Field[UUID, str, str, Any]):
    """An opaque id. A text that is not an id is a 404 of the operation, not a wrong field."""

    NOBODY = UUID(int=0)

    def to_internal_value(self, data: Any) -> UUID:
        if not isinstance(data, str):
            raise serializers.ValidationError([Text("编号须为字符串。", "An id must be a string.")])
        return read_id(data) or self.NOBODY

    def to_representation(self, value: UUID) -> str:
        return str(value)


def path_id(text: str) -> UUID:
    """Return the id in a path.

    :raises NotFound: for a text that is not an id.
    """
    found = read_id(text)
    if found is None:
        raise NotFound
    return found


@extend_schema_field({"type": "string", "format": "uuid"})
class FilterIdField(IdField):
    """An id in a filter; a text that is not an id is a wrong field."""

    def to_internal_value(self, data: Any) -> UUID:
        found = read_id(data)
        if found is None:
            raise serializers.ValidationError([Text("不是有效的编号。", "Not a valid id.")])
        return found


class InstantField(serializers.DateTimeField):
    """An instant: RFC 3339 with an offset in input, six decimals in +08:00 in output."""

    def to_internal_value(self, value: Any) -> datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="RFC 3339")
        try:
            if not _RFC3339.fullmatch(value):
                raise ValueError
            # Converted to UTC, because PostgreSQL refuses offsets over sixteen hours.
            instant = datetime.fromisoformat(value.upper()).astimezone(UTC)
            instant.astimezone(SHANGHAI)
        except (ValueError, OverflowError):
            raise serializers.ValidationError(
                [Text("须为带时区的 RFC 3339 时间。", "An RFC 3339 instant with offset.")]
            ) from None
        return instant

    def to_representation(self, value: datetime) -> str:
        return rfc3339(value) or ""


def _read[T](reader: Callable[[str], T], text: str) -> T:
    try:
        return reader(text)
    except IdentityFault as fault:
        raise serializers.ValidationError([sentence(fault)]) from None


class ReadField(TextField):
    """A text that a reader function converts into the stored form."""

    @staticmethod
    def reader(text: str, /) -> str:
        """Return the text in its stored form."""
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> str:
        return _read(type(self).reader, super().to_internal_value(data))


class LineField(ReadField):
    """One line of text without hidden characters, with single spaces."""

    reader = staticmethod(fields.read_line)


class NameField(ReadField):
    """A name: 1 to 60 characters in normal form."""

    longest = NAME_LENGTH_MAX
    reader = staticmethod(display_name)


class PhoneField(ReadField):
    """A phone number in normal form; the shortest is `+` and seven digits."""

    # Single spaces and hyphens are allowed between digits.
    pattern = r"^[+\uff0b]?[0-9\uff10-\uff19](?:[ \-\uff0d]?[0-9\uff10-\uff19])+$"
    longest = 40
    made_as = "phone"
    reader = staticmethod(normalise_phone)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=8, **kwargs)


class CardNumberField(ReadField):
    """A card number: 12 to 19 digits."""

    pattern = "^[0-9]+$"
    reader = staticmethod(fields.read_card_number)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=fields.CARD_NUMBER_MIN, max_length=fields.CARD_NUMBER_MAX, **kwargs)


class AccountNumberField(ReadField):
    """An account number: 1 to 34 letters or digits."""

    pattern = "^[0-9A-Za-z]+$"
    reader = staticmethod(fields.read_account_number)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=fields.ACCOUNT_NUMBER_MAX, **kwargs)


class BankCodeField(ReadField):
    """A bank's code: 2 to 14 letters or digits, converted to its normal form."""

    pattern = "^[0-9A-Za-z]+$"
    reader = staticmethod(fields.read_bank_code)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=fields.BANK_CODE_MIN, max_length=fields.BANK_CODE_MAX, **kwargs)


class OtherBankField(BankCodeField):
    """The code of another bank; this bank's own code is refused."""

    def to_internal_value(self, data: Any) -> str:
        return _read(partial(fields.read_other_bank_code, own=settings.BANK_CODE), super().to_internal_value(data))


@extend_schema_field({"type": "string", "format": "date"})
class DayField(serializers.Field[date, str, str, Any]):
    """A calendar day: `YYYY-MM-DD`, of Asia/Shanghai."""

    def to_internal_value(self, data: Any) -> date:
        return _read(fields.read_day, data if isinstance(data, str) else "")

    def to_representation(self, value: date) -> str:
        return value.isoformat()


class ExactlyOne(StrictSerializer):
    """A body that identifies one object in one of several ways: exactly one of its fields is given."""

    def validate(self, attrs: Data) -> Any:
        if len(attrs) != 1:
            *others, last = self.fields
            ways = Text(
                f"{'、'.join(others)} 与 {last} 须且只能填一项。", f"Give either {', '.join(others)} or {last}."
            )
            raise serializers.ValidationError([ways])
        return attrs


class DocumentNumberField(TextField):
    """The number of a document; the allowed characters depend on the document type."""

    pattern = None

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, **kwargs)


class CountryField(TextField):
    """A passport's country; its pattern is declared together with the document type."""

    pattern = None


class DocumentBody(StrictSerializer):
    """An identity document. An expired one is accepted, because its holder stays the same person."""

    narrower = shapes.NUMBER_OF_ITS_TYPE

    type = serializers.ChoiceField(choices=[kind.value for kind in DocumentType])
    number = DocumentNumberField()
    country = CountryField(required=False, allow_null=True, allow_blank=True, max_length=3)
    valid_until = DayField(required=False, allow_null=True)

    def validate(self, attrs: Data) -> Any:
        """Return the document as input for the bank's readers."""
        return DocumentInput(attrs["type"], attrs["number"], attrs.get("country") or None, attrs.get("valid_until"))
