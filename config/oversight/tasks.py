"""Celery task of the proof: PostgreSQL decides whether a run was requested and whether one is running.

A task names no run: it may be lost, doubled or early without harm.
"""

import logging

from celery import shared_task
from django.db import DatabaseError, InterfaceError, connection
from django.utils import timezone
from kombu.exceptions import OperationalError as BrokerError
from redis.exceptions import RedisError

from config.kernel.database.bulk import session_lock
from config.kernel.database.transactions import perform
from config.kernel.models import ProofRun
from config.kernel.proof.proofs import begin_proof, keep_proof, waiting_proof
from config.logs import constraint_name
from config.oversight.queries.proof import prove

log = logging.getLogger("bank.proof")

#: Time limit of a run; a longer one is started by the command `reconcile`.
LONGEST_SECONDS = 3600
_LOCK = 0x50524F46


@shared_task(ignore_result=True, time_limit=LONGEST_SECONDS)
def prove_asked() -> None:
    """Run the requested proof, unless a process is running it; an abandoned run starts again."""
    try:
        with session_lock(_LOCK) as held:
            if held and (run := waiting_proof()):
                _prove(run)
    except (DatabaseError, InterfaceError) as error:
        # Class and constraint only: a database error's text prints whole rows.
        log.warning("the proof was interrupted: %s, %s", type(error).__name__, constraint_name(error))
        connection.close()


def _prove(run: ProofRun) -> None:
    began_at = timezone.now()
    perform(lambda: begin_proof(run, began_at))
    findings = prove()
    perform(lambda: keep_proof(findings, began_at=began_at, run_id=run.id))


def wake_proof() -> None:
    """Send a wake-up for a requested proof; an unavailable broker is logged, and the next check finds the request."""
    try:
        prove_asked.apply_async(retry=False)
    except (BrokerError, RedisError, OSError) as error:
        log.warning("no wake-up sent: %s", type(error).__name__)
