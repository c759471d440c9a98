"""The OpenAPI document is as strict about texts as the serializer fields behind it."""

from collections.abc import Iterator
from datetime import date
from types import SimpleNamespace
from typing import Any

import jsonschema
import pytest
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from config.frames.api.fields import ExactlyOne, PhoneField, StrictSerializer, TextField, YuanField
from config.frames.api.uploads import UploadView
from config.kernel.identity.documents import DocumentError, parse_document
from tests.architecture.routes import routes
from tests.contract.document import kept
from tests.http import ApiClient

SCHEMAS = kept()["components"]["schemas"]


def bodies(kind: type[StrictSerializer]) -> Iterator[tuple[str, StrictSerializer]]:
    """Yield a body and its nested bodies, by their names in the document."""
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
    # A field without a pattern of its own is tested together with the other fields: below.
    if isinstance(each, YuanField) or (isinstance(each, TextField) and each.pattern is not None)
)
#: Numbers of documents by type: taken, refused for their shape, refused for what no shape shows.
NUMBERS = {
    "resident_id": (
        ["11010519491231002X", "11010519491231002x", "１１０１０５１９４９１２３１００２Ｘ"],
        [
            "110105491231002",
            "01010519491231002X",
            "11010519491331002X",
            "11010518491231002X",
            "11010519491231002XX",
            " ",
        ],
        ["110105194912310021", "110105194902300021"],
    ),
    "household_register": (["360426199101010071"], ["36042619910101007", "H12345678", "３６"], ["360426199101010072"]),
    "hk_macau_permit": (["H12345678", "m1234567890", "Ｈ12345678"], ["H1234567", "X12345678", "H123456789"], []),
    "taiwan_permit": (["12345678", "1234567890"], ["123456789", "H12345678", "1234567"], []),
    "hmt_residence": (["830000199201300022"], ["840000199201300022", "83000019920130002"], ["830000199201300023"]),
    "foreign_pr_id": (["FRA123456789012"], ["FR1234567890123", "8110105194912310"], ["911156199301010001"]),
    "passport": (["X1234567", "ｘ1234567"], ["X123", "X" * 18, "X-1234567", "护照12345"], []),
    "military_id": (["军字第12345号", "A-1"], ["", "1" * 33, "\u200b"], ["a.b", "---"]),
    "uscc": (
        ["91350100M000100Y43", "91350100m000100y43"],
        ["91350100M000100I43", "91350100M000100Y4"],
        ["91350100M000100Y44"],
    ),
}


def samples(field: Any, schema: dict[str, Any]) -> list[str]:
    """Return texts on both sides of each limit."""
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


def test_document_has_texts_to_check():
    assert len(TEXTS) > 30
    assert {"OpenAccountBody", "TransferBody", "CertificateBody", "DocumentBody"} <= BODIES.keys() <= SCHEMAS.keys()


@pytest.mark.parametrize(("name", "text"), TEXTS, ids=lambda each: each)
def test_a_text_is_taken_as_the_document_says(name, text):
    field, schema = BODIES[name].fields[text], SCHEMAS[name]["properties"][text]
    judge = jsonschema.Draft7Validator(schema)
    results = {each: (judge.is_valid(each), taken(field, each)) for each in samples(field, schema)}
    assert {each: both for each, both in results.items() if both[0] != both[1]} == {}
    assert {both[1] for both in results.values()} == {True, False}


def read(kind: str, number: str, country: str | None) -> bool:
    try:
        parse_document(kind, number, country, on=date(2026, 1, 5))
    except DocumentError:
        return False
    return True


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_number_has_the_shape_of_its_kind(kind):
    country = "GBR" if kind == "passport" else None
    judge = jsonschema.Draft7Validator(SCHEMAS["DocumentBody"])

    def says(number: str) -> tuple[bool, bool]:
        body = {"type": kind, "number": number} | ({"country": country} if country else {})
        return judge.is_valid(body), read(kind, number, country)

    good, shapeless, beyond = NUMBERS[kind]
    assert {number: says(number) for number in good} == dict.fromkeys(good, (True, True))
    assert {number: says(number) for number in shapeless} == dict.fromkeys(shapeless, (False, False))
    assert {number: says(number) for number in beyond} == dict.fromkeys(beyond, (True, False))


@pytest.mark.parametrize(("kind", "country", "valid"), [
    ("passport", None, False), ("passport", "GBR", True), ("passport", "gb", True), ("passport", "G8", False),
    ("military_id", "GBR", False), ("military_id", "", True), ("military_id", None, True),
])  # fmt: skip
def test_only_a_passport_has_a_country(kind, country, valid):
    body = {"type": kind, "number": "X1234567"} | ({} if country is None else {"country": country})
    assert jsonschema.Draft7Validator(SCHEMAS["DocumentBody"]).is_valid(body) is valid
    assert read(kind, "X1234567", country) is valid


@pytest.mark.parametrize("name", sorted(name for name, body in BODIES.items() if isinstance(body, ExactlyOne)))
def test_alternative_fields_are_exactly_one(name):
    ways = list(BODIES[name].fields)
    assert SCHEMAS[name]["oneOf"] == [{"required": [way]} for way in ways]
    judge = jsonschema.Draft7Validator({**SCHEMAS[name], "properties": {way: {} for way in ways}})
    assert [judge.is_valid(each) for each in ({}, {ways[0]: "1"}, dict.fromkeys(ways, "1"))] == [False, True, False]


ASKED = {
    f"{method} {route.path}": route.view.body
    for route in routes()
    for method in ("POST", "PUT")
    if method in route.view.roles and route.view.body().fields and not issubclass(route.view, UploadView)
}


@pytest.mark.parametrize("call", sorted(ASKED))
def test_a_call_that_says_something_has_examples_that_are_taken(call):
    """Generators start with the examples: they are valid for the document and for the fields."""
    body = ASKED[call]
    assert body.examples
    judge = jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{body.__name__}", "components": {"schemas": SCHEMAS}}
    )
    teller = SimpleNamespace(user=SimpleNamespace(role="teller"))
    for name, example in body.examples.items():
        assert [each.message for each in judge.iter_errors(example)] == [], name
        assert body.validated(example, teller), name


@pytest.mark.parametrize(("call", "example", "change"), [
    ("POST /customers", "individual", {"kind": "organization"}),
    ("POST /customers", "organization", {"kind": "individual"}),
    ("POST /customers", "organization", {"birth_date": "1990-03-01"}),
    ("POST /accounts", "byAgent", {"agent": {"name": "甲", "document": {"type": "uscc", "number": "91350100M000100Y43"}}}),
    ("POST /transfers", "counter", {"payee": {"account_number": "6222000011112222"}}),
    ("POST /blacklist/certificates", "lent", {"subjects": []}),
    ("POST /blacklist/certificates", "lent", {"category": "CASE_ACCOUNT"}),
    ("POST /blacklist/certificates", "caseAccount", {"case_accounts": []}),
    ("POST /blacklist/certificates", "caseAccount", {"category": "LEND"}),
    ("POST /blacklist/certificates", "lent", {"authority": {"name": "甲", "region_code": "990000", "level": "county"}}),
])  # fmt: skip
def test_document_declares_fields_that_belong_together(teller, noon, call, example, change):
    """The document refuses what the product refuses as malformed, apart from refusals by a rule."""
    body = {**ASKED[call].examples[example], **change}
    judge = jsonschema.Draft202012Validator(
        {"$ref": f"#/components/schemas/{ASKED[call].__name__}", "components": {"schemas": SCHEMAS}}
    )
    assert not judge.is_valid(body)
    if call == "POST /accounts":
        body["customer_id"] = teller.post("/customers", ASKED["POST /customers"].examples["individual"]).json()["id"]
    role = "compliance" if "blacklist" in call else "teller"
    assert ApiClient(role).post(call.removeprefix("POST "), body).status_code == 400


def test_a_cursor_and_a_jump_have_their_limits():
    (query,) = {
        str(parameter["schema"])
        for operations in kept()["paths"].values()
        for operation in operations.values()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "cursor"
    }
    assert "'minLength': 1" in query
    assert "'maxLength': 200" in query
    seconds = SCHEMAS["AdvanceBody"]["properties"]["seconds"]
    assert (seconds["minimum"], seconds["maximum"]) == (0, 3653 * 86_400)
