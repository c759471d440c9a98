"""Cards outside the limit of four at the desk: for individuals only, with a proof, on every form."""

import pytest

from accounts.models import Card, CardException
from accounts.vocabulary import CardProduct
from tests import factories
from tests.desk.pages import english, text_of
from tests.desk.test_opening import OPEN, agent, identity, product, rules, send

pytestmark = pytest.mark.django_db

EXEMPT = [each.value for each in CardProduct if not each.counts]
PROOF = "粤社保卡申领回执2026-0042"


def offered(client, path: str, field: str) -> set[str]:
    """Return the products that a page offers in a field."""
    context = client.get(path).context
    form = context["draft"].product if "draft" in context else context["form"]
    return {value for value, _ in form.fields[field].choices} - {""}


PLACES = [("open", "card"), ("cards/new", "product"), ("card-exceptions/new", "product")]


@pytest.mark.parametrize(("place", "field"), PLACES)
def test_exempt_cards_are_offered_to_individuals_only(teller, zhang, organization, place, field):
    for holder, products in ((zhang, {"debit", *EXEMPT}), (organization, {"debit"})):
        path = f"customers/{holder.id}" if place == "open" else f"accounts/{factories.account(holder).id}"
        assert offered(teller, f"/desk/{path}/{place}", field) == products


@pytest.mark.parametrize(("place", "field"), PLACES)
def test_the_page_knows_of_which_it_asks(teller, zhang, place, field):
    path = f"customers/{zhang.id}/open" if place == "open" else f"accounts/{factories.account(zhang).id}/{place}"
    page = teller.get(f"/desk/{path}")
    form = page.context["draft"].product if place == "open" else page.context["form"]
    assert f'data-proved="{" ".join(EXEMPT)}"' in str(form[field])


def card_new(client, account, key="k1", **fields):
    data = {"card-product": "social_security", "card-proof": "", "once": key * 8} | fields
    return client.post(f"/desk/accounts/{account.id}/cards/new", data)


def exception_new(client, account, **fields):
    data = {"card-product": "medical", "card-proof": "", "card-reason": "父母代领", "once": "k1" * 8} | fields
    return client.post(f"/desk/accounts/{account.id}/card-exceptions/new", data)


@pytest.mark.parametrize("product_", EXEMPT)
def test_a_further_card_asks_for_it(teller, zhang, product_):
    account = factories.account(zhang)
    page = card_new(teller, account, **{"card-product": product_})
    assert page.status_code == 400
    assert "请填写申领依据" in text_of(page)
    assert "is required" in text_of(card_new(english(teller), account, **{"card-product": product_}))
    assert not Card.objects.exists()
    assert card_new(teller, account, **{"card-product": product_, "card-proof": PROOF}).status_code == 200
    assert Card.objects.get().proof == PROOF


def test_debit_card_has_no_proof(teller, zhang):
    assert (
        card_new(teller, factories.account(zhang), **{"card-product": "debit", "card-proof": PROOF}).status_code == 200
    )
    assert Card.objects.get().proof is None


@pytest.mark.parametrize("proof", ["证" * 201, "\u200b", " "])
def test_missing_or_surplus_proof_is_marked(teller, zhang, proof):
    page = card_new(teller, factories.account(zhang), **{"card-proof": proof})
    assert page.status_code == 400
    assert "proof" in page.context["form"].errors
    assert not Card.objects.exists()


def test_an_exception_asks_for_it_and_the_checker_reads_it(teller, signed_in, zhang):
    account = factories.account(zhang)
    page = exception_new(teller, account)
    assert page.status_code == 400
    assert not CardException.objects.exists()
    exception_new(teller, account, **{"card-proof": PROOF})
    exception = CardException.objects.get()
    assert exception.proof == PROOF
    waiting = signed_in("supervisor").get("/desk/inbox")
    path = next(part for part in text_of(waiting).split('"') if part.startswith("/desk/inbox/") and len(part) > 40)
    shown = text_of(signed_in("supervisor").get(path))
    assert PROOF in shown
    assert "申领依据" in shown


def test_the_wizard_asks_for_it_shows_it_and_keeps_it(teller):
    page = send(teller, "product", identity(), product(card="social_security"))
    assert (page.status_code, page.context["step"]) == (400, "product")
    assert "请填写申领依据" in text_of(page)
    page = send(teller, "product", identity(), product(card="social_security", proof=PROOF))
    assert page.context["step"] == "check"
    assert PROOF in text_of(page)
    send(teller, "check", identity(), product(card="social_security", proof=PROOF))
    card = Card.objects.get()
    assert (card.product, card.proof, card.slot) == ("social_security", PROOF, None)


def test_the_wizard_of_an_organization_takes_none(teller, organization):
    url = f"/desk/customers/{organization.id}/open"
    page = send(
        teller,
        "check",
        product(account_class="none", card="medical", proof=PROOF)
        | {"product-unit_kind": "general"}
        | factories.organization_particulars(),
        url=url,
    )
    assert (page.status_code, page.context["step"]) == (400, "product")
    assert not Card.objects.exists()


def test_panel_says_which_proof_is_needed(teller):
    panel = teller.post(f"{OPEN}/rules", identity() | product(card="medical")).context["panel"]
    (rule,) = (each for each in panel.rules if str(each.title) == "借记卡数量")
    assert (rule.state, "申领依据" in rule.sentence) == ("yes", True)
    assert rules(teller, identity(), product(card="medical"), agent())["代理人"] == "yes"


def test_proof_is_masked_on_the_account_and_unmasked_with_a_reason(teller, zhang):
    account = factories.account(zhang)
    card_new(teller, account, **{"card-proof": PROOF})
    page = text_of(teller.get(f"/desk/accounts/{account.id}"))
    assert "申领依据" in page
    assert PROOF not in page
    assert PROOF not in text_of(teller.get(f"/desk/customers/{zhang.id}"))
    shown = teller.post(
        f"/desk/customers/{zhang.id}/unmask", {"reason": "document_check"}, headers={"HX-Request": "true"}
    )
    assert PROOF in text_of(shown)
