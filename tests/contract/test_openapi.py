"""The committed OpenAPI document is valid, has no warnings, and equals the served one."""

import re
from typing import Any

import pytest
from django.test import Client
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from openapi_spec_validator import validate

from config.frames.api import document as served
from config.frames.api.schema import REASONS
from tests.architecture.test_roles import MATRIX, NOT_KEYED
from tests.contract.document import KEPT, read


@pytest.fixture(scope="module")
def generated() -> bytes:
    GENERATOR_STATS.reset()
    schema = SchemaGenerator().get_schema(request=None, public=True)
    assert not GENERATOR_STATS._warn_cache, "the document has warnings: run `make openapi` to see them"
    assert not GENERATOR_STATS._error_cache
    return OpenApiYamlRenderer().render(schema, renderer_context={})


@pytest.fixture(scope="module")
def document(generated: bytes) -> dict[str, Any]:
    return read(generated)


def _operations(document):
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            yield method.upper(), path.removeprefix("/api/v1"), operation


def test_committed_document_equals_the_views(generated):
    assert KEPT.read_bytes() == generated, "the API has changed: run `make openapi` and look at the difference"


def test_document_is_valid(document):
    validate(document)


def test_document_is_served_as_committed(document, db):
    answer = Client().get("/api/schema")
    assert answer.status_code == 200
    assert read(answer.content) == document


def test_document_is_built_once_for_many_requests(db, monkeypatch):
    made = []
    generate = SchemaGenerator.get_schema
    monkeypatch.setattr(SchemaGenerator, "get_schema", lambda *args, **more: made.append(1) or generate(*args, **more))
    served._document_bytes.cache_clear()
    answers = [Client().get("/api/schema", headers={"Accept": "application/json"}) for _ in range(3)]
    assert made == [1]
    assert {each["Content-Type"].partition(";")[0] for each in answers} == {"application/json"}
    assert len({each.content for each in answers}) == 1


def test_calls_of_the_document_equal_the_contract(document):
    described = {(method, _plain(path)) for method, path, _ in _operations(document)}
    assert described == set(MATRIX)


def _plain(path: str) -> str:
    return "/".join("{id}" if part.startswith("{") else part for part in path.split("/"))


def test_keyed_calls_document_their_key_and_no_other_does(document):
    for method, path, operation in _operations(document):
        names = {parameter["name"] for parameter in operation.get("parameters", [])}
        keyed = method == "POST" and _plain(path) not in NOT_KEYED
        assert ("Idempotency-Key" in names) is keyed, (method, path)


def test_every_call_documents_every_problem(document):
    for method, path, operation in _operations(document):
        expected = set(REASONS) - (set() if method != "GET" else {409, 413, 415, 422})
        problems = {int(status) for status, answer in operation["responses"].items() if "$ref" in answer}
        assert problems == expected, (method, path)
        assert any(status.startswith("2") for status in operation["responses"])


def test_names_of_calls_and_parts_are_unique_and_plain(document):
    ids = [operation["operationId"] for _, _, operation in _operations(document)]
    assert len(set(ids)) == len(ids)
    for name in document["components"]["schemas"]:
        assert name.isidentifier()
        assert not name.endswith(("Serializer", "Field", "Request")), name


def test_every_call_needs_a_key_of_a_principal(document):
    for method, path, operation in _operations(document):
        assert operation["security"] == [{"bearerKey": []}], (method, path)


def test_unknown_fields_of_a_body_are_refused(document):
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("Body"):
            assert schema["additionalProperties"] is False, name


def test_the_page_to_read_it_works_under_the_content_policy(db):
    """No inline script or style, and nothing from another host."""
    answer = Client().get("/api/docs")
    html = answer.content.decode()
    assert answer.status_code == 200
    assert "unsafe" not in answer["Content-Security-Policy"]
    assert not re.search(r"<style|https?://|\son[a-z]+=", html)
    sources = re.findall(r"<script([^>]*)>", html)
    assert len(sources) == 3
    assert all("src=" in source for source in sources)
    script = Client().get("/api/docs?script=")
    assert script["Content-Type"].startswith("application/javascript")
    assert b"/api/schema" in script.content
    for path in re.findall(r'(?:src|href)="(/static/[^"]+)"', html):
        assert Client().get(path).status_code == 200, path
