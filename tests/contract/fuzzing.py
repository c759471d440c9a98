"""What fuzzers share: the application in this process, the document, and the roles that may call."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig

from config.api.at_work import FewAtWork
from config.api.shedding import too_many_orders
from config.api.wire import WholeBodies
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
    """Return the document with the application behind it, as the server makes it, in this process.

    `config.wsgi` itself would make this process one of the bank's for good: tests after it work on databases without
    marks, or with other keys.
    """
    found = schemathesis.openapi.from_dict(kept(), config=SchemathesisConfig.from_dict({"seed": 20261125, **config}))
    found.app = WholeBodies(FewAtWork(get_wsgi_application(), beyond=too_many_orders))
    return found


@contextmanager
def connection_kept() -> Iterator[None]:
    """Do as Django's test client does: requests share the test's connection and transaction."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in signals:
            signal.connect(close_old_connections)


def roles(operation: Any) -> list[str]:
    """Return who may make a call, as the contract has it."""
    path = operation.path.removeprefix("/api/v1")
    plain = "/".join("{id}" if "{" in part else part for part in path.split("/"))
    return sorted(str(role) for role in MATRIX[operation.method.upper(), plain])
