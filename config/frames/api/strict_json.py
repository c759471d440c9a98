"""Strict JSON: input that two parsers could read differently is refused.

Duplicate keys, NaN, depth over 20, control characters that PostgreSQL cannot store and lone
surrogates are malformed; a body over 1 MiB is not read to its end.
"""

import json
import re
from decimal import Decimal
from typing import Any

from django.http import HttpRequest
from rest_framework.parsers import JSONParser

from config.frames.api.bodies import MAX_BYTES
from config.frames.api.errors import NotJson, TooLarge
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text

MAX_DEPTH = 20
#: More digits than any number of the API needs; without a limit int() of thousands of digits would take long.
MAX_DIGITS = 64
_NOT_STORED = re.compile(r"[\x00\ud800-\udfff]")


def read_body(request: HttpRequest) -> bytes:
    """Return the raw body.

    :raises TooLarge: over 1 MiB.
    :raises NotJson: when it is not declared as JSON in UTF-8.
    """
    try:
        declared = int(request.META.get("CONTENT_LENGTH") or 0)
    except ValueError:
        declared = 0
    if declared > MAX_BYTES:
        raise TooLarge
    raw = request.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise TooLarge
    charset = request.content_params.get("charset", "utf-8").lower() if request.content_params else "utf-8"
    if (raw or request.content_type) and (request.content_type != "application/json" or charset != "utf-8"):
        raise NotJson
    return raw


def parse(raw: bytes) -> Any:
    """Return the parsed body; an empty one is an empty object.

    :raises BadRequest: when it is not strict JSON.
    """
    if not raw:
        return {}
    try:
        value = json.loads(
            raw.decode("utf-8"),
            object_pairs_hook=_no_duplicates,
            parse_constant=_no_constant,
            parse_float=_number,
            parse_int=_whole_number,
        )
    except (ValueError, RecursionError):
        raise _unreadable() from None
    _check(value)
    return value


def _unreadable() -> BadRequest:
    return BadRequest({"body": [Text("正文不是严格的 JSON。", "The body is not strict JSON.")]})


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("duplicate key")
    return result


def _no_constant(_: str) -> None:
    raise ValueError("not a number")


def _number(text: str) -> Decimal:
    if len(text) > MAX_DIGITS:
        raise ValueError("too long a number")
    return Decimal(text)


def _whole_number(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise ValueError("too long a number")
    return int(text)


def _check(value: Any) -> None:
    """Check a value without recursion; refuse excessive depth and text that cannot be stored."""
    level = [value]
    depth = 0
    while level:
        deeper: list[Any] = []
        nested = False
        for item in level:
            if isinstance(item, str):
                _check_text(item)
            elif isinstance(item, dict):
                nested = True
                for name in item:
                    _check_text(name)
                deeper.extend(item.values())
            elif isinstance(item, list):
                nested = True
                deeper.extend(item)
        depth += nested
        if depth > MAX_DEPTH:
            raise _unreadable()
        level = deeper


def _check_text(text: str) -> None:
    if _NOT_STORED.search(text):
        raise _unreadable()


class StrictJSONParser(JSONParser):
    """The parser named in the OpenAPI document: JSON only."""
