"""A whole day under the application's role: every call of the API succeeds, and no grant is missing."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest

from accounts.stock import tasks
from blacklist.imports.tasks import apply_lists, stage_lists
from config.stack.process import wait_until
from tests import factories
from tests.architecture.test_roles import MATRIX
from tests.blacklist.lists import person, written
from tests.http import ApiClient
from tests.processes import answers, free_port, running, watcher, web
from tests.roles import as_role

UNDO = {"doc_no": "公撤〔2026〕9号", "reason": "名单有误"}
MATCH = {"method": "联网核查", "result": "match"}
PASSPORT = {"type": "passport", "number": "X1234567", "country": "FRA"}


class Day:
    """Calls of all roles to one web server; successful calls are counted."""

    def __init__(self, url: str) -> None:
        self.client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=60)
        people = ("teller", "supervisor", "compliance", "compliance_2", "auditor", "atm")
        self.keys = {name: ApiClient(name.removesuffix("_2"), name).bearer for name in people}
        self.done: set[tuple[str, str]] = set()

    def send(self, who: str, method: str, path: str, body: Any = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.keys[who]}"}
        if method == "POST":
            headers["Idempotency-Key"], body = uuid4().hex, {} if body is None else body
        return self.client.request(method, path, json=body, headers=headers)

    def call(self, who: str, method: str, path: str, body: Any = None, of: str | tuple[str, ...] = "") -> Any:
        address = path
        for each in (of,) if isinstance(of, str) else of:
            address = address.replace("{id}", each, 1)
        answer = self.send(who, method, address, body)
        assert answer.is_success, (method, path, answer.status_code, answer.text)
        self.done.add((method, path))
        return answer.json()

    def post(self, who: str, path: str, body: Any = None, of: str | tuple[str, ...] = "") -> Any:
        return self.call(who, "POST", path, body, of)

    def get(self, who: str, path: str, of: str = "") -> Any:
        return self.call(who, "GET", path, of=of)

    def window(self, who: str, path: str, first: str, last: str) -> Any:
        asked = {"from": first, "to": last}
        answer = self.client.get(path, params=asked, headers={"Authorization": f"Bearer {self.keys[who]}"})
        assert answer.is_success, (path, answer.status_code, answer.text)
        self.done.add(("GET", path))
        return answer.json()

    def scanned(self, who: str, path: str, of: str) -> httpx.Response:
        """Upload a scan and open it; return the opened file."""
        address = path.replace("{id}", of)
        headers = {"Authorization": f"Bearer {self.keys[who]}", "Idempotency-Key": uuid4().hex}
        sent = self.client.post(address, files={"file": ("scan.pdf", b"%PDF-1.7")}, headers=headers)
        assert sent.is_success, sent.text
        self.done |= {("POST", path), ("GET", f"{path}/{{id}}")}
        return self.send(who, "GET", f"{address}/{sent.json()['id']}?reason=internal_review")

    def approve(self, who: str, made: Any) -> None:
        self.post(who, "/approvals/{id}/approve", of=made["approval_id"])

    def account(self, customer: str, account_class: str = "I", kind: str = "bank") -> Any:
        return self.post("teller", "/accounts", {"customer_id": customer, "kind": kind, "account_class": account_class})


@pytest.fixture
def day(application, tmp_path) -> Any:
    url = as_role(application)
    port = free_port()
    server = web(tmp_path, port, DATABASE_URL=url)
    with running(server, watcher(tmp_path, DATABASE_URL=url)):
        assert wait_until(lambda: answers(f"http://127.0.0.1:{port}"), seconds=60), server.tail(50)
        yield Day(f"http://127.0.0.1:{port}")


def test_every_call_of_the_api_is_done_under_the_grants(day):
    opening(day)
    people(day)
    cards(day)
    moving(day)
    papers(day)
    cleaning_up(day)
    stock(day)
    lists(day)
    assert {call for call in MATRIX if call not in day.done} == set()


def stock(day: Day) -> None:
    """Upload stock files, have a worker stage them, and submit the import."""
    rows = "customer_ref,kind,name,document_type,document_number\nZ,individual,张三,resident_id,11010519491231002X\n"
    headers = {"Authorization": f"Bearer {day.keys['supervisor']}", "Idempotency-Key": uuid4().hex}
    sent = day.client.post("/stock/imports", files={"customers": ("customers.csv", rows.encode())}, headers=headers)
    assert sent.status_code == 201, sent.text
    day.done.add(("POST", "/stock/imports"))
    made = sent.json()["id"]
    tasks.stage_stock()
    day.get("auditor", "/stock/imports")
    assert day.get("auditor", "/stock/imports/{id}", made)["status"] == "staged"
    day.get("auditor", "/stock/imports/{id}/rows", made)
    day.post("supervisor", "/stock/imports/{id}/submit", of=made)


def lists(day: Day) -> None:
    """Upload, stage, submit, register and undo a list of certificates."""
    headers = {"Authorization": f"Bearer {day.keys['compliance']}", "Idempotency-Key": uuid4().hex}
    content = written(person(factories.citizen_number(sequence=311), "钱七", doc_no="公认〔2026〕9号"))
    sent = day.client.post("/blacklist/imports", files={"file": ("list.csv", content)}, headers=headers)
    assert sent.status_code == 201, sent.text
    day.done.add(("POST", "/blacklist/imports"))
    assert day.send("compliance", "GET", "/blacklist/imports/template?format=csv").is_success
    day.done.add(("GET", "/blacklist/imports/template"))
    made = sent.json()["id"]
    stage_lists()
    assert day.get("compliance", "/blacklist/imports/{id}", made)["status"] == "staged"
    day.get("compliance", "/blacklist/imports/{id}/rows", made)
    day.approve("compliance_2", day.post("compliance", "/blacklist/imports/{id}/submit", of=made))
    apply_lists()
    day.approve("compliance_2", day.post("compliance", "/blacklist/imports/{id}/undo", UNDO, made))
    apply_lists()
    assert day.get("compliance", "/blacklist/imports/{id}", made)["status"] == "undone"


def customer(day: Day, name: str, number: int) -> tuple[str, dict[str, str]]:
    document = {"type": "resident_id", "number": factories.citizen_number(sequence=number)}
    body = {"kind": "individual", "name": name, "document": document, "phone": f"1390000{number:04d}"}
    return day.post("teller", "/customers", body | {"identity_check": MATCH})["id"], document


def opening(day: Day) -> None:
    day.person, day.document = customer(day, "赵敏", 301)
    day.other, _ = customer(day, "周芷若", 302)
    day.account_of = {name: day.account(day.person, name)["id"] for name in ("I", "II")}
    day.payee = day.account(day.other)
    for account in (*day.account_of.values(), day.payee["id"]):
        day.post("teller", "/cash/deposits", {"account": {"account_id": account}, "amount": "9000"})
    day.post("teller", "/cash/withdrawals", {"account": {"account_id": day.account_of["I"]}, "amount": "10"})
    day.post("teller", "/customers/lookup", {"document": day.document})
    day.post("teller", "/accounts/lookup", {"account_number": day.payee["account_number"]})
    for path in ("/customers/{id}", "/customers/{id}/eligibility"):
        day.get("teller", path, day.person)
    for path in ("/accounts/{id}", "/accounts/{id}/entries"):
        day.get("teller", path, day.account_of["I"])


def work_on(day: Day, approval_id: str) -> None:
    """Claim a proposal, put it back, comment on it and attach a scan before its decision."""
    for act in ("claim", "put-back"):
        day.post("supervisor", f"/approvals/{{id}}/{act}", of=approval_id)
    day.post("teller", "/approvals/{id}/comments", {"text": "原件已核对"}, approval_id)
    several = "/approvals/{id}/attachments"
    assert day.scanned("teller", several, approval_id).content == b"%PDF-1.7"
    day.get("supervisor", several, approval_id)


def people(day: Day) -> None:
    linked = day.post("teller", "/customers/{id}/documents", {"document": PASSPORT}, day.person)
    day.approve("supervisor", linked)
    renewed = {"document": PASSPORT | {"valid_until": "2046-01-04"}, "identity_check": MATCH}
    day.post("teller", "/customers/{id}/documents/renewals", renewed, day.person)
    elsewhere = {"account_number": "6222020200011122", "bank_code": "ICBC", "name": "赵敏", "evidence": "出示原卡"}
    made = day.post("teller", "/customers/{id}/external-accounts", elsewhere, day.person)
    day.get("supervisor", "/approvals")
    day.get("supervisor", "/approvals/{id}", made["approval_id"])
    work_on(day, made["approval_id"])
    day.post("supervisor", "/approvals/{id}/reject", {"reason": "材料不全"}, made["approval_id"])
    made = day.post("teller", "/customers/{id}/external-accounts", elsewhere, day.person)
    day.post("supervisor", "/approvals/{id}/return", {"reason": "账号有误"}, made["approval_id"])
    again = day.post("teller", "/customers/{id}/reverifications", {"identity_check": MATCH}, day.person)
    day.post("teller", "/approvals/{id}/withdraw", of=again["approval_id"])
    own = day.post("teller", "/customers/{id}/external-accounts", elsewhere, day.person)
    day.approve("supervisor", own)
    for path, row in (
        ("/customers/{id}/documents/{id}/withdrawals", linked),
        ("/customers/{id}/external-accounts/{id}/withdrawals", own),
    ):
        day.approve("supervisor", day.post("teller", path, {"reason": "登记有误"}, (day.person, row["id"])))
    one_person(day)


def one_person(day: Day) -> None:
    """Declare two customers different, merge two others, and change the name of one."""
    changed, document = customer(day, "周芷若", 303)
    renamed = {"name": "周芷茹", "document": document, "evidence": "户口簿变更记载"}
    day.approve("supervisor", day.post("teller", "/customers/{id}/names", renamed, changed))
    for decision, number in (("different", "X7654321"), ("same", "X7654322")):
        document = {"type": "passport", "number": number, "country": "FRA"}
        body = {"kind": "individual", "name": "钱七", "document": document, "identity_check": MATCH}
        fields = {
            "customer_id": day.post("teller", "/customers", body)["id"],
            "decision": decision,
            "evidence": "均已到场",
        }
        day.approve("supervisor", day.post("teller", "/customers/{id}/same-person", fields, changed))


def cards(day: Day) -> None:
    def issue(**more: Any) -> Any:
        return day.post("teller", "/accounts/{id}/cards", {"product": "debit"} | more, day.account_of["I"])

    agent = {"name": "周芷若", "document": {"type": "resident_id", "number": factories.citizen_number(sequence=302)}}
    day.post("teller", "/cards/{id}/activate", of=issue(agent=agent)["id"])
    day.post("teller", "/cards/{id}/report-lost", of=(lost := issue())["id"])
    day.card = day.post("teller", "/cards/{id}/replace", of=lost["id"])["card_number"]
    day.post("teller", "/cards/{id}/cancel", of=issue()["id"])
    issue(), issue()
    asked = {"product": "debit", "reason": "代发工资"}
    day.post("teller", "/accounts/{id}/card-exceptions", asked, day.account_of["I"])


def moving(day: Day) -> None:
    def order(**more: Any) -> dict[str, Any]:
        payee = {"account_number": day.payee["account_number"], "name": "周芷若"}
        return {"payer": {"card_number": day.card}, "payee": payee, "amount": "1.23"} | more

    def status(transfer: str) -> str:
        return day.get("teller", "/transfers/{id}", transfer)["status"]

    day.post("atm", "/payee-inquiries", {"account_number": day.payee["account_number"]})
    day.post("atm", "/transfers/preview", order())
    batch = [order(idempotency_key=f"batch-{amount}", amount=amount, arrival="next_day") for amount in ("0.01", "0.02")]
    assert [each["status"] for each in day.post("teller", "/transfers/batch", {"orders": batch})["results"]] == [
        201,
        201,
    ]
    kept, delayed = (day.post("atm", "/transfers", order()) for _ in range(2))
    kept, cancelled = kept["id"], delayed["id"]
    suspicion = {"transfer_id": cancelled, "kind": "transfer_delayed", "reason": "scam_suspected", "words": "疑似诈骗"}
    delay = {
        "until": f"{datetime.fromisoformat(delayed['due_at']) + timedelta(hours=1):%Y-%m-%dT%H:%M:%S.%f%:z}",
        "reason": "等待家属核实",
        "suspicion_id": day.post("teller", "/suspicions", suspicion)["id"],
    }
    day.approve("compliance_2", day.post("compliance", "/transfers/{id}/delays", delay, cancelled))
    day.window("auditor", "/suspicions", "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z")
    day.post("atm", "/transfers/{id}/cancel", {"applicant": {"card_number": day.card}}, cancelled)
    day.get("teller", "/transfers")
    day.get("teller", "/transfers/{id}/events", kept)
    day.get("atm", "/sandbox/clock")
    # It waits a while for what has fallen due, on a busy machine not long enough: then the second call finds it done.
    day.send("atm", "POST", "/sandbox/clock/advance", {"seconds": 86400})
    assert wait_until(lambda: status(kept) == "posted", seconds=60)
    assert day.window("auditor", "/punctuality", "2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z")["releases"] == 3
    day.post("atm", "/sandbox/clock/advance", {"seconds": 0})
    day.call("atm", "PUT", "/sandbox/clock", {"frozen": False})
    frozen = day.post(
        "compliance", "/accounts/{id}/freezes", {"authority": "某法院", "order_no": "冻1"}, day.payee["id"]
    )
    lift = day.post("compliance", "/freezes/{id}/lift", {"order_no": "解1", "reason": "结案"}, frozen["id"])
    day.approve("compliance_2", lift)
    taken = day.account(day.person, "III", "payment")["id"]
    declared = {"applicant": {"document": day.document}, "statement": "并非本人开立", "identified": "in_person"}
    day.approve("supervisor", day.post("teller", "/accounts/{id}/impostor-declarations", declared, taken))
    # Emptied and closed; the one of Class II takes its place, and gives it back.
    third = day.account(day.person, "III", "payment")["id"]
    day.post("teller", "/accounts/{id}/close", of=third)
    changing(day, lambda path, to: day.post("teller", path, {"to": to}, day.payee["id"]))


def changing(day: Day, change: Callable[[str, str], Any]) -> None:
    for path, to in (("/accounts/{id}/downgrade", "II"), ("/accounts/{id}/upgrade", "I")):
        made = change(path, to)
        if made.get("approval_id"):
            day.approve("supervisor", made)


def papers(day: Day) -> None:
    body = {"kind": "individual", "name": "王五", "document": factories.WANG.document, "identity_check": MATCH}
    listed = day.post("teller", "/customers", body)["id"]
    own, payment = day.account(listed)["id"], day.account(listed, "III", "payment")["id"]
    day.post("teller", "/cash/deposits", {"account": {"account_id": payment}, "amount": "88"})
    subject = {"kind": "individual", "name": "王五", "document": factories.WANG.document}
    made = day.post(
        "compliance",
        "/blacklist/certificates",
        {
            "doc_no": "公认〔2026〕1号",
            "authority": {"name": "某市公安局", "region_code": "110000", "level": "province"},
            "certified_on": "2026-01-01",
            "category": "LEND",
            "subjects": [subject],
        },
    )
    day.approve("compliance_2", made)
    letter = day.post("teller", "/customers/{id}/letters", {"kind": "penalty", "about_id": made["id"]}, listed)
    day.get("auditor", "/customers/{id}/letters", listed)
    assert day.send("compliance", "GET", f"/letters/{letter['id']}/pdf").is_success
    day.done.add(("GET", "/letters/{id}/pdf"))
    day.post("teller", "/letters/{id}/deliveries", {"way": "counter"}, letter["id"])
    day.get("auditor", "/letters/{id}", letter["id"])
    day.post("teller", "/letters/checks", {"number": letter["number"], "code": letter["code"]})
    subjects = [subject, {"kind": "individual", "name": "李四", "document": factories.LI.document}]
    accounts = [{"account_number": number, "bank_code": "ICBC"} for number in ("7", "8")]
    paper = {
        "doc_no": "公认〔2026〕2号",
        "authority": {"name": "某市公安局", "region_code": "110000", "level": "province"},
        "certified_on": "2026-01-01",
        "category": "CASE_ACCOUNT",
        "subjects": subjects,
        "case_accounts": accounts,
    }
    parts = day.post("compliance", "/blacklist/certificates", paper)
    day.approve("compliance_2", parts)
    appeal = {"appellant": "李四", "grounds": "冒名", "received_on": "2026-01-02"}
    appealed = day.post("compliance", "/blacklist/certificates/{id}/appeals", appeal, parts["id"])
    day.post("compliance", "/blacklist/appeals/{id}/moves", {"status": "upheld", "on": "2026-01-03"}, appealed["id"])
    day.get("auditor", "/blacklist/appeals")
    several = "/blacklist/appeals/{id}/attachments"
    assert day.scanned("compliance", several, appealed["id"]).content == b"%PDF-1.7"
    day.get("auditor", several, appealed["id"])
    fields = {"doc_no": "公撤〔2026〕2号", "revoked_on": "2026-01-02", "reason": "冒名", "ground": "wrong_person"}
    for kind in ("subjects", "case-accounts"):
        path = f"/blacklist/certificates/{{id}}/{kind}/{{id}}/revocations"
        day.approve("compliance_2", day.post("compliance", path, fields, (parts["id"], "1")))
    out = day.post("teller", "/accounts/{id}/close-outs", {"to_account_id": own}, payment)
    day.approve("supervisor", out)
    day.get("auditor", "/blacklist/certificates")
    day.get("auditor", "/blacklist/certificates/{id}", made["id"])
    day.post("teller", "/blacklist/screenings", {"document": factories.WANG.document})
    fields = {"certified_on": "2025-12-31", "correction_no": "公更〔2026〕1号", "correction_reason": "日期有误"}
    fields = {"category": "SELL", "case_accounts": [], "doc_no": "公认〔2026〕9号"} | fields
    corrected = day.post("compliance", "/blacklist/certificates/{id}/corrections", paper | fields, made["id"])
    day.approve("compliance_2", corrected)
    fields = {"doc_no": "公撤〔2026〕1号", "revoked_on": "2026-01-02", "reason": "经复核"}
    path = "/blacklist/certificates/{id}/revocations"
    day.approve("compliance_2", day.post("compliance", path, fields, corrected["id"]))


def cleaning_up(day: Day) -> None:
    """Run a campaign over a merged customer with two Class I accounts."""
    merged = {}
    for number in ("Y7654321", "Y7654322"):
        document = {"type": "passport", "number": number, "country": "FRA"}
        body = {"kind": "individual", "name": "孙八", "document": document, "identity_check": MATCH}
        merged[number] = day.post("teller", "/customers", body)["id"]
        day.account(merged[number])
    one, other = merged.values()
    fields = {"customer_id": other, "decision": "same", "evidence": "均已到场"}
    day.approve("supervisor", day.post("teller", "/customers/{id}/same-person", fields, one))
    started = {"name": "存量清理", "deadline": "2099-12-31"}
    campaign = day.post("supervisor", "/cleanup/campaigns", started)["id"]
    day.get("auditor", "/cleanup/campaigns")
    day.get("auditor", "/cleanup/campaigns/{id}", campaign)
    (case,) = day.get("teller", "/cleanup/cases")["results"]
    items = day.get("teller", "/cleanup/cases/{id}", case["id"])["items"]
    beyond = {"item_id": next(each["id"] for each in items if each["beyond"]), "way": "explain"}
    day.post("supervisor", "/cleanup/cases/assign", {"case_ids": [case["id"]], "branch": "011"})
    called = {"kind": "phone", "result": "reached", "text": "客户说明用途"}
    day.post("teller", "/cleanup/cases/{id}/contacts", called, case["id"])
    day.post("teller", "/cleanup/cases/{id}/actions/preview", beyond, case["id"])
    action = day.post("teller", "/cleanup/cases/{id}/actions", beyond | {"reason": "用途不同"}, case["id"])
    day.approve("supervisor", action)
    undo = day.post("teller", "/cleanup/actions/{id}/undo", {"reason": "客户改变主意"}, action["id"])
    day.approve("supervisor", undo)
    assert day.send("supervisor", "GET", f"/cleanup/campaigns/{campaign}/return").is_success
    day.done.add(("GET", "/cleanup/campaigns/{id}/return"))
    day.post("supervisor", "/cleanup/campaigns/{id}/seal", of=campaign)
