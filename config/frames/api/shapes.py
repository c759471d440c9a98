"""Schemas of identity documents in the OpenAPI document: the pattern of each document type's number.

A pattern contains no check digit and no length of months; the names of the formats say more, so that
generators can produce valid numbers (`cn-citizen-id` is GB 11643, `cn-uscc` GB 32100).
"""

import re
from typing import Any

from config.kernel.identity.documents import CITIZEN_TYPES, INDIVIDUAL_TYPES, ORGANIZATION_TYPES
from config.kernel.identity.numbers import MILITARY_ID_LENGTH_MAX
from config.kernel.identity.vocabulary import DocumentType
from config.kernel.requests.fields import NO_TEXT

type Schema = dict[str, Any]

#: A text, of any number of lines.
TEXT = f"^[^{NO_TEXT}]*$"
#: A text with at least one visible character. The pattern excludes the most common invisible ones.
SEEN = (
    rf"^[^{NO_TEXT}]*[^\s\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff][^{NO_TEXT}]*$"
)

_BORN = "(?:18[5-9]|19[0-9]|20[0-9])[0-9](?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"
_REST = f"{_BORN}[0-9]{{3}}[0-9X]"
_IN_CODE = "[0-9A-HJ-NP-RTUWXY]"
_FULL_WIDTH = 0xFEE0
_TOKEN = re.compile(r"\{[^}]*\}|\(\?:|[)|]|\[(?P<several>[^]]*)\]|(?P<one>[0-9A-Z])")


def any_width(shape: str) -> str:
    """Return the pattern that also accepts full-width and lower-case characters."""

    def token(found: re.Match[str]) -> str:
        plain = found["several"] or found["one"]
        if plain is None:
            return found[0]
        plain += "".join(re.findall("[A-Z](?:-[A-Z])?", plain)).lower()
        wide = re.sub("[0-9A-Za-z]", lambda each: rf"\u{ord(each[0]) + _FULL_WIDTH:04x}", plain)
        return f"[{plain}{wide}]"

    return f"^(?:{_TOKEN.sub(token, shape)})$"


def _shape(pattern: str, name: str | None = None) -> Schema:
    # Only one pattern, because programs that generate test data cannot satisfy two at the same time.
    return {"pattern": any_width(pattern)} | ({"format": name} if name else {})


_NUMBERS: dict[DocumentType, Schema] = {
    DocumentType.HK_MACAU_PERMIT: _shape("[HM](?:[0-9]{8}|[0-9]{10})"),
    DocumentType.TAIWAN_PERMIT: _shape("[0-9]{8}|[0-9]{10}"),
    DocumentType.HMT_RESIDENCE: _shape(f"8[123]0000{_REST}", "cn-hmt-residence"),
    DocumentType.FOREIGN_PR_ID: _shape(f"9[0-9]{{5}}{_REST}|[A-Z]{{3}}[0-9]{{12}}", "cn-foreign-pr-id"),
    DocumentType.PASSPORT: _shape("[0-9A-Z]{5,17}"),
    DocumentType.MILITARY_ID: {"pattern": SEEN, "minLength": 1, "maxLength": MILITARY_ID_LENGTH_MAX},
    DocumentType.USCC: _shape(f"{_IN_CODE}{{2}}[0-9]{{6}}{_IN_CODE}{{10}}", "cn-uscc"),
}
_CITIZEN = _shape(f"[1-8][0-9]{{5}}{_REST}", "cn-citizen-id")


def _branch(kinds: list[DocumentType], number: Schema) -> Schema:
    is_passport = kinds == [DocumentType.PASSPORT]
    # Only a passport has a country.
    country: Schema = (
        {"type": "string", "format": "iso-3166", "pattern": any_width("[A-Z]{2,3}")}
        if is_passport
        else {"maxLength": 0}
    )
    branch: Schema = {
        "properties": {"type": {"enum": [each.value for each in kinds]}, "number": number, "country": country}
    }
    return branch | ({"required": ["country"]} if is_passport else {})


#: Schema of a document: the number matches the pattern of its type.
NUMBER_OF_ITS_TYPE: Schema = {
    "anyOf": [
        _branch([kind for kind in DocumentType if kind in CITIZEN_TYPES], _CITIZEN),
        *(_branch([kind], number) for kind, number in _NUMBERS.items()),
    ]
}


def _of(kinds: frozenset[DocumentType]) -> Schema:
    return {"properties": {"type": {"enum": [kind.value for kind in DocumentType if kind in kinds]}}}


#: Documents of invented persons and an invented company, for examples.
A_PERSON: Schema = {"type": "resident_id", "number": "11010519491231002X", "valid_until": "2040-01-01"}
A_FOREIGNER: Schema = {"type": "passport", "number": "X1234567", "country": "GBR"}
A_COMPANY: Schema = {"type": "uscc", "number": "91350100M000100Y43"}
#: An account at another bank, and a made-up id for examples; a caller replaces it by an id from an answer.
AN_EXTERNAL_ACCOUNT = {"account_number": "6222000011112222", "bank_code": "OTHERBANK"}
AN_ID = "01900000-0000-7000-8000-000000000000"


#: Schema of a body with a document that only an individual can have.
AN_INDIVIDUALS: Schema = {"allOf": [{"properties": {"document": _of(INDIVIDUAL_TYPES)}}]}


def kind_with_document(individual: str, organization: str, **only_individuals: Schema) -> Schema:
    """Return the schema that couples `kind` and document of a person or organization.

    :param only_individuals: fields that do not apply to organizations, with their empty values.
    """
    return {
        "anyOf": [
            {"properties": {"kind": {"enum": [individual]}, "document": _of(INDIVIDUAL_TYPES)}},
            {
                "properties": {
                    "kind": {"enum": [organization]},
                    "document": _of(ORGANIZATION_TYPES),
                    **only_individuals,
                }
            },
        ]
    }
