"""Look-ups, screenings, views and unmaskings record who, whom (keyed) and why, in the API and at the desk."""

import pytest

from config.kernel.database.ids import new_id
from config.kernel.models import TrailRecord
from config.kernel.vault.sealed import card_key, own_account_key, phone_key
from tests import factories
from tests.blacklist.cast import body
from tests.http import outcome
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db

ZHANG = {"type": "resident_id", "number": factories.ZHANG.number}
WANG = {"type": "resident_id", "number": factories.WANG.number}
PHONE = "13800138000"


def plain(*records: TrailRecord) -> str:
    """Return all fields of the lines as text."""
    return " ".join(str(value) for record in records for value in record.__dict__.values())


@pytest.fixture
def account(zhang):
    return factories.account(zhang, balance_fen=100_00)


@pytest.mark.parametrize(
    ("sent", "whom", "is_found"),
    [
        ({"document": ZHANG}, factories.ZHANG.identity_key, True),
        ({"document": WANG}, factories.WANG.identity_key, False),
        ({"phone": PHONE}, phone_key(PHONE), False),
    ],
    ids=["document", "nobody's document", "nobody's phone"],
)
def test_a_look_up_of_a_customer_over_the_api(teller, zhang, lines, sent, whom, is_found):
    answer = teller.post("/customers/lookup", sent, key=None)
    (line,) = lines("look_up_customer")
    assert answer.status_code == (200 if is_found else 404)
    assert (line.principal_id, line.outcome, line.way) == (
        teller.caller.id,
        "found" if is_found else "not_found",
        "api",
    )
    assert line.customer_id == (zhang.id if is_found else None)
    assert line.request_id == answer["X-Request-Id"]
    assert factories.ZHANG.number not in plain(line)
    assert PHONE not in plain(line)
    assert bytes(line.whom) == whom


def test_a_phone_of_several_is_on_record_too(teller, lines, noon):
    for person in (factories.ZHANG, factories.LI):
        factories.customer(person, phone=PHONE)
    assert outcome(teller.post("/customers/lookup", {"phone": PHONE}, key=None)) == "PHONE_SHARED"
    assert [(line.outcome, line.customer_id) for line in lines("look_up_customer")] == [("found", None)]


def test_a_look_up_of_an_account_over_the_api(teller, account, zhang, lines):
    factories.card(account, number="6228480000000005")
    teller.post("/accounts/lookup", {"account_number": account.account_number}, key=None)
    teller.post("/accounts/lookup", {"card_number": "6228480000000005"}, key=None)
    teller.post("/accounts/lookup", {"account_number": "999"}, key=None)
    records = [(bytes(line.whom), line.account_id, line.customer_id, line.outcome) for line in lines("look_up_account")]
    assert records == [
        (own_account_key(account.account_number), account.id, zhang.id, "found"),
        (card_key("6228480000000005"), account.id, zhang.id, "found"),
        (own_account_key("999"), None, None, "not_found"),
    ]


def test_a_screening_over_the_api(teller, lines, noon):
    assert teller.post("/blacklist/screenings", {"document": ZHANG}, key=None).status_code == 200
    (line,) = lines("screening")
    assert (bytes(line.whom), line.outcome) == (factories.ZHANG.identity_key, "not_found")
    assert line.principal_id == teller.caller.id


def test_rows_read_by_id_over_the_api_are_recorded(teller, compliance, account, zhang, lines):
    (transfer,) = held(account)
    certificate = compliance.post("/blacklist/certificates", body()).json()["id"]
    for path in (f"/customers/{zhang.id}", f"/customers/{zhang.id}/eligibility", f"/accounts/{account.id}/entries"):
        assert teller.get(path).status_code == 200
    assert teller.get(f"/transfers/{transfer.id}").status_code == 200
    assert compliance.get(f"/blacklist/certificates/{certificate}").status_code == 200
    nobody = new_id()
    assert teller.get(f"/customers/{nobody}").status_code == 404
    records = [(line.customer_id, line.account_id, line.object_id, line.outcome) for line in lines("view")]
    assert [tuple(str(each) if each else None for each in line[:3]) + line[3:] for line in records] == [
        (str(zhang.id), None, None, "found"),
        (None, str(account.id), None, "found"),
        (None, None, str(transfer.id), "found"),
        (None, None, certificate, "found"),
        (str(nobody), None, None, "not_found"),
    ]


def test_api_lists_are_recorded_except_a_machines_own(client_for, teller, account, lines):
    atm = client_for("atm", "held")
    (transfer,) = held(account)
    assert atm.get(f"/transfers/{transfer.id}").status_code == 200
    assert teller.get("/transfers").status_code == 200
    assert teller.get("/transfers", limit=1).status_code == 200
    assert not lines("view")
    assert [(line.place, line.principal_id) for line in lines("list")] == [("GET api/v1/transfers", teller.caller.id)]


def test_list_narrowed_to_one_object_is_a_look_at_it(signed_in, teller, account, zhang, lines):
    held(account)
    assert teller.get("/transfers", payer_account=str(account.id)).status_code == 200
    assert [(line.account_id, line.outcome) for line in lines("view")] == [(account.id, "found")]
    assert signed_in("auditor").get("/desk/decisions", {"about": zhang.id}).status_code == 200
    assert [line.object_id for line in lines("view", place="GET desk/decisions")] == [zhang.id]


def test_a_search_at_the_desk_with_its_reason(signed_in, zhang, lines):
    desk = signed_in("teller")
    desk.post("/desk/customers", {"by": "any", "key": factories.ZHANG.number, "reason": "verification"})
    desk.post("/desk/customers", {"by": "resident_id", "key": factories.WANG.number, "reason": "business"})
    one, other = lines("look_up_customer")
    assert (bytes(one.whom), one.customer_id, one.outcome) == (factories.ZHANG.identity_key, zhang.id, "found")
    assert (one.reason, one.way) == ("verification", "desk")
    assert (bytes(other.whom), other.customer_id, other.outcome) == (factories.WANG.identity_key, None, "not_found")
    assert other.reason == "business"


def test_a_screening_at_the_desk_with_its_reason(signed_in, lines, noon):
    desk = signed_in("teller")
    page = desk.get("/desk/screening").content.decode()
    assert "不保存" not in page
    assert "留有记录" in page
    desk.post("/desk/screening", {"type": "resident_id", "number": factories.ZHANG.number, "reason": "other"})
    (line,) = lines("screening")
    assert (bytes(line.whom), line.outcome, line.reason) == (factories.ZHANG.identity_key, "not_found", "other")
    assert factories.ZHANG.number not in plain(line)


def test_look_up_of_a_persons_certificates_is_recorded(signed_in, lines, noon):
    asked = {"type": "resident_id", "number": factories.LI.number, "reason": "verification"}
    signed_in("compliance").post("/desk/certificates/person", asked)
    assert [bytes(line.whom) for line in lines("screening")] == [factories.LI.identity_key]


def test_rules_of_an_opening_record_the_documents_owner(signed_in, zhang, lines):
    typed = {"identity-type": "resident_id", "identity-number": factories.ZHANG.number, "identity-name": "张三"}
    desk = signed_in("teller")
    for _ in range(3):
        assert desk.post("/desk/customers/open/rules", typed).status_code == 200
    (line,) = lines("look_up_customer")
    assert (bytes(line.whom), line.customer_id) == (factories.ZHANG.identity_key, zhang.id)


def test_pages_about_one_record_at_the_desk(signed_in, account, zhang, lines):
    desk = signed_in("teller")
    for path in (f"/desk/customers/{zhang.id}", f"/desk/accounts/{account.id}", f"/desk/customers/{zhang.id}"):
        assert desk.get(path).status_code == 200
    assert desk.get(f"/desk/customers/{new_id()}").status_code == 404
    records = [(line.customer_id or line.account_id, line.outcome) for line in lines("view")]
    assert records[:2] == [(zhang.id, "found"), (account.id, "found")]
    assert [each for _, each in records] == ["found", "found", "not_found"]


def test_desk_lists_are_recorded_and_forms_are_not(signed_in, noon, lines):
    desk = signed_in("teller")
    for path in ("/desk/transfers/held", "/desk/customers", "/desk/screening", "/desk/"):
        assert desk.get(path).status_code == 200
    assert [line.place for line in lines("list")] == ["GET desk/transfers/held"]


def test_whole_data_is_on_record_with_its_reason_before_it_is_shown(signed_in, account, zhang, lines):
    assert (
        signed_in("teller").post(f"/desk/customers/{zhang.id}/unmask", {"reason": "customer_call"}).status_code == 200
    )
    (line,) = lines("unmask")
    assert (line.customer_id, line.reason, line.outcome) == (zhang.id, "customer_call", "done")


def test_a_record_in_the_back_office(staff, zhang, lines):
    client = staff("auditor")
    assert client.get(f"/admin/accounts/customer/{zhang.id}/change/").status_code == 200
    assert client.get("/admin/accounts/customer/").status_code == 200
    (view,), (listing,) = lines("view", way="back_office"), lines("list", way="back_office")
    assert view.object_id == zhang.id
    assert view.user_id == listing.user_id is not None


@pytest.mark.parametrize("method", ["HEAD", "POST", "PUT", "OPTIONS", "TRACE", "ANY"])
def test_a_page_is_on_record_by_whatever_method_it_is_asked_for(signed_in, staff, account, zhang, lines, method):
    """Views treat only POST as a form: every other method is answered with the page."""
    desk, office = signed_in("teller"), staff("superuser")
    assert desk.generic(method, f"/desk/customers/{zhang.id}").status_code == 200
    assert [(line.customer_id, line.outcome, line.place.split()[0]) for line in lines("view")] == [
        (zhang.id, "found", method)
    ]
    if method not in ("POST", "PUT"):
        assert office.generic(method, "/admin/kernel/principal/").status_code == 200
        assert [line.place.split()[0] for line in lines("list")] == [method]
