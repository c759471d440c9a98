"""What people have in hand beside transfers after a day: a conflict, a penalty that ends, a unit's account; for the pictures."""

from dataclasses import dataclass
from uuid import UUID

from tests import factories
from transfers.simulation.day import BankDay

CHECKED = {"method": "联网核查", "result": "match"}


@dataclass(frozen=True)
class Work:
    """Where the pictures are taken: addresses of the desk."""

    conflict_path: str
    loss_path: str
    told_path: str


def live(day: BankDay) -> Work:
    """Enter a number under another name, let a penalty end soon, say what an account is for."""
    from accounts.models import Card, IdentityConflict

    post, people = day.bank.post, day.people
    entered = {"kind": "individual", "name": "江一鸣", "document": people[10].document, "identity_check": CHECKED}
    post("teller", "/customers", entered, "IDENTITY_CONFLICT")
    day.certify("RENT", "苏州市公安局", "320500", day.before(726), person=people[13])
    account = _of_a_unit(day)
    card = Card.objects.filter(account_id=people[11].account_id, status__in=["issued", "active"]).latest("id")
    return Work(
        f"/desk/conflicts/{IdentityConflict.objects.latest('at').pk}",
        f"/desk/cards/{card.pk}/report_lost",
        f"/desk/accounts/{account}/told",
    )


def _of_a_unit(day: BankDay) -> str:
    """Open a unit's account, and say that it is of another kind since; return its id."""
    from accounts.operations.account_tellings import tell_account
    from accounts.vocabulary.particulars import UnitAccountKind
    from config.kernel.models import Principal
    from config.kernel.transactions import perform
    from tests.people import caller_for

    unit = {"kind": "organization", "name": "杭州云杉软件有限公司", "document": factories.UNIT.document}
    customer = day.bank.post("teller", "/customers", unit | {"identity_check": CHECKED})
    opened = {"customer_id": customer["id"], "kind": "bank", "account_class": "none", "unit_kind": "general"}
    account_id = day.bank.post("teller", "/accounts", opened)["id"]
    teller = caller_for(Principal.objects.filter(role="teller", active=True).earliest("id"))
    perform(lambda: tell_account(principal=teller, account_id=UUID(account_id), unit_kind=UnitAccountKind.BASIC))
    return str(account_id)
