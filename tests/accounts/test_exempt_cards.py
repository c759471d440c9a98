"""Cards outside the limit of four: for individuals only, with a proof, not barred by a certificate."""

import pytest

from accounts.models import Card, CardException
from accounts.vocabulary import CardProduct
from config.kernel.database.sql import rows
from config.kernel.models import Decision
from tests import factories, listings
from tests.clock import NOON
from tests.database_refusals import past_the_guards, refused_by
from tests.factories import ZHANG
from tests.http import code

EXEMPT = [each.value for each in CardProduct if each.is_personal]
PROOF = "粤社保卡申领回执 2026-0042，参保人张三"


def issue(teller, account, product="social_security", **more):
    return teller.post(f"/accounts/{account.id}/cards", {"product": product} | more)


def ask(teller, account, product="social_security", **more):
    return teller.post(f"/accounts/{account.id}/card-exceptions", {"product": product, "reason": "x"} | more)


def foreign(organization, **more) -> Card:
    """Write a card of an organization without the operations."""
    account = factories.account(organization)
    with past_the_guards("accounts_card"):
        return factories.card(account, product="social_security", **more)


@pytest.mark.parametrize("product", EXEMPT)
def test_organization_gets_no_exempt_card(teller, organization, product):
    account = factories.account(organization)
    for answer in (issue(teller, account, product, proof=PROOF), ask(teller, account, product, proof=PROOF)):
        assert (code(answer), answer.json()["clause"]) == ((422, "CARD_NOT_OFFERED"), None)
        assert "只发给个人" in answer.json()["detail"]
        assert CardProduct(product).text.zh in answer.json()["detail"]
        assert answer.json()["fields"] == {"cause": "individuals_only", "product": product}
    assert issue(teller, account, "debit").status_code == 201
    assert Decision.objects.filter(code="CARD_NOT_OFFERED").count() == 2


@pytest.mark.parametrize("product", EXEMPT)
def test_database_derives_the_owner_of_the_account(zhang, organization, product):
    factories.card(factories.account(zhang), product=product)
    account = factories.account(organization)
    with refused_by("card_exempt_is_personal"):
        factories.card(account, product=product)
    with refused_by("card_exempt_is_personal"):
        # The customer that the row states does not matter.
        Card.objects.create(
            account=account, customer=zhang, product=product, status="active", number="x", number_index=b"1",
            issued_at=NOON,
        )  # fmt: skip


def test_existing_card_of_an_organization_keeps_working(teller, organization):
    card = foreign(organization, status="issued")
    assert teller.post(f"/cards/{card.id}/activate").status_code == 200
    assert teller.post(f"/cards/{card.id}/report-lost").status_code == 200
    replaced = teller.post(f"/cards/{card.id}/replace")
    assert (replaced.status_code, replaced.json()["product"]) == (201, "social_security")


def test_a_replacement_is_of_the_same_card(organization):
    card, other = foreign(organization), foreign(organization)
    for wrong in ({"product": "medical", "replaces": card}, {"product": "social_security", "replaces": other}):
        with refused_by("card_exempt_is_personal"):
            factories.card(card.account, **wrong)


@pytest.mark.parametrize("product", EXEMPT)
def test_the_bar_on_opening_lets_them_through(teller, zhang, product):
    account = factories.account(zhang)
    listings.certify(ZHANG)
    assert issue(teller, account, product).status_code == 201
    assert ask(teller, account, product).status_code == 201
    assert code(issue(teller, account, "debit")) == (422, "OPENING_BARRED")
    assert "社会保障卡" in issue(teller, account, "debit").json()["detail"]


def test_an_organization_under_a_bar_is_promised_none(teller, organization):
    """These cards are for individuals: the refusal of an organization does not offer them."""
    listings.certify(factories.ORGANIZATION)
    body = {"customer_id": str(organization.id), "kind": "bank", "account_class": "none"}
    assert "社会保障卡" not in teller.post("/accounts", body).json()["detail"]
    assert code(issue(teller, factories.account(organization))) == (422, "CARD_NOT_OFFERED")


def test_exempt_card_passes_the_other_checks(teller, zhang, li):
    li.status = "in_review"
    li.save()
    assert code(issue(teller, factories.account(li))) == (422, "IDENTITY_UNDER_REVIEW")
    assert code(issue(teller, factories.account(zhang, "III"))) == (422, "CARD_NOT_OFFERED")
    case = factories.account(zhang)
    listings.certify_account(case.account_number)
    assert code(issue(teller, case)) == (422, "CASE_ACCOUNT_STOPPED")


# --- what entitles to them ----------------------------------------------------------------------


def stored(table: str, row_id) -> bytes:
    return rows(f"SELECT proof FROM {table} WHERE id = %s", [row_id])[0]["proof"]


@pytest.mark.parametrize("proof", ["凭", "证" * 200, PROOF])
def test_proof_is_sealed_and_kept_by_a_replacement_card(teller, zhang, proof):
    card = issue(teller, factories.account(zhang), proof=proof).json()
    assert "proof" not in card
    kept = Card.objects.get(pk=card["id"])
    assert kept.proof == proof
    assert proof.encode() not in bytes(stored("accounts_card", kept.id))
    fresh = Card.objects.get(pk=teller.post(f"/cards/{card['id']}/replace").json()["id"])
    assert fresh.proof == proof
    assert not [each for each in Decision.objects.all() if proof in str(each.facts.values())]


def test_may_be_left_out(teller, zhang):
    card = issue(teller, factories.account(zhang)).json()
    assert Card.objects.get(pk=card["id"]).proof is None


@pytest.mark.parametrize("proof", ["", "  ", "\u200b", "证" * 201, None, 5, ["x"]])
@pytest.mark.parametrize("way", [issue, ask])
def test_missing_or_surplus_proof_is_malformed(teller, zhang, way, proof):
    answer = way(teller, factories.account(zhang), proof=proof)
    assert (code(answer), list(answer.json()["fields"])) == ((400, "INVALID_REQUEST"), ["proof"])


def test_proof_is_shown_with_an_exception_and_on_its_card(teller, supervisor, zhang):
    asked = ask(teller, factories.account(zhang), proof=PROOF).json()
    exception = CardException.objects.get()
    assert exception.proof == PROOF
    assert PROOF.encode() not in bytes(stored("accounts_cardexception", exception.id))
    card = supervisor.approve(asked["approval_id"]).json()["card"]
    assert Card.objects.get(pk=card["id"]).proof == PROOF


def test_proof_of_a_card_cannot_change(teller, zhang):
    issue(teller, factories.account(zhang), proof=PROOF)
    ask(teller, factories.account(zhang), proof=PROOF)
    with refused_by("accounts_card_stands"):
        Card.objects.update(proof=b"other")
    with refused_by("accounts_cardexception_stands"):
        CardException.objects.update(proof=b"other")
