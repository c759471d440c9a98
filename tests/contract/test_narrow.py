"""The OpenAPI document is as narrow as the product: what it says of a text, the field behind it says, too."""

from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
import yaml
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.api.fields import ExactlyOne, PhoneField, StrictSerializer, TextField, YuanField
from tests.architecture.routes import routes
from tests.contract.test_openapi import KEPT

SCHEMAS = yaml.safe_load(KEPT.read_text())["components"]["schemas"]


def bodies(kind: type[StrictSerializer]) -> Iterator[tuple[str, StrictSerializer]]:
    """Yield a body and what stands in it, by the name that the document has for it."""
    body = kind()
    yield kind.__name__.removesuffix("Field"), body
    for field in body.fields.values():
        inner = field.child if isinstance(field, serializers.ListSerializer) else field
        if isinstance(inner, StrictSerializer):
            yield from bodies(type(inner))


def _all() -> dict[str, StrictSerializer]:
    views = [route.view for route in routes()]
    found = dict(each for view in views if "POST" in view.roles or "PUT" in view.roles for each in bodies(view.body))
    return {name: body for name, body in found.items() if body.fields}


BODIES = _all()
TEXTS = sorted(
    (name, field)
    for name, body in BODIES.items()
    for field, each in body.fields.items()
    if isinstance(each, (TextField, YuanField))
)


def samples(field: Any, schema: dict[str, Any]) -> list[str]:
    """Return texts on both sides of what is allowed."""
    if isinstance(field, YuanField):
        return ["1", "0.01", "0", "0.00", "1.", ".5", "1.234", "9" * 13, "9" * 14, "-1", " 1", "1e3", "１"]
    if isinstance(field, PhoneField):
        return ["", " ", "+1234567", "+123456", "13800138000", "x3800138000", "１３８００１３８０００", "+" + "1" * 40]
    lengths = {0, 1, schema.get("minLength", 0), schema.get("minLength", 1) - 1}
    lengths |= {schema["maxLength"], schema["maxLength"] + 1}
    odd = [" ", "\u3000", "\u200b", "\t", "1" * schema.get("minLength", 1) + "!", "①" * 12, "号"]
    # What a line or a name may not hold besides is its reader's; all of these say at least something.
    return ["1" * length for length in sorted(lengths)] + [each for each in odd if len(each) <= schema["maxLength"]]


def taken(field: Any, text: str) -> bool:
    try:
        field.run_validation(text)
    except ValidationError:
        return False
    return True


def test_there_are_texts_to_look_at():
    assert len(TEXTS) > 30
    assert {"OpenAccountBody", "TransferBody", "CertificateBody", "DocumentBody"} <= BODIES.keys() <= SCHEMAS.keys()


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=lambda each: each)
def test_a_text_is_taken_as_the_document_says(name, text):
    field, schema = BODIES[name].fields[text], SCHEMAS[name]["properties"][text]
    judge = jsonschema.Draft7Validator(schema)
    told = {each: (judge.is_valid(each), taken(field, each)) for each in samples(field, schema)}
    assert {each: both for each, both in told.items() if both[0] != both[1]} == {}
    assert {both[1] for both in told.values()} == {True, False}


@pytest.mark.parametrize("name", sorted(name for name, body in BODIES.items() if isinstance(body, ExactlyOne)))
def test_one_of_several_is_exactly_one(name):
    ways = list(BODIES[name].fields)
    assert SCHEMAS[name]["oneOf"] == [{"required": [way]} for way in ways]
    judge = jsonschema.Draft7Validator({**SCHEMAS[name], "properties": {way: {} for way in ways}})
    assert [judge.is_valid(each) for each in ({}, {ways[0]: "1"}, dict.fromkeys(ways, "1"))] == [False, True, False]


def test_a_cursor_and_a_jump_have_their_limits():
    (query,) = {
        str(parameter["schema"])
        for operations in yaml.safe_load(KEPT.read_text())["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "cursor"
    }
    assert "'minLength': 1" in query
    assert "'maxLength': 200" in query
    seconds = SCHEMAS["AdvanceBody"]["properties"]["seconds"]
    assert (seconds["minimum"], seconds["maximum"]) == (0, 3653 * 86_400)
