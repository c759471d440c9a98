"""One simulated day of a small bank over its API, for the demo and for the screenshots (模拟营业日)."""

import heapq
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

from benchmarks.bank.client import Bank
from benchmarks.generators.numbers import citizen_number

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
#: Number of customers at the machines in each hour of a day, from midnight on.
BUSY = (1, 0, 0, 0, 0, 1, 2, 3, 5, 7, 8, 8, 6, 5, 6, 7, 8, 9, 9, 8, 6, 5, 3, 2)
HOURS = 25  # until the screenshots are taken
ELSEWHERE = ("ICBC", "CCB", "BOC", "CMB", "SPDB")


@dataclass
class RegularCustomer:
    """A customer with an account, a card and money."""

    name: str
    document: dict[str, str]
    customer_id: str
    account_id: str
    account_number: str
    card_number: str


class BankDay:
    """A bank that has been open for one day.

    :ivar held: ids and due instants of held transfers, next due first.
    :param due: called repeatedly while a transfer is due; it waits if the bank releases by itself.
    :param lead: seconds before a due instant at which the clock starts to run.
    """

    def __init__(self, bank: Bank, *, due: Callable[[], object] = lambda: time.sleep(0.05), lead: float = 7) -> None:
        self.bank = bank
        self.due = due
        self.lead = timedelta(seconds=lead)
        self.random = Random(20161201)
        self.people: list[RegularCustomer] = []
        self.held: list[tuple[datetime, str]] = []
        self.certificate = ""
        self.waiting = ""
        self.start = bank.now()

    def live(self, start: datetime) -> None:
        """Simulate the day from an instant, through the night, until the first working hours of the next day."""
        self.start = start
        self.bank.go_to(start, meanwhile=self.due)
        for name in NAMES:
            self.people.append(self.customer(name))
        self.certificates()
        for at in self.instants(start):
            self.release_until(at)
            self.bank.go_to(at, meanwhile=self.due)
            self.machine_transfer()
        self.morning()

    def before(self, days: int) -> str:
        """Return the date a number of days before the opening."""
        return (self.start - timedelta(days=days)).date().isoformat()

    def customer(self, name: str, number: int | None = None) -> RegularCustomer:
        """Register a customer with a Class I account, a card and money."""
        post, count = self.bank.do, number or 300 + len(self.people)
        born = date(1962 + count % 40, 1 + count % 12, 1 + count % 28)
        district = ("110105", "310115", "320106", "330106", "440305", "510107")[count % 6]
        document = {"type": "resident_id", "number": citizen_number(district, born, count)}
        check = {"method": "联网核查", "result": "match"}
        body = {"kind": "individual", "name": name, "document": document, "phone": f"1390000{count:04d}"}
        customer = post("teller", "/customers", body | {"identity_check": check})
        opened = {"customer_id": customer["id"], "kind": "bank", "account_class": "I"}
        account = post("teller", "/accounts", opened)
        card = post("teller", f"/accounts/{account['id']}/cards", {"product": "debit"})
        amount = f"{self.random.randint(20, 400) * 1000}.00"
        post("teller", "/cash/deposits", {"account": {"account_id": account["id"]}, "amount": amount})
        return RegularCustomer(
            name, document, customer["id"], account["id"], account["account_number"], card["card_number"]
        )

    def again(self, person: RegularCustomer) -> str:
        """Register a customer a second time with a passport, as an unknown person; return the other customer."""
        number = person.document["number"]
        born = f"{number[6:10]}-{number[10:12]}-{number[12:14]}"
        passport = {"type": "passport", "number": "K20765432", "country": "CAN"}
        body = {"kind": "individual", "name": person.name, "birth_date": born, "document": passport}
        check = {"method": "出入境证件核查", "result": "match"}
        other = str(self.bank.do("teller", "/customers", body | {"identity_check": check})["id"])
        opened = {"customer_id": other, "kind": "bank", "account_class": "II"}
        account = self.bank.do("teller", "/accounts", opened)
        self.bank.do("teller", f"/accounts/{account['id']}/cards", {"product": "debit"})
        deposit = {"account": {"account_id": account["id"]}, "amount": "26000.00"}
        self.bank.do("teller", "/cash/deposits", deposit)
        return other

    def instants(self, start: datetime) -> list[datetime]:
        """Return the instants of business at the machines, more of them during shop hours."""
        found = []
        for number in range(HOURS):
            hour = start + timedelta(hours=number)
            found += [hour + timedelta(seconds=self.random.randint(1, 3599)) for _ in range(BUSY[hour.hour])]
        return sorted(found)

    def machine_transfer(self) -> None:
        """Send money from a machine to another customer, here or at another bank."""
        # The fifth customer is certified and cannot use a machine.
        payer, payee = self.random.sample(self.people[:4] + self.people[5:], 2)
        yuan = round(10 ** self.random.uniform(1.7, 3.9), 1 if self.random.random() < 0.2 else -1)
        target: dict[str, str] = {"account_number": payee.account_number, "name": payee.name}
        if self.random.random() < 0.6:
            digits = "".join(self.random.choices("0123456789", k=12))
            target = {"account_number": f"6217{digits}", "bank_code": self.random.choice(ELSEWHERE), "name": payee.name}
        order = {"payer": {"card_number": payer.card_number}, "payee": target, "amount": f"{yuan:.2f}"}
        self.keep(self.bank.do(self.random.choice(("atm", "atm_2")), "/transfers", order))

    def keep(self, made: dict[str, Any]) -> None:
        """Remember a held transfer."""
        heapq.heappush(self.held, (datetime.fromisoformat(made["due_at"]), made["id"]))

    def pause(self) -> None:
        """Move the clock ahead by some minutes."""
        at = self.bank.now() + timedelta(seconds=self.random.randint(40, 400))
        self.release_until(at)
        self.bank.go_to(at, meanwhile=self.due)

    def release_until(self, at: datetime) -> None:
        """Let transfers that are due before an instant fall due in real time, so that the bank releases them."""
        while self.held and self.held[0][0] <= at:
            due_at, transfer = heapq.heappop(self.held)
            self.bank.go_to(due_at - self.lead, meanwhile=self.due)
            while self.bank.get("auditor", f"/transfers/{transfer}").body["status"] == "held":
                self.due()

    def certificates(self) -> None:
        """Register certificates: some are put in force, one is revoked, one rejected."""
        self.certificate = self.certify("SELL", "杭州市公安局", "330100", self.before(73), person=self.people[4])
        self.certify("RENT", "青岛市公安局", "370200", self.before(24), name="于海波")
        revoked = self.certify("LEND", "成都市公安局", "510100", self.before(37), name="戴春生")
        revocation = {
            "doc_no": "成公反诈撤字〔2026〕3号",
            "revoked_on": self.before(2),
            "reason": "经复核，系身份被冒用。",
        }
        path = f"/blacklist/certificates/{revoked}/revocations"
        self.approve("compliance_2", self.bank.do("compliance", path, revocation)["approval_id"])

    def certify(
        self, category: str, authority: str, region: str, day: str, *, person: RegularCustomer | None = None, name: str = "",
        level: str = "prefecture", decide: bool = True,
    ) -> str:  # fmt: skip
        """Register a certificate and, by default, approve it; return its id."""
        document = person.document if person else {"type": "resident_id", "number": self._stranger()}
        subject = {"kind": "individual", "name": person.name if person else name, "document": document}
        body = {
            "doc_no": f"{authority[0]}公反诈认字〔{day[:4]}〕{self.random.randint(11, 99)}号",
            "authority": {"name": authority, "region_code": region, "level": level},
            "certified_on": day,
            "received_on": self.before(1),
            "category": category,
            "legal_basis": "JDM_2024",
            "extent": {"accounts": 4},
            "subjects": [subject],
        }
        made = self.bank.do("compliance", "/blacklist/certificates", body)
        if decide:
            self.approve("compliance_2", made["approval_id"])
        else:
            self.waiting = made["approval_id"]
        return str(made["id"])

    def morning(self) -> None:
        """Simulate the second morning: refusals, proposals, and a customer with many records."""
        post, people = self.bank.do, self.people
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
        self.certify("BUY", "南京市公安局", "320100", self.before(6), name="葛天宇", decide=False)
        self.pause()
        self.certify(
            "ORGANISE", "南山分局", "440305", self.before(5), name="贺小军", level="district_branch", decide=False
        )
        self.pause()
        self.certify("RENT", "广州市公安局", "440100", self.before(8), name="龙志远", decide=False)

    def rich(self, person: RegularCustomer) -> None:
        """Give a customer accounts of every kind, cards, an account at another bank, and counter transfers."""
        post = self.bank.do
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

    def full(self, person: RegularCustomer) -> None:
        """Give a customer four cards, have the fifth refused, and propose an exception."""
        post = self.bank.do
        for _ in range(3):
            post("teller", f"/accounts/{person.account_id}/cards", {"product": "debit"})
        for _ in range(3):
            post("teller", f"/accounts/{person.account_id}/cards", {"product": "debit"}, "DEBIT_CARD_LIMIT")
        asked = {"product": "debit", "reason": "单位指定代发工资，须另配一张专用卡；客户已出示劳动合同。"}
        post("teller", f"/accounts/{person.account_id}/card-exceptions", asked)

    def order(self, person: RegularCustomer, amount: str) -> dict[str, Any]:
        """Return an order to another bank."""
        payee = {"account_number": "6217003810001234567", "bank_code": "CCB", "name": "陈立新"}
        return {"payer": {"card_number": person.card_number}, "payee": payee, "amount": amount}

    def approve(self, name: str, approval: str) -> None:
        """Approve a proposal as one of the principals."""
        self.bank.do(name, f"/approvals/{approval}/approve", {"note": "原件已核对。"})

    def _account(self, person: RegularCustomer, account_class: str, kind: str = "bank") -> dict[str, str]:
        return {"customer_id": person.customer_id, "kind": kind, "account_class": account_class}

    def _stranger(self) -> str:
        return citizen_number("330106", date(1991, 3, 17), self.random.randint(500, 900))
