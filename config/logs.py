"""Logging: one line of JSON for each event, without personal data (通告第六条)."""

import json
import logging
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Numbers of documents, cards and phones: long runs of digits (an id may end in X). The longest run in an id of the bank
# is the last part of a UUID, twelve digits.
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:[0-9]{17}[Xx]|[0-9]{15,19}|(?:86)?1[3-9][0-9]{9})(?![0-9A-Za-z])")
# PostgreSQL's additions to an error: the value of a key, or the whole row.
_DETAIL = re.compile(r"(?:DETAIL|CONTEXT):\s.*", re.DOTALL)
# A unique index of a monthly partition has the constraint's name with the month appended.
_PART = re.compile(r"_(?:strays|\d{4}_\d{2})$")


def scrub(text: str) -> str:
    """Replace texts that look like a document, card or phone number; drop the detail of a database error."""
    return _NUMBERS.sub("[number]", _DETAIL.sub("[detail]", text))


class WithoutPersonalData(logging.Filter):
    """Filter that scrubs the complete message of any logger."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, Mapping) and "exc" in record.args:
            # Celery logs the text of a task's exception; only the class is kept.
            record.args = {**record.args, "exc": str(record.args["exc"]).partition("(")[0]}
        record.msg = scrub(record.getMessage())
        record.args = None
        return True


class JsonFormatter(logging.Formatter):
    """Formatter for one JSON line; a trace has class and places, never an exception's text."""

    def format(self, record: logging.LogRecord) -> str:
        event: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, tz=UTC).isoformat(),
            "level": record.levelname,
            "logger": record.name,
            "event": record.getMessage(),
        }
        for name in ("request_id", "status_code"):
            if (value := getattr(record, name, None)) is not None:
                event[name] = str(value)
        if trail := getattr(record, "trail", None):
            event["trail"] = trail
        if record.exc_info and record.exc_info[0]:
            event["error"] = record.exc_info[0].__qualname__
            event["constraint"] = constraint_name(record.exc_info[1])
            event["trace"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(record.exc_info[2])[-12:]
            ]
        return json.dumps(event, ensure_ascii=False)


def sqlstate(error: BaseException | None) -> str | None:
    """Return the SQLSTATE of a database error; None without one, as after a lost connection."""
    while error is not None:
        if state := getattr(error, "sqlstate", None):
            return str(state)
        error = error.__cause__
    return None


def constraint_name(error: BaseException | None) -> str | None:
    """Return the constraint named by a database error; it is the only part that is safe to show."""
    while error is not None:
        diag = getattr(error, "diag", None)
        if diag is not None:
            return _PART.sub("", str(diag.constraint_name or diag.sqlstate))
        error = error.__cause__
    return None
