"""Shared parts of the fuzzers: the application in this process, the document, and the calling roles.

Tests import this module when they run: its objects are slow to build, and every process collects every test.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import hypothesis
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.generation.hypothesis import builder
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.python._constants.orchestrator import make_constants_value_source

from config.frames.api.concurrency import RequestLimit
from config.frames.api.overload import too_many_orders
from config.frames.api.wire import WholeBodies
from tests.architecture.test_roles import MATRIX
from tests.contract.document import kept

load_all_checks()
CHECKED = CHECKS.get_by_names(
    [
        "not_a_server_error",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
        "negative_data_rejection",
    ]
)


def schema(**config: Any) -> Any:
    """Return the document bound to the server's application in this process.

    `config.wsgi` itself would turn this process into one of the bank's for good, but later tests use databases
    without marks, or with other keys.
    """
    found = schemathesis.openapi.from_dict(kept(), config=SchemathesisConfig.from_dict({"seed": 20261125, **config}))
    found.app = WholeBodies(RequestLimit(get_wsgi_application(), beyond=too_many_orders))
    return found


@cache
def _any() -> tuple[Any, FeedbackSources]:
    """Return the document for valid and invalid calls, and the feedback source of the application."""
    found = schema(generation={"mode": "all", "allow-x00": True})
    return found, FeedbackSources(constants_value_source=make_constants_value_source(found))


#: Marks of Schemathesis on a test that it could not complete.
LEFT_OUT = (
    builder.UnsatisfiableExampleMark,
    builder.NonSerializableMark,
    builder.InvalidRegexMark,
    builder.InvalidHeadersExampleMark,
    builder.MissingPathParameters,
)


def fuzz(call: str, judge: Callable[[Any], None], bounds: hypothesis.settings) -> None:
    """Judge each example of a call: those of the document, boundary cases, and generated ones.

    Like `schema.parametrize()`, but when the test runs: at collection each of several processes would generate all
    examples, including those of tests that another process runs.
    """
    found, feedback = _any()

    @bounds
    def each(case: Any) -> None:
        judge(case)

    test = build_operation_test(
        config=found.config,
        operation=found.find_operation_by_label(call),
        test_func=each,
        given_kwargs={},
        feedback=feedback,
    )
    assert [mark.attr_name for mark in LEFT_OUT if mark.is_set(test)] == []
    test()


@contextmanager
def connection_kept() -> Iterator[None]:
    """Let requests share the test's connection and transaction, as Django's test client does."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def roles(operation: Any) -> list[str]:
    """Return the roles that may make a call according to the contract."""
    path = operation.path.removeprefix("/api/v1")
    plain = "/".join("{id}" if "{" in part else part for part in path.split("/"))
    return sorted(str(role) for role in MATRIX[operation.method.upper(), plain])
