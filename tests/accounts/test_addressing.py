"""A person is addressed as a person and an organization as an organization, in letters and in refusals."""

import pytest

from accounts.letters.operations.letters import issue_letter
from accounts.letters.queries.composition import content_read
from accounts.letters.vocabulary import LetterKind
from accounts.refusals.money import NonCounterSuspended, PaymentBusinessSuspended
from accounts.refusals.opening import OpeningBarred
from accounts.vocabulary import CustomerKind
from blacklist.vocabulary import SubjectKind
from config.kernel.law.addressing import ORGANIZATION, address_of
from config.kernel.models import Decision
from tests import factories
from tests.factories import ZHANG
from tests.listings import certify, certify_account

CARD = "6222020000000000000"
OF_A_PERSON = ("您", "本人有效身份证件，", "个人的", "转入本人", "转至本人")
JDM = {"legal_basis": "JDM_2024", "extent": {"accounts": 3}}


def letter(customer, kind: LetterKind, about_id, language: str = "zh") -> str:
    issued = issue_letter(principal=factories.caller("teller"), customer_id=customer.id, kind=kind, about_id=about_id)
    lines = [line for part in content_read(issued).sections for line in part.lines]
    return "\n".join(line.in_language(language) for line in lines)


def test_the_kind_is_that_of_customers_and_of_subjects():
    assert CustomerKind.ORGANIZATION.value == SubjectKind.ORGANIZATION.value == ORGANIZATION
    assert address_of("") is address_of(CustomerKind.INDIVIDUAL.value) is not address_of(ORGANIZATION)


@pytest.mark.django_db
class TestLetters:
    def test_a_penalty_of_an_organization_speaks_to_an_organization(self, noon):
        customer = factories.customer(factories.ORGANIZATION)
        zh = letter(customer, LetterKind.PENALTY, certify(factories.ORGANIZATION).id)
        assert "对认定有异议的，可由经办人持本函、单位证明文件、授权书和本人有效身份证件，向认定机关" in zh
        assert "全部余额经柜面申请和复核，可一次转至本单位银行账户（含经本行登记的他行账户）（本行规则）" in zh
        assert "社会保障卡" not in zh
        assert "您" not in zh

    def test_a_penalty_of_a_person_speaks_to_a_person(self, zhang, noon):
        zh = letter(zhang, LetterKind.PENALTY, certify(ZHANG).id)
        assert "对认定有异议的，可持本函和本人有效身份证件，向认定机关" in zh
        assert "全部余额经柜面申请和复核，可一次转至本人银行账户（含经本行登记的他行账户）（本行规则）" in zh
        assert "个人的社会保障卡等民生卡种不受此限" in zh
        assert "单位" not in zh

    def test_the_measures_of_2024_too_in_english(self, noon):
        customer = factories.customer(factories.ORGANIZATION)
        paper = certify(factories.ORGANIZATION, **JDM)
        assert "支付账户余额转至本单位银行账户（含经本行登记的他行账户）" in letter(
            customer, LetterKind.PENALTY, paper.id
        )

    def test_bearer_of_a_letter_in_english_brings_an_authorization(self, noon):
        en = letter(
            factories.customer(factories.ORGANIZATION), LetterKind.PENALTY, certify(factories.ORGANIZATION).id, "en"
        )
        assert "with this letter, proof of the organization, a letter of authorization and the bearer's own valid" in en
        assert "social security" not in en

    def test_a_suspension_and_its_end_say_your_organization(self, noon):
        customer = factories.customer(factories.ORGANIZATION)
        case, _ = factories.account(customer), factories.account(customer)
        paper = certify_account(case.account_number)
        assert "贵单位到柜面重新核实身份并经复核后" in letter(customer, LetterKind.SUSPENSION, paper.id)

    def test_an_end_says_that_nothing_restricts_the_organization(self, noon):
        customer = factories.customer(factories.ORGANIZATION)
        paper = certify(factories.ORGANIZATION)
        letter(customer, LetterKind.PENALTY, paper.id)
        noon.advance(days=365 * 5 + 10)
        assert "目前本行对贵单位没有其他限制。" in letter(customer, LetterKind.END, paper.id)

    def test_refusal_in_a_letter_addresses_the_organization(self, noon, client_for):
        customer = factories.customer(factories.ORGANIZATION)
        factories.card(factories.account(customer, balance_fen=1000), number=CARD)
        certify(factories.ORGANIZATION)
        client_for("atm").post("/cash/withdrawals", {"account": {"card_number": CARD}, "amount": "1.00"})
        refused = Decision.objects.get(code="NON_COUNTER_SUSPENDED")
        zh = letter(customer, LetterKind.REFUSAL, refused.id)
        assert zh.startswith("贵单位于2026年1月5日12:00:00申请办理“")
        assert "请由经办人持单位证明文件、授权书和本人有效身份证件到柜面办理" in zh
        assert "您" not in zh


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("person", "asked", "kind"),
    [
        (
            factories.ORGANIZATION,
            "请由经办人持单位证明文件、授权书和本人有效身份证件到柜面办理",
            {"holder_kind": "organization"},
        ),
        (ZHANG, "请持本人有效身份证件到柜面办理", {}),
    ],
    ids=["organization", "person"],
)
@pytest.mark.parametrize("more", [{}, JDM], ids=["notice", "measures of 2024"])
def test_refused_person_at_a_machine_learns_what_to_bring(client_for, noon, person, asked, kind, more):
    factories.card(factories.account(factories.customer(person), balance_fen=1000), number=CARD)
    certify(person, **more)
    body = client_for("atm").post("/cash/withdrawals", {"account": {"card_number": CARD}, "amount": "1.00"}).json()
    assert body["code"] == "NON_COUNTER_SUSPENDED"
    assert asked in body["detail"]
    assert {name: value for name, value in body["fields"].items() if name == "holder_kind"} == kind
    kept = Decision.objects.get(code="NON_COUNTER_SUSPENDED")
    assert NonCounterSuspended.sentence(kept.facts, "zh") == body["detail"]


@pytest.mark.django_db
def test_letter_to_a_barred_organization_mentions_no_cards_for_persons(teller, noon):
    customer = factories.customer(factories.ORGANIZATION)
    certify(factories.ORGANIZATION)
    body = {"customer_id": str(customer.id), "kind": "bank", "account_class": "none"}
    refused = teller.post("/accounts", body).json()
    assert (refused["code"], refused["fields"]["holder_kind"]) == ("OPENING_BARRED", "organization")
    assert "已有的卡可以补（换）；如有异议" in refused["detail"]


@pytest.mark.parametrize("kind", [NonCounterSuspended, PaymentBusinessSuspended, OpeningBarred])
def test_no_sentence_to_an_organization_speaks_to_a_person(kind):
    for cause in (*kind.causes, ""):
        cause_code, *narrower = str(cause).split(" ")
        fields = {"cause": cause_code, "until": None, "holder_kind": ORGANIZATION}
        fields |= {"direction": "out"} if "out" in narrower else {"exempt": "balance"} if narrower else {}
        zh, en = kind.sentence(fields, "zh"), kind.sentence(fields, "en")
        assert not [words for words in OF_A_PERSON if words in zh], zh
        assert "social security" not in en
        assert "{" not in zh + en
