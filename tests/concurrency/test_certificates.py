"""A certificate put in force, or a document linked, beside an order and beside a release.

Whatever is decided at or after the instant at which it takes effect is decided under it.
"""

import pytest

from accounts.models import Customer, Document, Entry
from accounts.queries.standing import subject_keys
from blacklist.models import Certificate
from config.kernel.database.locks import everybody_lock
from config.kernel.models import Approval
from tests import factories
from tests.concurrency.conftest import release, release_all
from tests.factories import ZHANG
from tests.http import code
from tests.listing import certify, enter
from tests.races import Beside, not_yet_committed, row_lock, somebody_holds
from tests.transfers.conftest import CARD, money
from tests.transfers.factories import held
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db(transaction=True)

PASSPORT = {"type": "passport", "number": "X1234567", "country": "GBR"}


@pytest.fixture
def certificate(running, payer, client_for):
    """A certificate about the payer that waits for the second officer, who knows the bank already."""
    client_for("compliance", "second")
    return enter(ZHANG)


@pytest.fixture
def put_in_force(certificate, client_for):
    """Approve it; the caller's transaction decides when that is seen."""

    def run():
        answer = client_for("compliance", "second").approve(certificate["approval_id"])
        assert answer.status_code == 200, answer.json()

    return run


def in_force_at():
    return Certificate.objects.get().in_force_at


def link(teller, customer):
    """Ask for a passport of his to be linked; return the approval that waits."""
    asked = teller.post(f"/customers/{customer.id}/documents", {"document": PASSPORT})
    assert asked.status_code == 201, asked.json()
    return asked.json()["approval_id"]


@pytest.fixture
def linking(running, payer, teller, supervisor):
    """A passport that is certified, and asked to be linked to the payer: approve the link."""
    certify(subjects=[{"kind": "individual", "name": "张三", "document": PASSPORT}])
    approval_id = link(teller, payer.customer)

    def run():
        answer = supervisor.approve(approval_id)
        assert answer.status_code == 200, answer.json()

    return run


def linked_at():
    return Approval.objects.get(kind="document_link").decided_at


class TestAnOrder:
    def test_beside_a_certificate_is_judged_by_it(self, put_in_force, payer, order, atm):
        with not_yet_committed():
            put_in_force()
            accepting = Beside(lambda: atm.post("/transfers", order())).wait_until_it_waits()
        assert code(accepting.result()) == (422, "NON_COUNTER_SUSPENDED")
        assert Transfer.objects.get().accepted_at >= in_force_at()
        assert money(payer) == (100_000, 0)

    def test_beside_a_link_is_judged_by_what_lists_the_document(self, linking, payer, order, atm):
        with not_yet_committed():
            linking()
            accepting = Beside(lambda: atm.post("/transfers", order())).wait_until_it_waits()
        assert code(accepting.result()) == (422, "NON_COUNTER_SUSPENDED")
        assert Transfer.objects.get().accepted_at >= linked_at()
        assert money(payer) == (100_000, 0)

    def test_of_cash_at_a_machine_is_judged_by_it_too(self, put_in_force, payer, atm):
        body = {"account": {"card_number": CARD}, "amount": "100"}
        with not_yet_committed():
            put_in_force()
            paying = Beside(lambda: atm.post("/cash/withdrawals", body)).wait_until_it_waits()
        assert code(paying.result()) == (422, "NON_COUNTER_SUSPENDED")
        assert not Entry.objects.filter(kind="withdrawal").exists()


class TestARelease:
    def test_beside_a_certificate_is_judged_by_it(self, put_in_force, payer, payee):
        """Either side's lock of everybody away, and it is posted after the instant at which that was forbidden."""
        held(payer, payee, count=12)
        with not_yet_committed():
            put_in_force()
            releasing = Beside(release).wait_until_it_waits()
        releasing.result()
        release_all()
        assert not Event.objects.filter(new_status="posted", at__gte=in_force_at()).exists()
        assert set(Transfer.objects.values_list("status", "outcome_code")) == {("returned", "NON_COUNTER_SUSPENDED")}
        assert money(payer) == (100_000, 0)

    def test_under_way_keeps_a_certificate_from_taking_effect(self, certificate, put_in_force, payer, payee):
        """The officer's act stands in the queue behind the release, or else at the certificate, its instant read."""
        held(payer, payee, count=12)
        with somebody_holds(row_lock("blacklist_certificate", certificate["id"])):
            with somebody_holds(everybody_lock(exclusive=True)):
                releasing = Beside(release_all).wait_until_it_waits()
                approving = Beside(put_in_force).wait_until_it_waits()
            releasing.result()
        approving.result()
        assert set(Transfer.objects.values_list("status", flat=True)) == {"posted"}
        assert not Event.objects.filter(new_status="posted", at__gte=in_force_at()).exists()

    def test_beside_a_link_is_judged_by_what_lists_the_document(self, linking, payer, payee):
        held(payer, payee, count=12)
        with not_yet_committed():
            linking()
            releasing = Beside(release).wait_until_it_waits()
        releasing.result()
        release_all()
        assert not Event.objects.filter(new_status="posted", at__gte=linked_at()).exists()
        assert money(payer) == (100_000, 0)


def test_a_document_is_not_linked_while_somebody_counts_over_the_customers_set(noon, payer, teller, supervisor):
    # Their match key is there already: of the row itself the link writes nothing, and waits for it all the same.
    factories.write_match_keys()
    approval_id = link(teller, payer.customer)
    known = subject_keys(payer.customer_id)
    with not_yet_committed():
        # As whoever opens something for him does before he counts.
        Customer.objects.select_for_update(no_key=True).get(pk=payer.customer_id)
        linking = Beside(lambda: supervisor.approve(approval_id)).wait_until_it_waits()
        assert subject_keys(payer.customer_id) == known
        assert Document.objects.get(type="passport").status == "pending"
    assert linking.result().status_code == 200
    assert set(subject_keys(payer.customer_id).identity_keys) == {
        *known.identity_keys,
        factories.key_of("passport", "X1234567", "GBR"),
    }
