"""Start condition of processes: a process with faults in keys, clock or role does not work on the database."""

import logging
import threading
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from config.kernel.integrity import foundations
from config.kernel.vault.key_marks import OtherKeys, keys_mismatch

log = logging.getLogger("bank.foundations")


class NoFoundation(OperationalError):
    """Error of a process that must not work on its database; callers treat it as an unavailable database."""


def guard_process() -> None:
    """End this process if it has a fault; when the database is unavailable, check as soon as it is back.

    Until then every connection is refused, so nothing is released or written. The keys are checked with each new
    connection: a change of the index key waits until there is no connection, and later connections are checked.
    So is whether the server can write: one host name may lead to a primary now and to a standby later.

    :raises SystemExit: with a sentence that names the fault, never any part of a key.
    """
    _refuse(foundations.faults_of_settings(), SystemExit)
    connection_created.connect(_ask, dispatch_uid="foundations")
    try:
        if connection.connection is None:
            connection.ensure_connection()
            connection.close()
        else:
            _ask(connection)
    except (OtherKeys, NoFoundation) as refused:
        raise SystemExit(str(refused)) from None
    except (OperationalError, InterfaceError) as error:
        log.warning("the keys are checked when the database is back: %s", type(error).__name__)


_asked = threading.Event()


def _ask(connection: BaseDatabaseWrapper, **_: Any) -> None:
    try:
        # Without grants the marks of the keys cannot be read.
        if not _asked.is_set():
            _refuse(foundations.faults_of_grants(), NoFoundation)
        if reason := keys_mismatch():
            raise OtherKeys(reason)
        _refuse(foundations.faults_of_session(), NoFoundation)
        if not _asked.is_set():
            _refuse(foundations.faults_of_database(), NoFoundation)
            _asked.set()
    except (OtherKeys, NoFoundation) as refused:
        log.critical("%s", refused)
        # An open connection would be used by the next query without this check.
        connection.close()
        raise


def _refuse(faults: list[foundations.Fault], refusal: type[BaseException]) -> None:
    for fault in faults:
        if not fault.refuses:
            log.warning("%s", fault.sentence)
    if refusing := [fault.sentence for fault in faults if fault.refuses]:
        raise refusal(" ".join(refusing))
