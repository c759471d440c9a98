"""Stock import over the network: uploaded, read by any worker, decided by a second person, files deleted."""

import csv
import io
import zipfile

import pytest

from accounts.models import Account, Customer
from accounts.stock import tasks
from accounts.stock.models import StockImport, StockUpload
from accounts.stock.operations import propose_import
from accounts.stock.operations.applying import apply_approved
from config.kernel.intake.tables import memory_files
from tests import workbooks
from tests.accounts.sheets import ACCOUNTS, CUSTOMERS, ZHANG
from tests.approvals.case import ENDED, Case
from tests.http import ROOT, ApiClient, code
from tests.stock import staged_import

PATH = "/stock/imports"


CASES = {
    "stock_import": Case(
        by="supervisor",
        prepare=lambda _: staged_import().id,
        propose=lambda _, maker, import_id: propose_import(principal=maker, import_id=import_id),
        # It can be submitted again.
        ended=dict.fromkeys(ENDED, "staged"),
        owner=(False, False),
        change=lambda row: type(row).objects.filter(pk=row.pk).update(summary={}),
    ),
}


def lines(*several: str) -> bytes:
    return "\r\n".join([*several, ""]).encode()


GOOD = {
    "customers": lines(CUSTOMERS, ZHANG, "Y,individual,李四,resident_id,110105194912310021"),
    "accounts": lines(
        ACCOUNTS,
        "A,Z,600001,bank,I,2015-03-24,345.20",
        "B,Z,600002,bank,I,2015-03-25,0",
        "C,Z,600003,bank,I,2017-01-01,1",
    ),
}


@pytest.fixture
def supervisor(client_for, noon) -> ApiClient:
    return client_for("supervisor")


def send(who: ApiClient, files: dict[str, bytes], *, key: str = "", source: str = "旧核心"):
    return who.send(PATH, files, key=key, source=source)


@pytest.fixture
def staged(supervisor) -> str:
    sent = send(supervisor, GOOD)
    assert sent.status_code == 201, sent.content
    tasks.stage_stock()
    return sent.json()["id"]


def test_files_that_are_sent_wait_sealed_until_they_are_read_and_are_forgotten_then(supervisor):
    answer = send(supervisor, GOOD).json()
    assert (answer["status"], answer["counts"], answer["progress"]) == ("staging", None, {"rows": 0, "total": 5})
    kept = StockUpload.objects.order_by("sheet")
    assert [each.sheet for each in kept] == ["accounts", "customers"]
    assert not any(b"600001" in bytes(each.__dict__["content"]) for each in kept)
    tasks.stage_stock()
    assert not StockUpload.objects.exists()
    read = supervisor.get(f"{PATH}/{answer['id']}").json()
    assert (read["status"], read["source"], read["balance"]) == ("staged", "旧核心", "346.20")
    assert read["counts"] == {"new": 4, "known": 0, "review": 0, "refused": 1}
    assert read["excess"] == [{"limit_kind": "bank_i", "stock": 1, "breaches": 1}]
    assert read["progress"] == {"rows": 5, "total": 5}
    assert not Customer.objects.exists()


def test_refused_rows_are_listed_by_page_without_values(supervisor, staged):
    page = supervisor.get(f"{PATH}/{staged}/rows", limit=1).json()
    assert page["results"] == [
        {
            "sheet": "customers",
            "file": "customers.csv",
            "line": 3,
            "column": "document_number",
            "code": "INVALID_DOCUMENT_NUMBER",
            "detail": page["results"][0]["detail"],
        }
    ]
    assert page["next"] is None
    assert supervisor.get(f"{PATH}/{staged}/rows", outcome="review").json() == {"results": [], "next": None}


def test_pages_of_refused_rows_follow_one_another(supervisor):
    bad = [f"{n},person,李四,resident_id,1" for n in range(5)]
    sent = send(supervisor, {"customers": lines(CUSTOMERS, *bad)}).json()
    tasks.stage_stock()
    faults, cursor = [], None
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = supervisor.get(f"{PATH}/{sent['id']}/rows", limit=3, **more).json()
        faults += [(each["line"], each["column"]) for each in page["results"]]
        cursor = page["next"]
        if not cursor:
            break
    assert faults == [(n, column) for n in range(2, 7) for column in ("document_number", "kind")]


@pytest.mark.parametrize(
    "cursor", ["x", "e30", "WzFd", "WyJhIiwgLTEsICJiIiwgImMiXQ", "WyJhIiwgOTk5OTk5OTk5OTksICIiLCAiIl0"]
)
def test_a_cursor_that_is_none_is_a_bad_request(supervisor, staged, cursor):
    assert code(supervisor.get(f"{PATH}/{staged}/rows", cursor=cursor)) == (400, "INVALID_REQUEST")


def test_another_supervisor_approves_and_all_of_it_is_applied(supervisor, staged):
    submitted = supervisor.post(f"{PATH}/{staged}/submit")
    assert (submitted.status_code, submitted.json()["status"]) == (200, "pending")
    approval = submitted.json()["approval_id"]
    assert code(supervisor.approve(approval))[0] == 403
    assert ApiClient("supervisor", "other").approve(approval).status_code == 200
    assert supervisor.get(f"{PATH}/{staged}").json()["status"] == "applying"
    apply_approved()
    assert supervisor.get(f"{PATH}/{staged}").json()["status"] == "applied"
    assert Account.objects.count() == 3
    assert code(supervisor.post(f"{PATH}/{staged}/submit")) == (409, "STOCK_IMPORT_STATE")


def test_the_same_files_again_are_the_first_import(supervisor, staged):
    again = send(supervisor, GOOD)
    assert (again.status_code, again.json()["id"], again.json()["status"]) == (200, staged, "staged")
    assert not StockUpload.objects.exists()


def test_a_repeat_is_answered_as_the_first_and_another_file_under_its_key_is_refused(supervisor):
    first = send(supervisor, GOOD, key="k-1")
    again = send(supervisor, GOOD, key="k-1")
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotent-Replayed"] == "true"
    assert code(send(supervisor, {**GOOD, "accounts": lines(ACCOUNTS)}, key="k-1")) == (422, "IDEMPOTENCY_KEY_REUSED")
    assert StockImport.objects.count() == 1


def workbook(name: str = "xl/workbook.xml") -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as book:
        book.writestr(name, "<x/>")
    return file.getvalue()


@pytest.mark.parametrize(
    ("files", "field"),
    [
        ({}, "file"),
        ({"customers": lines("a,b")}, "customers"),
        ({"customers": GOOD["customers"], "accounts": b"\xff\xff\x00"}, "accounts"),
        ({"file": workbook()}, "file"),
        ({"file": workbook("xl/vbaProject.bin")}, "file"),
        ({"file": GOOD["customers"]}, "file"),
        ({"loans": b"x"}, "loans"),
        ({"customers": b""}, "customers"),
    ],
)
def test_unreadable_file_is_a_bad_request_and_is_not_stored(supervisor, files, field):
    answer = send(supervisor, files)
    assert code(answer) == (400, "INVALID_REQUEST")
    assert list(answer.json()["fields"]) == [field]
    assert not StockImport.objects.exists()
    assert not StockUpload.objects.exists()


def test_workbook_sent_under_a_part_may_name_its_sheet_freely(supervisor):
    rows = [line.split(",") for line in GOOD["customers"].decode().splitlines()]
    sent = send(supervisor, {"customers": workbooks.written(rows, title="Sheet1")})
    assert sent.status_code == 201, sent.json()
    tasks.stage_stock()
    assert supervisor.get(f"{PATH}/{sent.json()['id']}").json()["status"] == "staged"


def test_json_is_another_media_type_and_too_much_is_too_large(supervisor, settings):
    assert code(supervisor.post(PATH, {})) == (415, "NOT_MULTIPART")
    settings.LARGER_BODIES = {ROOT + PATH: 100}
    assert code(send(supervisor, {"customers": lines(CUSTOMERS) * 5000})) == (413, "UPLOAD_TOO_LARGE")


def test_interrupted_import_continues_and_two_workers_do_not_share_it(supervisor, monkeypatch):
    send(supervisor, GOOD)

    def stop(*_, **__):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("accounts.stock.operations.staging.count_dry_run", stop)
        with pytest.raises(KeyboardInterrupt):
            tasks.stage_stock()
    assert StockUpload.objects.exists()
    tasks.stage_stock()
    assert StockImport.objects.get().status == "staged"
    assert not StockUpload.objects.exists()


def test_stock_that_turns_out_to_be_broken_is_discarded_and_the_next_one_is_read(supervisor):
    """Its header was valid, but the rest cannot be read by any attempt."""
    sheet = workbooks.written([CUSTOMERS.split(","), ["x"] * 5], title="customers")
    broken, good = (send(supervisor, files).json()["id"] for files in ({"file": workbooks.cut_off(sheet)}, GOOD))
    tasks.stage_stock()
    assert supervisor.get(f"{PATH}/{good}").json()["status"] == "staged"
    assert supervisor.get(f"{PATH}/{broken}").json()["status"] == "discarded"
    assert StockImport.objects.get(pk=broken).trouble == "UNREADABLE"
    assert not StockUpload.objects.exists()


def test_sealed_file_is_read_by_its_path_and_never_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with memory_files({"a": [b"1,", b"2"], "b": [b"y"]}) as paths:
        assert [path.read_bytes() for path in paths.values()] == [b"1,2", b"y"]
        (folder,) = tmp_path.iterdir()
        assert all(path.is_symlink() for path in folder.iterdir())
        with paths["a"].open(newline="") as file:
            assert list(csv.reader(file)) == [["1", "2"]]
    assert not list(tmp_path.iterdir())
