"""Acts from a customer's page: cash, cards, class, closing, proposals, freezes."""

import re

import pytest

from accounts.models import Account, Card, CardException, Document, ExternalAccount, Freeze, Reverification
from config.kernel.models import Approval
from tests import cash, factories
from tests.clock import NOON
from tests.desk.pages import english, text_of

pytestmark = pytest.mark.django_db
ONCE = "0" * 32


@pytest.fixture
def current(zhang):
    return factories.account(zhang, "I")


def post(client, url, key=ONCE, **data):
    return client.post(url, data | {"once": key})


def code_of(answer) -> str:
    return answer.context["problem"].code if answer.context["problem"] else ""


@pytest.mark.usefixtures("box")
class TestCash:
    @pytest.fixture
    def box(self, teller):
        return cash.box()

    def test_pays_in_and_out(self, teller, current):
        url = f"/desk/accounts/{current.id}/cash"
        page = post(teller, url, way="deposit", amount="1,000.50")
        assert page.status_code == 200
        for words in ("请核对", "1,000.50", "人民币壹仟元伍角整", "办理后余额"):
            assert words in text_of(page)
        assert post(teller, url, way="deposit", amount="1,000.50", checked="yes").status_code == 302
        assert post(teller, url, key="1" * 32, way="withdrawal", amount="０.50", checked="yes").status_code == 302
        current.refresh_from_db()
        assert current.balance_fen == 1_000_00

    def test_a_form_sent_twice_posts_once(self, teller, current):
        url = f"/desk/accounts/{current.id}/cash"
        for _ in range(2):
            assert post(teller, url, way="deposit", amount="5", checked="yes").status_code == 302
        current.refresh_from_db()
        assert current.balance_fen == 5_00

    def test_the_first_fen_too_much_is_refused_in_words_and_the_form_can_be_sent_again(self, teller, current):
        url = f"/desk/accounts/{current.id}/cash"
        answer = post(teller, url, way="withdrawal", amount="0.01", checked="yes")
        assert (answer.status_code, code_of(answer)) == (422, "INSUFFICIENT_FUNDS")
        assert 'value="0.01"' in text_of(answer)
        assert post(teller, url, way="deposit", amount="0.01", checked="yes").status_code == 302

    @pytest.mark.parametrize("amount", ["", "0", "-1", "1.001", "abc", "1e3", "12,50", "1,00", "1,2,3.4", "1.000,5"])
    def test_invalid_amount_is_reported_beside_the_field(self, teller, current, amount):
        answer = post(teller, f"/desk/accounts/{current.id}/cash", way="deposit", amount=amount)
        assert answer.status_code == 400
        assert "amount" in answer.context["form"].errors

    def test_an_amount_is_written_in_capitals(self, teller, current):
        answer = teller.get("/desk/amount-in-words", {"amount": "12,345.60"})
        assert text_of(answer).strip() == '<span lang="zh-Hans">人民币壹万贰仟叁佰肆拾伍元陆角整</span>'


class TestCards:
    def test_the_number_is_shown_once(self, teller, current):
        url = f"/desk/accounts/{current.id}/cards/new"
        page = text_of(post(teller, url, **{"card-product": "debit"}))
        number = Card.objects.get().number
        assert " ".join(number[at : at + 4] for at in range(0, 19, 4)) in page
        again = post(teller, url, **{"card-product": "debit"})
        assert again.status_code == 302
        assert Card.objects.count() == 1
        assert number not in text_of(teller.get(again.url)).replace(" ", "")

    def test_the_fifth_is_refused_with_the_way_to_an_exception(self, teller, current):
        for _ in range(4):
            factories.card(current)
        answer = post(teller, f"/desk/accounts/{current.id}/cards/new", **{"card-product": "debit"})
        assert (answer.status_code, code_of(answer)) == (422, "DEBIT_CARD_LIMIT")
        url = f"/desk/accounts/{current.id}/card-exceptions/new"
        assert url in text_of(answer)
        assert post(teller, url, **{"card-product": "debit", "card-reason": "子女上学"}).status_code == 302
        assert CardException.objects.get().status == "pending"
        assert "待复核" in text_of(teller.get(f"/desk/customers/{current.customer_id}"))

    @pytest.mark.parametrize(
        ("status", "act", "leads_to"),
        [
            ("issued", "activate", "active"),
            ("active", "report_lost", "lost"),
            ("lost", "found", "active"),
            ("lost", "cancel", "cancelled"),
            ("lost", "replace", "cancelled"),
        ],
    )
    def test_a_card_moves(self, teller, current, status, act, leads_to):
        card = factories.card(current, status=status)
        url = f"/desk/cards/{card.id}/{act}"
        assert teller.get(url).status_code == 200
        if act == "found":
            assert "请先当面核对" in text_of(post(teller, url))
        answer = post(teller, url, seen="on", identified="in_person")
        assert answer.status_code == (200 if act == "replace" else 302)
        card.refresh_from_db()
        assert card.status == leads_to

    def test_act_not_permitted_by_the_cards_status_is_explained(self, teller, current):
        card = factories.card(current, status="lost")
        answer = post(teller, f"/desk/cards/{card.id}/activate")
        assert (answer.status_code, code_of(answer)) == (409, "CARD_STATE")

    def test_unknown_act_is_refused(self, teller, current):
        card = factories.card(current)
        assert teller.get(f"/desk/cards/{card.id}/unlock").status_code == 404


class TestAccount:
    def test_changes_its_class_down_and_up(self, teller, current):
        url = f"/desk/accounts/{current.id}/class"
        for key, to in (("1", "III"), ("2", "II")):
            assert "请核对" in text_of(post(teller, url, key=key * 32, to=to))
            assert post(teller, url, key=key * 32, to=to, checked="yes").status_code == 302
            current.refresh_from_db()
            assert current.account_class == to

    def test_no_class_is_chosen_beforehand(self, teller, current):
        url = f"/desk/accounts/{current.id}/class"
        answer = post(teller, url, to="")
        assert answer.status_code == 400
        assert "请选择变更后的类别。" in text_of(answer)
        current.refresh_from_db()
        assert current.account_class == "I"
        assert not re.search(r'<option value="I+" selected>', text_of(teller.get(url)))

    def test_closes_when_it_is_empty(self, teller, current):
        assert post(teller, f"/desk/accounts/{current.id}/close").status_code == 302
        current.refresh_from_db()
        assert current.status == "closed"

    def test_account_with_money_is_not_closed(self, teller, zhang):
        full = factories.account(zhang, balance_fen=1)
        answer = post(teller, f"/desk/accounts/{full.id}/close")
        assert (answer.status_code, code_of(answer)) == (409, "ACCOUNT_NOT_EMPTY")
        # Later it is read under its short name, with the code behind it.
        named = '<span title="ACCOUNT_NOT_EMPTY">{}</span>'
        for where in ("/timeline", ""):
            timeline = text_of(teller.get(f"/desk/customers/{zhang.id}{where}"))
            assert named.format("账户有余额或预留金额") in timeline
            assert "<code>ACCOUNT_NOT_EMPTY" not in timeline
        home = text_of(english(teller).get("/desk/"))
        assert named.format("Account is not empty") in home
        assert "…" not in home.split('id="h-rules"')[-1].split("</table>")[0]

    @pytest.mark.parametrize("role", ["teller", "supervisor", "compliance", "auditor"])
    def test_page_offers_each_role_its_acts(self, signed_in, current, role):
        page = text_of(signed_in(role).get(f"/desk/accounts/{current.id}"))
        assert ("/close" in page) == (role == "teller")
        assert ("/freezes/new" in page) == (role == "compliance")


class TestProposals:
    def test_a_further_document_waits_on_the_page(self, teller, zhang):
        url = f"/desk/customers/{zhang.id}/documents/new"
        data = {"type": "passport", "number": "E12345678", "country": "USA", "valid_until": "20300101"}
        assert post(teller, url, **data).status_code == 302
        assert Document.objects.get(type="passport").status == "pending"
        page = text_of(teller.get(f"/desk/customers/{zhang.id}"))
        assert "增加证件" in page
        assert "E12345678" not in page

    def test_document_of_another_customer_is_refused(self, teller, zhang, li):
        answer = post(
            teller, f"/desk/customers/{zhang.id}/documents/new",
            type="temporary_id", number=factories.LI.number, country="", no_end="on",
        )  # fmt: skip
        assert (answer.status_code, code_of(answer)) == (409, "CUSTOMER_EXISTS")

    def test_an_own_account_elsewhere_waits(self, teller, zhang):
        url = f"/desk/customers/{zhang.id}/external-accounts/new"
        data = {"account_number": "6217 0000 1111", "bank_code": "ccb", "name": "张三", "evidence": "银行卡原件"}
        assert post(teller, url, **data).status_code == 302
        kept = ExternalAccount.objects.get()
        assert (kept.number, kept.bank_code) == ("621700001111", "CCB")

    def test_another_holders_account_elsewhere_is_refused(self, teller, zhang):
        url = f"/desk/customers/{zhang.id}/external-accounts/new"
        data = {"account_number": "621700001111", "bank_code": "CCB", "name": "李四", "evidence": "银行卡原件"}
        answer = post(teller, url, **data)
        assert code_of(answer) == "NOT_THE_HOLDER"

    def test_a_re_verification_waits_and_a_mismatch_is_refused(self, teller, zhang):
        url = f"/desk/customers/{zhang.id}/reverify"
        refused = post(teller, url, method="联网核查", result="not_found")
        assert code_of(refused) == "IDENTITY_NOT_CONFIRMED"
        # The head of the page says what the sentence below it says.
        assert ">待核实<" in text_of(refused)
        assert ">正常<" not in text_of(refused)
        assert post(teller, url, key="1" * 32, method="联网核查", result="match").status_code == 302
        assert Reverification.objects.get().status == "pending"


class TestFreezes:
    def test_an_account_is_found_by_its_number_and_frozen(self, signed_in, current):
        officer = signed_in("compliance")
        found = officer.post("/desk/freezes", {"number": f"{current.account_number[:4]} {current.account_number[4:]}"})
        assert found.url == f"/desk/accounts/{current.id}/freezes/new"
        data = {"authority": "某区人民法院", "order_no": "(2026)冻1号", "until": "2026-07-01 00:00"}
        assert post(officer, found.url, **data).status_code == 302
        freeze = Freeze.objects.get()
        assert freeze.until.isoformat() == "2026-06-30T16:00:00+00:00"
        assert "(2026)冻1号" in text_of(officer.get("/desk/freezes"))
        assert "ACCOUNT_FROZEN" not in text_of(officer.get(f"/desk/customers/{current.customer_id}"))

    @pytest.mark.parametrize("until", ["2026-01-05 12:00", "2026-01-04", "soon", "2026-02-30"])
    def test_past_or_invalid_end_is_reported_beside_the_field(self, signed_in, current, until):
        data = {"authority": "某区人民法院", "order_no": "1", "until": until}
        answer = post(signed_in("compliance"), f"/desk/accounts/{current.id}/freezes/new", **data)
        assert "until" in answer.context["form"].errors
        assert (answer.status_code, code_of(answer)) == (400, "INVALID_REQUEST")
        assert not Freeze.objects.exists()

    @pytest.mark.parametrize("until", ["2026-01-05", "20260105", "2026/01/05"])
    def test_a_day_alone_is_frozen_whole(self, signed_in, current, until):
        data = {"authority": "某区人民法院", "order_no": "1", "until": until}
        assert post(signed_in("compliance"), f"/desk/accounts/{current.id}/freezes/new", **data).status_code == 302
        assert Freeze.objects.get().until.isoformat() == "2026-01-05T16:00:00+00:00"

    @pytest.mark.parametrize(("until", "sentence"), [("2026-01-05", "至2026年1月5日（含）止"), ("", "直至解除")])
    def test_timeline_shows_the_end_of_a_freeze(self, signed_in, current, until, sentence):
        officer = signed_in("compliance")
        data = {"authority": "某区人民法院", "order_no": "1", "until": until}
        assert post(officer, f"/desk/accounts/{current.id}/freezes/new", **data).status_code == 302
        page = text_of(officer.get(f"/desk/customers/{current.customer_id}"))
        assert sentence in page.split("时间线")[1]

    @pytest.mark.parametrize("number", ["", "6217000000009999999", "no number"])
    def test_unknown_number_is_reported_beside_the_field(self, signed_in, number):
        answer = signed_in("compliance").post("/desk/freezes", {"number": number})
        assert "number" in answer.context["form"].errors
        assert (answer.status_code, code_of(answer)) == (400, "INVALID_REQUEST")

    def test_a_lift_waits_for_another_officer(self, signed_in, current):
        freeze = Freeze.objects.create(account=current, authority="法院", order_no="1", placed_at=NOON)
        officer = signed_in("compliance")
        url = f"/desk/freezes/{freeze.id}/lift"
        assert post(officer, url, order_no="(2026)解1号", reason="案件终结").status_code == 302
        assert Approval.objects.get().kind == "freeze_lift"
        again = post(officer, url, key="1" * 32, order_no="(2026)解1号", reason="案件终结")
        assert code_of(again) == "APPROVAL_PENDING"
        assert "待复核" in text_of(again)

    @pytest.mark.parametrize("status", ["in_force", "ended", "all", "nonsense"])
    def test_the_list_costs_the_same_for_many(self, signed_in, current, django_assert_max_num_queries, status):
        for number in range(30):
            Freeze.objects.create(account=current, authority="法院", order_no=str(number), placed_at=NOON)
        officer = signed_in("compliance")
        with django_assert_max_num_queries(15):
            assert officer.get("/desk/freezes", {"status": status}).status_code == 200

    def test_the_list_pages(self, signed_in, current):
        for number in range(30):
            Freeze.objects.create(account=current, authority="法院", order_no=str(number), placed_at=NOON)
        officer = signed_in("compliance")
        page = officer.get("/desk/freezes")
        assert len(page.context["rows"]) == 25
        assert len(officer.get("/desk/freezes", {"before": page.context["older"]}).context["rows"]) == 5


@pytest.mark.parametrize("role", ["teller", "compliance", "auditor"])
def test_whole_account_number_is_shown_to_roles_that_act_on_it(signed_in, current, role):
    page = text_of(signed_in(role).get(f"/desk/accounts/{current.id}"))
    whole = " ".join(current.account_number[at : at + 4] for at in range(0, len(current.account_number), 4))
    assert (whole in page) == (role != "auditor")
    assert current.account_number not in page


TELLERS = [
    "accounts/{account}/cash", "accounts/{account}/cards/new", "accounts/{account}/card-exceptions/new",
    "accounts/{account}/class", "accounts/{account}/close", "cards/{card}/cancel", "customers/{customer}/documents/new",
    "customers/{customer}/documents/renew",
    "customers/{customer}/external-accounts/new", "customers/{customer}/reverify", "customers/{customer}/open",
]  # fmt: skip
OFFICERS = ["freezes", "accounts/{account}/freezes/new", "freezes/{freeze}/lift"]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("role", ["teller", "supervisor", "compliance", "auditor"])
def test_every_act_is_open_to_its_role_and_to_no_other(signed_in, current, role, language):
    card = factories.card(current)
    freeze = Freeze.objects.create(account=current, authority="法院", order_no="1", placed_at=NOON)
    ids = {"account": current.id, "card": card.id, "customer": current.customer_id, "freeze": freeze.id}
    client = signed_in(role)
    client.cookies["django_language"] = language
    for owner, paths in (("teller", TELLERS), ("compliance", OFFICERS)):
        for path in paths:
            url = "/desk/" + path.format(**ids)
            assert client.get(url).status_code == (200 if role == owner else 403), url
            if role != owner:
                assert post(client, url).status_code == 403, url
    assert Account.objects.filter(status="open").count() == 1
