"""Whom a document typed at the desk belongs to."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from blacklist.desk.boxes import Faults
from blacklist.operations.customers import Linked, linked_to
from config.desk.problems import Problem, problem_of
from config.kernel.clock import bank_now
from config.kernel.dates import shanghai_day
from config.kernel.identity.documents import IdentityDocument, parse_document
from config.kernel.identity.faults import DocumentError
from config.kernel.refusals import BadRequest
from config.kernel.sealed import identity_key
from config.kernel.text import Text


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody by his document, and all that is linked to it when he is a customer."""

    document: IdentityDocument = field(repr=False)
    linked: Linked = field(repr=False)


def problem_with(faults: Faults) -> Problem:
    """Return what is wrong as a page shows it above the boxes: with its code."""
    return problem_of(BadRequest(faults.by_path))


def read_person(typed: Mapping[str, str]) -> tuple[Person | None, Faults]:
    """Read a document that was typed; return the person, or what is wrong with it."""
    number = str(typed.get("number", "")).strip()
    if not number:
        return None, Faults({"document.number": [Text("请填写证件号码。", "Enter the document's number.")]})
    try:
        document = parse_document(
            str(typed.get("type", "")),
            number,
            str(typed.get("country", "")).strip().upper() or None,
            on=shanghai_day(bank_now()),
        )
    except DocumentError as error:
        return None, Faults({f"document.{error.field}": [Text(error.zh, error.en)]})
    return Person(document, linked_to(identity_key(document.identity))), Faults()
