"""A common way to release: for each transfer a Celery task with the due instant as ETA, on django-hordak.

The worker is a separate process with two children: `celery -A benchmarks.cases.peers.eta worker`.
"""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random

from celery import Celery
from celery.signals import worker_process_init

from benchmarks.cases.common import Meter
from benchmarks.cases.peers.django_setup import set_up
from benchmarks.cases.peers.hordak import Hordak

#: Seconds from the first sending until all are due: the time for sending and for the worker's start.
LEAD = 30
HELD = """
CREATE TABLE eta_held (id int PRIMARY KEY, payer_id bigint NOT NULL, payee_id bigint NOT NULL, due_at timestamptz NOT NULL,
                       released_at timestamptz)
"""

app = Celery("eta", broker=os.environ["REDIS_URL"])
app.conf.update(task_acks_late=True, task_ignore_result=True, broker_connection_retry_on_startup=True)


@worker_process_init.connect
def _begin(**_: object) -> None:
    set_up("mptt", "hordak", migrate=False)


@app.task
def release(held_id: int) -> None:
    """Post a held transfer, once."""
    from django.db import connection, transaction
    from hordak.models import Account
    from moneyed import Money

    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT payer_id, payee_id FROM eta_held WHERE id = %s AND released_at IS NULL FOR UPDATE", [held_id]
        )
        if found := cursor.fetchone():
            payer = Account.objects.select_for_update().get(pk=found[0])
            Account.objects.get(pk=found[1]).transfer_to(payer, Money("0.01", "CNY"))
            cursor.execute("UPDATE eta_held SET released_at = clock_timestamp() WHERE id = %s", [held_id])


def seeded(accounts: int) -> "Eta":
    """Create the tables of django-hordak with accounts, and add a table of held transfers."""
    from django.db import connection

    set_up("mptt", "hordak")
    bank = Hordak(accounts)
    with connection.cursor() as cursor:
        cursor.execute(HELD)
    return Eta(bank)


class Eta:
    """Bank without acceptance: its transfers are held from the beginning."""

    def __init__(self, bank: Hordak) -> None:
        self.bank, self.chance = bank, Random(2)

    def ways(self) -> dict[str, tuple[Callable[[], None], int]]:
        """Return no ways, because only releases are measured."""
        return {}

    def release(self, number: int) -> dict[str, float]:
        """Let transfers fall due at one instant; return duration and CPU without the database's."""
        from django.db import connection
        from django.utils import timezone

        due = timezone.now() + timedelta(seconds=LEAD)
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO eta_held VALUES (%s, %s, %s, %s, NULL)",
                [(n, *self.chance.sample(self.bank.ids, 2), due) for n in range(number)],
            )
            meter = Meter()
            words = ["-A", "benchmarks.cases.peers.eta", "worker", "-c", "2", "--loglevel", "ERROR", "--without-gossip"]
            worker = subprocess.Popen([sys.executable, "-m", "celery", *words], stdout=subprocess.DEVNULL)
            try:
                for n in range(number):
                    release.apply_async((n,), eta=due)
                assert timezone.now() < due, "they fell due before all were sent"
                left = number
                while left:
                    time.sleep(0.1)
                    cursor.execute("SELECT count(*) FROM eta_held WHERE released_at IS NULL")
                    (left,) = cursor.fetchone()
                cpu = meter.microseconds(1e6)
            finally:
                worker.terminate()
                worker.wait()
            cursor.execute("SELECT extract(epoch FROM max(released_at) - min(due_at))::float FROM eta_held")
            (seconds,) = cursor.fetchone()
        return {"calls": number, "seconds": seconds, "cpu": cpu}

    def wrong(self, calls: int) -> list[str]:
        """Return the errors found after some transfers."""
        return self.bank.wrong(calls)
