"""One day of a small bank, lived through over its API: what the pictures show."""

import heapq
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import uuid4

import httpx

from tests import factories

NAMES = [
    "苏文静",
    "马志强",
    "郭晓彤",
    "何建国",
    "罗思远",
    "梁雨桐",
    "宋宇航",
    "谢婉清",
    "韩立群",
    "唐诗涵",
    "冯国栋",
    "董雪梅",
    "萧逸飞",
    "程佳怡",
    "曹永年",
    "袁梦琪",
    "邓承志",
    "许若兰",
    "傅明轩",
    "沈秋月",
]
#: How busy the machines are in each hour of a day, from midnight on.
BUSY = (1, 0, 0, 0, 0, 1, 2, 3, 5, 7, 8, 8, 6, 5, 6, 7, 8, 9, 9, 8, 6, 5, 3, 2)
HOURS = 25  # until the pictures are taken
ELSEWHERE = ("ICBC", "CCB", "BOC", "CMB", "SPDB")


@dataclass
class Somebody:
    """A customer with an account, a card and money."""

    name: str
    document: dict[str, str]
    customer_id: str
    account_id: str
    account_number: str
    card_number: str


class Bank:
    """The API of a running demo, as its people and machines call it."""

    def __init__(self, url: str, keys: dict[str, str]) -> None:
        self.client = httpx.Client(base_url=f"{url}/api/v1", trust_env=False, timeout=60)
        self.keys = keys

    def post(self, role: str, path: str, body: dict[str, Any], *codes: str) -> dict[str, Any]:
        """Call; the answer is a success, or a refusal with one of the codes that are named."""
        headers = {"Authorization": f"Bearer {self.keys[role]}", "Idempotency-Key": uuid4().hex}
        answer = self.client.post(path, json=body, headers=headers)
        told: dict[str, Any] = answer.json()
        if told.get("code") not in codes if codes else not answer.is_success:
            raise RuntimeError(f"{path}: {answer.text}")
        return told

    def get(self, path: str) -> dict[str, Any]:
        """Read."""
        told: dict[str, Any] = self.client.get(path, headers=self._auditor()).json()
        return told

    def now(self) -> datetime:
        """Return the bank's instant."""
        return datetime.fromisoformat(self.get("/sandbox/clock")["now"])

    def go_to(self, at: datetime) -> None:
        """Move the clock on to an instant; one that is past already stays past."""
        if at > self.now():
            answer = self.client.put("/sandbox/clock", json={"now": at.isoformat()}, headers=self._auditor())
            if answer.status_code not in {200, 409}:
                raise RuntimeError(answer.text)

    def _auditor(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.keys['auditor']}"}


class BankDay:
    """A bank that has been open for a day.

    :ivar held: the id and due instant of what is held, the first due first.
    """

    def __init__(self, bank: Bank) -> None:
        self.bank = bank
        self.random = Random(20161201)
        self.people: list[Somebody] = []
        self.held: list[tuple[datetime, str]] = []
        self.certificate = ""
        self.waiting = ""

    def live(self) -> None:
        """Open at ten in the morning, work until noon of the next day."""
        start = (self.bank.now() + timedelta(days=1)).replace(hour=9, minute=41, second=12, microsecond=0)
        self.bank.go_to(start)
        for name in NAMES:
            self.people.append(self.customer(name))
        self.papers()
        for at in self.instants(start):
            self.release_until(at)
            self.bank.go_to(at)
            self.machine_transfer()
        self.morning()

    def customer(self, name: str, number: int | None = None) -> Somebody:
        """Open for somebody: an account of Class I, a card, money."""
        post, count = self.bank.post, number or 300 + len(self.people)
        birth = f"{1962 + count % 40}{1 + count % 12:02d}{1 + count % 28:02d}"
        district = ("110105", "310115", "320106", "330106", "440305", "510107")[count % 6]
        document = {"type": "resident_id", "number": factories.citizen_number(district, birth, count)}
        check = {"method": "联网核查", "result": "match"}
        body = {"kind": "individual", "name": name, "document": document, "phone": f"1390000{count:04d}"}
        customer = post("teller", "/customers", body | {"identity_check": check})
        opened = {"customer_id": customer["id"], "kind": "bank", "account_class": "I"}
        account = post("teller", "/accounts", opened)
        card = post("teller", f"/accounts/{account['id']}/cards", {"product": "debit"})
        amount = f"{self.random.randint(20, 400) * 1000}.00"
        post("teller", "/cash/deposits", {"account": {"account_id": account["id"]}, "amount": amount})
        return Somebody(name, document, customer["id"], account["id"], account["account_number"], card["card_number"])

    def again(self, person: Somebody) -> str:
        """Let somebody come by a passport as if to a bank that does not know that person; return the other customer."""
        number = person.document["number"]
        born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        passport = {"type": "passport", "number": "K20765432", "country": "CAN"}
        body = {"kind": "individual", "name": person.name, "birth_date": born, "document": passport}
        check = {"method": "出入境证件核查", "result": "match"}
        other = str(self.bank.post("teller", "/customers", body | {"identity_check": check})["id"])
        opened = {"customer_id": other, "kind": "bank", "account_class": "II"}
        account = self.bank.post("teller", "/accounts", opened)
        self.bank.post("teller", f"/accounts/{account['id']}/cards", {"product": "debit"})
        told = {"account": {"account_id": account["id"]}, "amount": "26000.00"}
        self.bank.post("teller", "/cash/deposits", told)
        return other

    def instants(self, start: datetime) -> list[datetime]:
        """Return when people stand at the machines, more of them when shops are open."""
        found = []
        for number in range(HOURS):
            hour = start + timedelta(hours=number)
            found += [hour + timedelta(seconds=self.random.randint(1, 3599)) for _ in range(BUSY[hour.hour])]
        return sorted(found)

    def machine_transfer(self) -> None:
        """Send money from a machine to somebody else, here or elsewhere."""
        # The fifth is certified: no machine serves him.
        payer, payee = self.random.sample(self.people[:4] + self.people[5:], 2)
        yuan = round(10 ** self.random.uniform(1.7, 3.9), 1 if self.random.random() < 0.2 else -1)
        target: dict[str, str] = {"account_number": payee.account_number, "name": payee.name}
        if self.random.random() < 0.6:
            digits = "".join(self.random.choices("0123456789", k=12))
            target = {"account_number": f"6217{digits}", "bank_code": self.random.choice(ELSEWHERE), "name": payee.name}
        order = {"payer": {"card_number": payer.card_number}, "payee": target, "amount": f"{yuan:.2f}"}
        self.keep(self.bank.post(self.random.choice(("atm", "atm_2")), "/transfers", order))

    def keep(self, made: dict[str, Any]) -> None:
        """Remember what falls due."""
        heapq.heappush(self.held, (datetime.fromisoformat(made["due_at"]), made["id"]))

    def pause(self) -> None:
        """Let some minutes go by."""
        at = self.bank.now() + timedelta(seconds=self.random.randint(40, 400))
        self.release_until(at)
        self.bank.go_to(at)

    def release_until(self, at: datetime) -> None:
        """Let what falls due before an instant fall due in real time: the bank releases it by itself."""
        while self.held and self.held[0][0] <= at:
            due_at, transfer = heapq.heappop(self.held)
            self.bank.go_to(due_at - timedelta(seconds=7))
            while self.bank.get(f"/transfers/{transfer}")["status"] == "held":
                time.sleep(0.05)

    def papers(self) -> None:
        """Let certificates come in: in force, revoked, rejected."""
        self.certificate = self.certify("SELL", "杭州市公安局", "330100", "2026-09-14", person=self.people[4])
        self.certify("RENT", "青岛市公安局", "370200", "2026-11-02", name="于海波")
        revoked = self.certify("LEND", "成都市公安局", "510100", "2026-10-20", name="戴春生")
        told = {"doc_no": "成公反诈撤字〔2026〕3号", "revoked_on": "2026-11-24", "reason": "经复核，系身份被冒用。"}
        path = f"/blacklist/certificates/{revoked}/revocations"
        self.approve("compliance_2", self.bank.post("compliance", path, told)["approval_id"])

    def certify(
        self, category: str, authority: str, region: str, day: str, *, person: Somebody | None = None, name: str = "",
        level: str = "prefecture", decide: bool = True,
    ) -> str:  # fmt: skip
        """Enter a certificate and, unless told otherwise, approve it; return its id."""
        document = person.document if person else {"type": "resident_id", "number": self._stranger()}
        subject = {"kind": "individual", "name": person.name if person else name, "document": document}
        body = {
            "doc_no": f"{authority[0]}公反诈认字〔2026〕{self.random.randint(11, 99)}号",
            "authority": {"name": authority, "region_code": region, "level": level},
            "certified_on": day,
            "received_on": "2026-11-25",
            "category": category,
            "legal_basis": "JDM_2024",
            "extent": {"accounts": 4},
            "subjects": [subject],
        }
        made = self.bank.post("compliance", "/blacklist/certificates", body)
        if decide:
            self.approve("compliance_2", made["approval_id"])
        else:
            self.waiting = made["approval_id"]
        return str(made["id"])

    def morning(self) -> None:
        """Let the second morning bring refusals, proposals and a customer with a long page."""
        post, people = self.bank.post, self.people
        self.rich(people[0])
        self.full(people[1])
        self.pause()
        for person, count in ((people[2], 3), (people[3], 2)):
            for _ in range(count):
                post("atm", "/transfers", self.order(person, "900000.00"), "INSUFFICIENT_FUNDS")
        self.pause()
        for _ in range(4):
            post("atm", "/transfers", self.order(people[4], "500.00"), "NON_COUNTER_SUSPENDED")
        self.pause()
        again = {"customer_id": people[4].customer_id, "kind": "payment", "account_class": "III"}
        post("teller", "/accounts", again, "OPENING_BARRED")
        self.pause()
        for person in people[5:7]:
            second = {"customer_id": person.customer_id, "kind": "bank", "account_class": "I"}
            post("teller", "/accounts", second, "CLASS_I_EXISTS")
        self.pause()
        nowhere = self.order(people[7], "800.00") | {"payee": {"account_number": "80100000", "name": "某人"}}
        post("atm", "/transfers", nowhere, "PAYEE_NOT_FOUND")
        self.pause()
        order = {"authority": "杭州市西湖区人民法院", "order_no": "(2026)浙0106执1024号"}
        freeze = post("compliance", f"/accounts/{people[8].account_id}/freezes", order)
        lift = {"order_no": "(2026)浙0106执1024号之一", "reason": "案款已执行完毕。"}
        post("compliance", f"/freezes/{freeze['id']}/lift", lift)
        self.pause()
        self.certify("BUY", "南京市公安局", "320100", "2026-11-20", name="葛天宇", decide=False)
        self.pause()
        self.certify(
            "ORGANISE", "南山分局", "440305", "2026-11-21", name="贺小军", level="district_branch", decide=False
        )
        self.pause()
        self.certify("RENT", "广州市公安局", "440100", "2026-11-18", name="龙志远", decide=False)

    def rich(self, person: Somebody) -> None:
        """Give somebody accounts of every kind, cards, an account elsewhere, transfers at the counter."""
        post = self.bank.post
        second = post("teller", "/accounts", self._account(person, "II"))
        post("teller", "/accounts", self._account(person, "III", "payment"))
        post("teller", "/cash/deposits", {"account": {"account_id": second["id"]}, "amount": "8600.00"})
        lost = post("teller", f"/accounts/{second['id']}/cards", {"product": "debit"})
        post("teller", f"/cards/{lost['id']}/report-lost", {})
        post("teller", f"/accounts/{person.account_id}/cards", {"product": "debit"})
        elsewhere = {"account_number": "6222020200011122", "bank_code": "ICBC", "name": person.name}
        elsewhere["evidence"] = "出示工商银行借记卡原件与网银截图，户名一致。"
        post("teller", f"/customers/{person.customer_id}/external-accounts", elsewhere)
        for amount, arrival in (("3200.00", "next_day"), ("560.00", "ordinary")):
            made = self.order(person, amount) | {"arrival": arrival, "memo": "房租"}
            self.keep(post("teller", "/transfers", made | {"payer": {"account_id": person.account_id}}))
        self.keep(post("atm", "/transfers", self.order(person, "2000.00")))

    def full(self, person: Somebody) -> None:
        """Give somebody four cards, refuse the fifth, and ask for it."""
        post = self.bank.post
        for _ in range(3):
            post("teller", f"/accounts/{person.account_id}/cards", {"product": "debit"})
        for _ in range(3):
            post("teller", f"/accounts/{person.account_id}/cards", {"product": "debit"}, "DEBIT_CARD_LIMIT")
        asked = {"product": "debit", "reason": "单位指定代发工资，须另配一张专用卡；客户已出示劳动合同。"}
        post("teller", f"/accounts/{person.account_id}/card-exceptions", asked)

    def order(self, person: Somebody, amount: str) -> dict[str, Any]:
        """Return an order to another bank."""
        payee = {"account_number": "6217003810001234567", "bank_code": "CCB", "name": "陈立新"}
        return {"payer": {"card_number": person.card_number}, "payee": payee, "amount": amount}

    def approve(self, name: str, approval: str) -> None:
        """Approve."""
        self.bank.post(name, f"/approvals/{approval}/approve", {"note": "原件已核对。"})

    def _account(self, person: Somebody, account_class: str, kind: str = "bank") -> dict[str, str]:
        return {"customer_id": person.customer_id, "kind": kind, "account_class": account_class}

    def _stranger(self) -> str:
        return factories.citizen_number("330106", "19910317", self.random.randint(500, 900))
