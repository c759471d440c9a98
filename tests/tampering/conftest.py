"""A bank with rows of every kind that a forger might want to change."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from uuid_utils.compat import uuid7

from accounts.operations.unmasking import unmask_customer
from config.kernel.database import id_times, ids
from config.kernel.database.sql import rows
from tests import factories, people
from tests.clock import Clock
from tests.http import ApiClient
from tests.staff import Staff
from transfers.management.commands.seed_bank import load_small_bank
from transfers.operations.release import release_due
from transfers.vocabulary import ReleasedBy

ELSEWHERE = {"account_number": "6222000011112222", "bank_code": "OTHERBANK", "name": "张三"}


@pytest.fixture
def ids_follow_the_clock(noon: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """Create ids by the bank's clock, and check them as in a bank whose clock is not moved."""
    last = 0

    def new_id() -> UUID:
        nonlocal last
        last = max(int(noon.at.timestamp()) * 1_000_000_000, last + 1_000_000)
        return uuid7(nanoseconds=last)

    monkeypatch.setattr(ids, "uuid7", new_id)
    monkeypatch.setattr(id_times, "sandbox_installed", lambda: False)


class Town:
    """The people who act; each act is some time after the one before."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.clients: dict[str, ApiClient] = {}

    def post(self, who: str, path: str, body: Any = None, status: int = 201) -> Any:
        """Call the API as `role` or `role-name`; return the answer's body."""
        self.clock.advance(seconds=10)
        if who not in self.clients:
            self.clients[who] = ApiClient(*who.split("-"))
        answer = self.clients[who].post(path, body)
        assert answer.status_code == status, answer.json()
        return answer.json()

    def approve(self, who: str, proposed: dict[str, Any]) -> Any:
        return self.post(who, f"/approvals/{proposed['approval_id']}/approve", {}, 200)

    def release(self) -> None:
        while release_due(released_by=ReleasedBy.CELERY).claimed:
            pass

    def customer(self, person: factories.Person, **more: Any) -> str:
        return self.post("teller", "/customers", person.body | more)["id"]

    def account(self, customer_id: str, account_class: str) -> dict[str, Any]:
        body = {"customer_id": customer_id, "kind": "bank", "account_class": account_class}
        return self.post("teller", "/accounts", body)

    def cash(self, way: str, account: dict[str, Any], amount: str) -> None:
        self.post("teller", f"/cash/{way}", {"account": {"account_id": account["id"]}, "amount": amount})

    def certificate(self, doc_no: str, *named: factories.Person) -> dict[str, Any]:
        body = {
            "doc_no": doc_no,
            "authority": {"name": "南京市公安局", "region_code": "320100", "level": "prefecture"},
            "certified_on": "2026-01-02",
            "category": "RENT",
            "legal_basis": "NOTICE_2016",
            "subjects": [{"kind": "individual", "name": each.name, "document": each.document} for each in named],
        }
        return self.post("compliance", "/blacklist/certificates", body)


@pytest.fixture
def town(noon: Clock, ids_follow_the_clock: None) -> Town:
    """Rows of every kind, created by the operations: money, cards, freezes, certificates, approvals, looks, stock."""
    # All of it is one transaction, longer than one of the bank's.
    rows("SET LOCAL transaction_timeout = 0")
    town = Town(noon)
    people.ensure("compliance", "compliance")
    for name in ("supervisor", "supervisor_2"):
        people.ensure(name, "supervisor")
    load_small_bank()
    zhang, li, organization = (town.customer(each) for each in (factories.ZHANG, factories.LI, factories.ORGANIZATION))
    wang = town.customer(factories.WANG, identity_check={"method": "联网核查", "result": "photo_mismatch"})
    payer, payee, second = town.account(zhang, "I"), town.account(li, "I"), town.account(zhang, "II")
    business = town.account(organization, "none")
    for account, amount in ((payer, "1000"), (payee, "300"), (second, "50"), (business, "70")):
        town.cash("deposits", account, amount)
    town.cash("withdrawals", payer, "25")
    cards = [town.post("teller", f"/accounts/{payer['id']}/cards", {"product": "debit"}) for _ in range(4)]
    town.post("teller", f"/accounts/{payee['id']}/cards", {"product": "debit"})
    town.post("teller", f"/cards/{cards[1]['id']}/report-lost", {}, 200)
    town.post("teller", f"/cards/{cards[2]['id']}/replace", {}, 201)
    asked = town.post("teller", f"/accounts/{payer['id']}/card-exceptions", {"product": "debit", "reason": "代发工资"})
    town.approve("supervisor", asked)
    anew = {"identity_check": {"method": "联网核查", "result": "match"}}
    town.approve("supervisor", town.post("teller", f"/customers/{wang}/reverifications", anew))
    own = ELSEWHERE | {"evidence": "出示他行存折原件"}
    town.approve("supervisor", town.post("teller", f"/customers/{zhang}/external-accounts", own))
    passport = {"document": {"type": "passport", "number": "X1234567", "country": "GBR"}}
    town.approve("supervisor", town.post("teller", f"/customers/{zhang}/documents", passport))
    passport = {"document": {"type": "passport", "number": "X7654321", "country": "GBR"}}
    linked = town.post("teller", f"/customers/{li}/documents", passport)
    town.post("supervisor", f"/approvals/{linked['approval_id']}/reject", {"reason": "材料不全"}, 200)

    town.customer(factories.new_person("吴十"), identity_check={"method": "联网核查", "result": "not_found"})
    town.account(li, "III")
    waiting = town.account(li, "II")
    town.post("teller", f"/accounts/{waiting['id']}/close", {}, 200)

    listed, another = factories.new_person("赵六"), factories.new_person("钱七")
    town.approve("compliance-2", town.certificate("苏公认字〔2026〕1号", listed, another))
    over = town.certificate("苏公认字〔2026〕2号", factories.new_person("孙八"))
    town.approve("compliance-2", over)
    revocation = {"doc_no": "撤1", "revoked_on": "2026-01-05", "reason": "认定有误"}
    path = f"/blacklist/certificates/{over['id']}/revocations"
    town.approve("compliance-2", town.post("compliance", path, revocation))
    town.certificate("苏公认字〔2026〕3号", factories.new_person("周九"))

    card = {"card_number": cards[0]["card_number"]}
    stranger = {"account_number": payee["account_number"], "name": "李四"}
    order = {"payer": card, "payee": stranger, "amount": "100"}
    town.post("atm", "/transfers", order)
    cancelled = town.post("atm", "/transfers", order | {"amount": "20"})["id"]
    town.post("atm", f"/transfers/{cancelled}/cancel", {"applicant": card}, 200)
    outside = {"account_number": "87144583", "bank_code": "ICBC", "name": "王二"}
    town.post("atm", "/transfers", order | {"payee": outside, "amount": "30"})
    itself = {"payee": {"account_number": second["account_number"], "name": "张三"}, "memo": "转存"}
    town.post("atm", "/transfers", order | itself | {"screen_evidence": {"masked_name": "张*", "account_shown": True}})
    town.post("teller", "/transfers", order | {"amount": "40", "arrival": "real_time"})
    town.post("atm", "/transfers", order | {"amount": "99999"}, 422)
    town.clock.advance(hours=25)
    town.release()
    town.post("atm", "/transfers", order | {"amount": "11"})
    freeze = {"authority": "南京市公安局", "order_no": "冻1"}
    frozen = town.post("compliance", f"/accounts/{payer['id']}/freezes", freeze)
    town.clock.advance(hours=25)
    town.release()
    lift = town.post("compliance", f"/freezes/{frozen['id']}/lift", {"order_no": "解1", "reason": "结案"}, 200)
    town.approve("compliance-2", lift)
    until = {"until": (town.clock.at + timedelta(days=30)).isoformat()}
    town.post("compliance", f"/accounts/{business['id']}/freezes", freeze | until)
    unmask_customer(principal=town.clients["teller"].caller, customer_id=UUID(zhang), reason="customer_present")
    for account, amount in ((payer, "5"), (payee, "6"), (second, "7"), (business, "8")):
        town.cash("deposits", account, amount)
    town.post("atm", "/transfers", order | {"amount": "12"})
    user = people.user("administrator")
    LogEntry.objects.create(
        user=user, content_type=ContentType.objects.get_for_model(user), object_id=user.pk, action_flag=CHANGE
    )
    town.clock.advance(seconds=10)
    staff = Staff()
    for name, number in (("chen", "B1"), ("deng", "B2"), ("feng", "B3")):
        town.clock.advance(seconds=10)
        staff.hire(name, number)
        staff.keeps_more_factors(name)
    staff.key("chen", rotates=True, expires_at=timezone.now() + timedelta(days=90))
    staff.leaves("feng")
    town.clock.advance(seconds=10)
    return town
