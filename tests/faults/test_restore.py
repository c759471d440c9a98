"""Restore drill: a bank restored from its backup pays nobody twice."""

import os
import signal
import stat
import subprocess
import sys

import httpx
import psycopg
import pytest
from django.core.management import CommandError, call_command

from config.kernel.integrity import dumps
from config.kernel.models import Restore
from config.stack.process import wait_until
from tests import evidence, factories
from tests.http import ApiClient
from tests.processes import ROOT, answers, environment, free_port, python, running, watcher, web
from tests.roles import application_role
from tests.scratch import scratch
from tests.transfers.conftest import money, pay_in

pytestmark = pytest.mark.django_db(transaction=True)

OUTSIDE = {"account_number": "87144583", "bank_code": "YZ", "name": "王二"}
LOOKS = """
SELECT string_agg(query_start::text, '') FROM pg_stat_activity
WHERE datname = current_database() AND application_name = 'watcher' AND query LIKE '%%transfers_transfer%%'
"""
#: As a container that is restarted whenever it ends.
AGAIN = """
import subprocess, sys, time
while subprocess.call([sys.executable, "manage.py", "watch_due"]):
    time.sleep(0.1)
"""
RELATIONS = "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace"


@pytest.fixture
def bank(noon):
    """A bank with four transfers overdue by an hour, one to a suspect, and one that can still be cancelled."""
    people = {"payer": factories.ZHANG, "suspect": factories.WANG, "payee": factories.LI}
    accounts = {name: factories.account(factories.customer(person), "I") for name, person in people.items()}
    atm, numbers = ApiClient("atm"), {"payer": "6222020000000000000", "suspect": "6222020000000000018"}
    for name, number in numbers.items():
        pay_in(accounts[name], 100_000)
        factories.card(accounts[name], number=number)

    def order(name: str) -> str:
        body = {
            "payer": {"card_number": numbers[name]},
            "payee": {"account_number": accounts["payee"].account_number, "name": factories.LI.name},
            "amount": "1",
        }
        answer = atm.post("/transfers", body)
        assert answer.status_code == 201, answer.json()
        return answer.json()["id"]

    for name in ("payer", "payer", "payer", "suspect"):
        order(name)
    noon.advance(hours=2)
    ahead = order("payer")
    noon.advance(hours=23)
    evidence.write_missing()
    return {**accounts, "ahead": ahead}


@pytest.fixture
def file(tmp_path):
    return tmp_path / "bank.dump"


def looked(place, times=3) -> bool:
    """Wait until the watcher has looked at the transfers a few times."""
    seen: set[str] = set()

    def often() -> bool:
        seen.add(place.ask(LOOKS) or "")
        return len(seen - {""}) >= times

    return wait_until(often, seconds=60)


def raise_balance(place, account_id, fen: int) -> None:
    """Write a balance with the guards disabled, as only the tables' owner can."""
    for statement in ("DISABLE TRIGGER USER", None, "ENABLE TRIGGER USER"):
        if statement is None:
            place.ask("UPDATE accounts_account SET balance_fen = balance_fen + %s WHERE id = %s", fen, account_id)
        else:
            place.ask(f"ALTER TABLE accounts_account {statement}")


def by_status(place) -> dict[str, int]:
    return place.ask(
        "SELECT jsonb_object_agg(status, n) FROM (SELECT status, count(*) n FROM transfers_transfer GROUP BY 1) t"
    )


def post(url, client, path, body) -> httpx.Response:
    headers = {"Authorization": f"Bearer {client.bearer}", "Idempotency-Key": os.urandom(8).hex()}
    return httpx.post(f"{url}/api/v1{path}", json=body, headers=headers, trust_env=False, timeout=30)


def test_restored_bank_releases_nothing_before_confirmation(bank, noon, file, tmp_path):
    teller, compliance = ApiClient("teller"), ApiClient("compliance")
    supervisor = factories.caller("supervisor")
    call_command("backup", str(file))
    # What the backup does not know.
    freeze = {"authority": "南京市公安局", "order_no": "冻1"}
    assert compliance.post(f"/accounts/{bank['suspect'].id}/freezes", freeze).status_code == 201
    cancel = {"applicant": {"document": factories.ZHANG.document}}
    assert teller.post(f"/transfers/{bank['ahead']}/cancel", cancel).status_code == 200

    with scratch("restored") as place:
        watching = python("watcher", "-c", AGAIN, log=tmp_path, DATABASE_URL=place.url, PGAPPNAME="watcher")
        port = free_port()
        url, server = f"http://127.0.0.1:{port}", web(tmp_path, port, DATABASE_URL=place.url)
        # The releaser is there before the first row is: it ends on a database without marks, and is started again.
        with running(watching):
            code, printed = place.manage("restore", str(file))
            assert (code, "nothing is released until" in printed) == (0, True), printed
            assert wait_until(lambda: "restored, unconfirmed" in watching.tail(200), seconds=60), watching.tail(50)
            assert looked(place), watching.tail(50)
            release = "import django; django.setup(); from transfers.tasks import release_due; release_due()"
            subprocess.run([sys.executable, "-c", release], cwd=ROOT, env=environment(place.name), check=True)
            assert by_status(place) == {"held": 5}

            # Everything else goes on; what was lost is entered again.
            with running(server):
                assert wait_until(lambda: answers(url), seconds=30), server.tail(50)
                ready = httpx.get(f"{url}/readyz", trust_env=False).json()["checks"]
                assert ready["releaser"] == "warning: restored, unconfirmed"
                assert "bank_restore_unconfirmed 1.0" in httpx.get(f"{url}/metrics", trust_env=False).text
                order = {"payer": {"account_id": str(bank["payer"].id)}, "payee": OUTSIDE, "amount": "1"}
                assert post(url, teller, "/transfers", order | {"arrival": "next_day"}).status_code == 201
                assert post(url, teller, "/transfers", order | {"arrival": "real_time"}).status_code == 201
                assert post(url, teller, f"/transfers/{bank['ahead']}/cancel", cancel).status_code == 200
                assert post(url, compliance, f"/accounts/{bank['suspect'].id}/freezes", freeze).status_code == 201
            assert by_status(place) == {"held": 5, "posted": 1, "cancelled": 1}

            # The books must be right, and a person must confirm the restore.
            raise_balance(place, bank["payee"].id, 1)
            code, printed = place.manage("confirm_restore", "--by", supervisor.name)
            assert (code, "releases wait on: I03" in printed) == (1, True), printed
            raise_balance(place, bank["payee"].id, -1)
            code, printed = place.manage("confirm_restore", "--by", "teller")
            assert (code, "must name an active principal" in printed) == (1, True), printed
            assert looked(place)
            assert by_status(place) == {"held": 5, "posted": 1, "cancelled": 1}

            code, printed = place.manage("confirm_restore", "--by", supervisor.name, "--note", "已补录")
            assert code == 0, printed
            assert wait_until(lambda: by_status(place)["held"] == 1, seconds=60), watching.tail(50)
        assert by_status(place) == {"held": 1, "posted": 4, "cancelled": 1, "returned": 1}
        assert place.ask("SELECT count(*) FROM transfers_event WHERE released_by <> ''") == 4
        assert place.ask("SELECT balance_fen FROM accounts_account WHERE id = %s", bank["payee"].id) == 300
        recorded = place.ask("SELECT (proof->>'overdue_count') || ' ' || note FROM kernel_restore")
        assert recorded == "4 已补录"
        assert place.manage("reconcile")[0] == 0

        # After the confirmation a restart needs no other.
        place.ask("UPDATE kernel_sandboxclock SET frozen_at = frozen_at + interval '2 days'")
        with running(watcher(tmp_path, DATABASE_URL=place.url)):
            assert wait_until(lambda: by_status(place).get("held") is None, seconds=60)
        code, printed = place.manage("confirm_restore", "--by", supervisor.name)
        assert (code, "No restore is unconfirmed" in printed) == (1, True)
    # The original bank knows nothing of this restore.
    assert not Restore.objects.exists()
    assert money(bank["payee"]) == (0, 0)


def test_a_backup_is_private_whole_and_overwrites_nothing(bank, file):
    call_command("backup", str(file))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    before = file.read_bytes()
    with pytest.raises(CommandError, match="overwrites nothing"):
        call_command("backup", str(file))
    assert file.read_bytes() == before
    with pytest.raises(CommandError, match="No such file"):
        call_command("backup", str(file.parent / "nowhere" / "bank.dump"))
    assert list(file.parent.iterdir()) == [file]


def test_a_restore_leaves_nothing_of_a_file_that_is_cut_short_or_no_backup(bank, file):
    call_command("backup", str(file))
    whole = file.read_bytes()
    with scratch("cut") as place:
        for content in (whole[:-1], whole[: len(whole) // 2], b"no backup"):
            file.write_bytes(content)
            code, printed = place.manage("restore", str(file))
            assert (code, "pg_restore failed" in printed) == (1, True), printed
            assert place.ask(RELATIONS) == 0


def test_a_restore_needs_an_empty_database(bank, file):
    call_command("backup", str(file))
    with scratch("full") as place:
        place.ask("CREATE TABLE something (id int)")
        code, printed = place.manage("restore", str(file))
        assert (code, "not empty" in printed) == (1, True), printed
        assert place.ask(RELATIONS) == 1


def test_a_restore_that_is_killed_leaves_nothing(bank, file):
    call_command("backup", str(file))
    with scratch("killed") as place:
        # A table of the same name, not yet committed, stops the restore in its midst.
        with psycopg.connect(place.url) as other:
            other.execute("CREATE TABLE transfers_transfer (id int)")
            words = [sys.executable, "manage.py", "restore", str(file)]
            with subprocess.Popen(words, cwd=ROOT, env=environment(place.name)) as restoring:
                waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
                assert wait_until(lambda: place.ask(waits) == 1, seconds=60)
                os.kill(restoring.pid, signal.SIGKILL)
            other.rollback()
        alone = "SELECT count(*) = 1 FROM pg_stat_activity WHERE datname = current_database()"
        assert wait_until(lambda: place.ask(alone), seconds=60)
        assert place.ask(RELATIONS) == 0


def test_a_backup_that_knows_less_of_the_law_than_the_version_says_so(bank, file):
    """Its schema is this version's, but a regime of machines is missing in its rows."""
    call_command("backup", str(file))
    law = {"DJANGO_SETTINGS_MODULE": "tests.future_law_settings"}
    with scratch("law") as place:
        code, printed = place.manage("restore", str(file), **law)
        assert (code, "from 2027-03-01). Run `manage.py migrate`" in printed) == (0, True), printed
        code, printed = place.manage("confirm_restore", "--by", "supervisor", **law)
        assert (code, "migrate` first" in printed) == (1, True), printed
        code, printed = place.manage("migrate", **law)
        assert (code, "rule at machines is written" in printed) == (0, True), printed
        assert place.ask("SELECT hold_seconds FROM transfers_atm_regime('PBOC_261', '2027-03-01 00:00+08')") == 172_800
        assert place.manage("migrate", "--check", **law)[0] == 0


def test_no_secret_is_on_a_command_line(noon, monkeypatch):
    monkeypatch.setitem(dumps.connection.settings_dict, "PASSWORD", "a-secret")
    assert not [word for word in dumps._place() if "a-secret" in word]
    assert dumps._secrets()["PGPASSWORD"] == "a-secret"


def test_a_backup_under_another_role_than_the_owners_says_why_it_failed(noon, file, monkeypatch):
    """pg_dump prints the statement last, which names every table."""
    with application_role() as name:
        monkeypatch.setitem(dumps.connection.settings_dict, "USER", name)
        with pytest.raises(CommandError, match=r"^pg_dump failed: .*permission denied for table \w+$"):
            call_command("backup", str(file))


def test_a_program_that_is_missing_is_named(noon, file, monkeypatch):
    monkeypatch.setattr(dumps, "find_postgres", lambda _: None)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CommandError, match="pg_dump is not here"):
        call_command("backup", str(file))
