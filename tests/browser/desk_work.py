"""Open desk work besides transfers, for the screenshots: a conflict and a penalty that ends soon."""

from dataclasses import dataclass
from uuid import UUID

from benchmarks.bank.day import BankDay, RegularCustomer

CHECKED = {"method": "联网核查", "result": "match"}


@dataclass(frozen=True)
class Work:
    """Addresses of the desk for the screenshots."""

    conflict_path: str
    account_path: str


def live(day: BankDay) -> Work:
    """Create an identity conflict, a penalty that ends soon, and a recorded account purpose."""
    from accounts.models import IdentityConflict

    post, people = day.bank.do, day.people
    entered = {"kind": "individual", "name": "江一鸣", "document": people[10].document, "identity_check": CHECKED}
    post("teller", "/customers", entered, "IDENTITY_CONFLICT")
    day.certify("RENT", "苏州市公安局", "320500", day.before(726), person=people[13])
    return Work(f"/desk/conflicts/{IdentityConflict.objects.latest('at').pk}", _purpose_changed(people[3]))


def _purpose_changed(person: RegularCustomer) -> str:
    """Record and then change the purpose of a person's account; return the address of its page."""
    from accounts.operations.particulars import record_account_use
    from accounts.vocabulary.particulars import Purpose
    from config.kernel.database.transactions import perform
    from config.kernel.models import Principal
    from tests.people import caller_for

    teller = caller_for(Principal.objects.get(name="teller"))
    for purpose in (Purpose.SAVINGS, Purpose.SALARY):
        asked = {"account_id": UUID(person.account_id), "purpose": purpose}
        perform(lambda asked=asked: record_account_use(principal=teller, **asked))
    return f"/desk/accounts/{person.account_id}"
