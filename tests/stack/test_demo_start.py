"""A demo opens over any pending work in its database, and the printed addresses and names work."""

import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from django.db.models import F

from accounts.models import Account, Document
from config.kernel.database.clock import bank_now, runs_behind
from config.kernel.models import Approval
from config.stack import state
from config.stack.demo import ROOT
from config.stack.process import Process, wait_until
from tests import factories
from tests.database_refusals import past_the_guards
from tests.processes import environment, free_port, python, running
from tests.servers import KEYS
from tests.transfers.factories import DAY, held
from transfers.models import Transfer


@pytest.fixture
def poisoned(transactional_db):
    """A transfer overdue by a day that cannot be released because its reservation is missing."""
    payer = factories.account(factories.customer(), "I", balance_fen=100)
    (transfer,) = held(payer, due_at=bank_now() - DAY)
    with past_the_guards("accounts_account"):
        Account.objects.filter(pk=payer.pk).update(held_fen=0)
    return transfer


@contextmanager
def open_demo(tmp_path: Path, *, without: str = "") -> Iterator[Process]:
    """Run a demo on this test's database until it is open; `tail(50)` is its output."""
    place = tmp_path / "the demo's place"
    place.mkdir()
    # The keys are those with which the tests write.
    state.write_private(place / state.SECRETS, state.shell_lines({name: environment()[name] for name in KEYS}))
    words = {"STATE_DIR": str(place), "PORT": str(free_port()), "DEMO_WITHOUT": without}
    demo = python("demo", "-m", "config.stack", "demo", log=tmp_path, **words)
    demo.stop_seconds = 30
    with running(demo):
        try:
            assert wait_until(lambda: "  Stop " in demo.tail(50) or not demo.alive(), seconds=120), demo.tail(50)
            assert demo.alive(), demo.tail(50)
            yield demo
        finally:
            demo.stop()


def test_a_poisoned_overdue_transfer_keeps_no_demo_closed(poisoned, tmp_path):
    with open_demo(tmp_path, without="day") as demo:
        (url,) = re.findall(r"(http://\S+)/desk/", demo.tail(50))
        ready = httpx.get(f"{url}/readyz", trust_env=False)
        assert (ready.status_code, ready.json()["status"]) == (200, "ok")
        assert ready.json()["checks"]["releaser"].startswith("warning: a transfer is overdue by 864")
        assert wait_until(lambda: Transfer.objects.get().parked_until is not None, seconds=60)


def test_the_printed_words_lead_to_the_desk_and_to_its_customers(transactional_db, tmp_path):
    with open_demo(tmp_path, without="celery,watcher") as demo:
        printed = demo.tail(50)
        (url,) = re.findall(r"(http://\S+/desk/)$", printed, re.MULTILINE)
        (password,) = re.findall(r"password (\S+)", printed)
        codes = dict(re.findall(r"^ +(\w+) +one-time code now (\d{6})$", printed, re.MULTILINE))
        assert {"teller", "supervisor", "compliance", "auditor", "admin"} <= codes.keys()
        (command,) = re.findall(r"^ +(\(.*desk_code teller\))$", printed, re.MULTILINE)
        # In an empty environment: a command says all that it needs.
        output = subprocess.run(["sh", "-c", command], cwd=ROOT, env={}, capture_output=True, text=True, check=True)
        with httpx.Client(trust_env=False, follow_redirects=True) as browser:
            page = browser.get(url)
            token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[0]
            typed = {"username": "teller", "password": password, "code": output.stdout.strip()}
            home = browser.post(page.url, data=typed | {"csrfmiddlewaretoken": token})
        assert (home.status_code, str(home.url)) == (200, url)
    named = re.findall(r"^ +([0-9A-Z]{18})  (\S+): (.+)$", printed, re.MULTILINE)
    assert {each[:2] for each in named} < {(each.number, each.customer.name) for each in Document.objects.all()}
    assert [name for _, name, words in named if "certified by" in words] == ["周明远"]
    assert [name for _, name, words in named if "5 x debit card" in words] == ["何其昌"]
    # A day was lived before it opened: some of it is still on hold, what fell due was released, never early.
    found = Counter(Transfer.objects.values_list("status", flat=True))
    assert found["held"] > 50
    assert found["posted"] + found["refused"] > 5
    posted = Transfer.objects.filter(status="posted", due_at__gt=F("accepted_at"))
    assert not posted.filter(settled_at__lt=F("due_at")).exists()
    assert not posted.filter(settled_at__gt=F("due_at") + timedelta(minutes=1)).exists()
    assert Approval.objects.filter(status="pending").count() > 3
    assert not runs_behind()
