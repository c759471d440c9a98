"""The proof at the desk (5006): requested by an auditor, run in the background, its result kept."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from accounts.models import Account
from config.kernel.database.bulk import session_lock
from config.kernel.database.sql import rows
from config.kernel.models import ProofRun
from config.kernel.proof.proofs import keep_proof
from config.oversight import tasks
from config.oversight.queries.proof import INVARIANTS, last_proof, prove
from tests import evidence, factories
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.desk.pages import english, text_of
from tests.transfers.conftest import money, pay_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def asleep(monkeypatch):
    """No worker is started; tests run the task in their own transaction."""
    monkeypatch.setattr("config.oversight.desk.proofs.wake_proof", lambda: None)


@pytest.fixture
def auditor(noon, signed_in, asleep):
    return signed_in("auditor")


def ask(client):
    once = text_of(client.get("/desk/proof")).split('name="once" value="')[1].split('"')[0]
    return client.post("/desk/proof/ask", {"once": once})


def test_proof_is_requested_run_and_shown(auditor, zhang):
    pay_in(factories.account(zhang, "I"), 100)
    evidence.write_missing()
    assert "尚未核对过" in text_of(auditor.get("/desk/proof"))
    assert "尚未核对过" in text_of(auditor.get("/desk/"))
    assert ask(auditor)["Location"] == "/desk/proof"
    page = text_of(auditor.get("/desk/proof"))
    assert "已发起" in page
    assert "every 2s" in page
    assert "立即核对" not in page
    tasks.prove_asked()
    page = text_of(auditor.get("/desk/proof"))
    assert f"{len(INVARIANTS)} / {len(INVARIANTS)}" in page
    assert "every 2s" not in page
    run = last_proof()
    assert (run.asked_by.name, run.broken, run.asked) == ("auditor", 0, len(INVARIANTS))
    tasks.prove_asked()
    assert ProofRun.objects.count() == 1, "nothing was asked for"


def test_violated_invariant_is_red_and_names_the_row(auditor, zhang):
    account = factories.account(zhang, "I")
    pay_in(account, 100)
    evidence.write_missing()
    with past_the_guards("accounts_account"):
        Account.objects.filter(pk=account.pk).update(balance_fen=money(account)[0] + 1)
    ask(auditor)
    tasks.prove_asked()
    run = last_proof()
    assert run.broken >= 1
    for page in (text_of(auditor.get("/desk/proof")), text_of(auditor.get(f"/desk/proof/{run.id}"))):
        assert "核对不符" in page
        assert str(account.id) in page
    for page in ("/desk/", "/desk/figures"):
        assert f"不符 {run.broken}" in text_of(auditor.get(page))
    assert "Does not hold" in text_of(english(auditor).get("/desk/proof"))


def test_two_simultaneous_requests_give_one_run_executed_once(auditor, signed_in):
    ask(auditor)
    auditor.post("/desk/proof/ask", {"once": "00000000-0000-4000-8000-000000000001"})
    assert ProofRun.objects.count() == 1
    for role in ("supervisor", "compliance"):
        assert "立即核对" not in text_of(signed_in(role).get("/desk/proof"))
        assert signed_in(role).post("/desk/proof/ask").status_code == 403
    assert signed_in("teller").get("/desk/proof").status_code == 403


def test_second_worker_does_not_run_the_same_proof(auditor, monkeypatch):
    ask(auditor)
    monkeypatch.setattr(tasks, "session_lock", lambda _lock: _taken())
    tasks.prove_asked()
    assert ProofRun.objects.get().ended_at is None


def _taken():
    from contextlib import nullcontext

    return nullcontext(False)


def test_the_lock_is_the_sessions_own():
    with session_lock(7) as mine:
        assert mine


def test_the_command_keeps_the_same_row(noon, zhang):
    evidence.write_missing()
    call_command("reconcile", "--json", stdout=StringIO())
    run = last_proof()
    assert (run.asked_by, run.whole, run.broken) == (None, False, 0)
    assert [each["name"] for each in run.findings] == [each.name for each in INVARIANTS]


def test_a_run_is_kept_however_long_it_counts(noon):
    keep_proof(prove(INVARIANTS[:1]), began_at=NOON)
    assert rows("SHOW statement_timeout") == [{"statement_timeout": "15min"}]
    assert rows("SHOW transaction_timeout") == [{"transaction_timeout": "0"}]


#: What no run can be.
RUNS = {
    "proof_run_is_whole": {"ended_at": NOON},
    "proof_run_one_waits": {},
}


@pytest.mark.parametrize("constraint", RUNS)
def test_database_requires_complete_runs_and_one_pending_run(constraint, noon):
    ProofRun.objects.create()
    with refused_by(constraint):
        ProofRun.objects.create(**RUNS[constraint])


@pytest.mark.parametrize("change", [{"broken": 1}, {"asked_at": NOON - timedelta(hours=1)}, {"findings": []}], ids=str)
def test_result_of_a_run_cannot_change(change, noon):
    keep_proof(prove(INVARIANTS[:1]), began_at=NOON)
    with refused_by("kernel_proofrun_stands"):
        ProofRun.objects.update(**change)
