"""The customer's page: found by key, masked, unmasked for 30 seconds with a reason, in few queries."""

from datetime import timedelta

import pytest

from accounts.models import CardException, Customer, IdentityCheck
from accounts.operations.freezes import place_freeze
from accounts.operations.identity_documents import CheckInput, keep_check
from accounts.vocabulary import CheckResult
from config.kernel.models import Decision, TrailRecord
from tests import factories
from tests.clock import NOON
from tests.database import queries_of
from tests.desk.pages import text_of

PHONE = "13800138000"


@pytest.fixture
def rich(zhang):
    """张三 with accounts of every kind, cards inside and outside the limit of four, and a freeze."""
    first = factories.account(zhang, "I", balance_fen=123_456_00, held_fen=1_00)
    factories.account(zhang, "III", kind="payment")
    factories.card(first)
    factories.card(first, status="lost")
    factories.card(first, product="medical")
    exception = CardException.objects.create(
        account=first, product="debit", reason="子女上学", status="active", asked_at=NOON, approved_at=NOON
    )
    factories.approved("card_exception", exception)
    factories.card(first, slot=None, exception=exception)
    compliance = factories.caller("compliance")
    place_freeze(principal=compliance, account_id=first.id, authority="某区法院", order_no="(2026)1", until=None)
    return first


def find(client, by, key, **more):
    return client.post("/desk/customers", {"by": by, "key": key, "country": "", "reason": "business", **more})


class TestSearch:
    @pytest.mark.parametrize(
        ("by", "key"),
        [
            ("resident_id", "11010519491231002X"),
            ("household_register", "11010519491231002x"),
            ("any", "11010519491231002X"),
            ("any", "1101 0519 4912 3100 2X"),
            ("phone", "138 0013 8000"),
            ("any", PHONE),
            ("card", "6228 4800 0000 0001"),
            ("any", "6228480000000001"),
            ("account", "6000000000000077"),
            ("any", "6000000000000077"),
        ],
    )
    def test_one_key_finds_the_customer(self, signed_in, noon, by, key):
        person = factories.customer(factories.ZHANG, phone=PHONE)
        account = factories.account(person, account_number="6000000000000077")
        factories.card(account, number="6228480000000001")
        answer = find(signed_in("teller"), by, key)
        assert (answer.status_code, answer.url) == (302, f"/desk/customers/{person.id}")

    @pytest.mark.parametrize("by", ["any", "uscc"])
    def test_credit_code_finds_the_organization_with_or_without_a_type(self, signed_in, noon, by):
        organization = factories.customer(factories.ORGANIZATION)
        answer = find(signed_in("teller"), by, factories.ORGANIZATION.number.lower())
        assert (answer.status_code, answer.url) == (302, f"/desk/customers/{organization.id}")

    def test_unknown_credit_code_offers_an_opening_for_an_organization(self, signed_in, noon):
        page = text_of(find(signed_in("teller"), "any", factories.ORGANIZATION.number))
        assert "为新单位开户" in page
        assert f'name="number" value="{factories.ORGANIZATION.number}"' in page

    def test_a_shared_phone_gives_a_masked_choice(self, signed_in, noon):
        for person in (factories.ZHANG, factories.LI):
            factories.customer(person, phone=PHONE)
        page = text_of(find(signed_in("teller"), "phone", PHONE))
        assert "张*" in page
        assert "李*" in page
        assert "张三" not in page

    def test_missing_customer_offers_an_opening_with_the_typed_number(self, signed_in, noon):
        page = text_of(find(signed_in("teller"), "resident_id", factories.ZHANG.number))
        assert "没有这位客户" in page
        assert f'name="number" value="{factories.ZHANG.number}"' in page

    def test_only_a_teller_is_offered_to_open(self, signed_in, noon):
        page = text_of(find(signed_in("supervisor"), "resident_id", factories.ZHANG.number))
        assert "为新客户开户" not in page

    def test_wrong_number_is_reported_beside_the_field_and_kept(self, signed_in, noon):
        answer = find(signed_in("teller"), "resident_id", "110105194912310021")
        page = text_of(answer)
        assert (answer.status_code, answer.context["problem"].code) == (400, "INVALID_REQUEST")
        assert "is-invalid" in page
        assert 'value="110105194912310021"' in page

    def test_purpose_of_a_look_up_is_chosen(self, signed_in, zhang):
        assert signed_in("teller").get("/desk/customers").context["form"]["reason"].value() is None
        answer = find(signed_in("teller"), "resident_id", factories.ZHANG.number, reason="")
        assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["reason"])
        assert not TrailRecord.objects.filter(kind="look_up_customer").exists()

    def test_a_get_never_searches(self, signed_in, zhang):
        answer = signed_in("teller").get("/desk/customers", {"by": "resident_id", "key": factories.ZHANG.number})
        assert answer.status_code == 200


class TestPage:
    @pytest.mark.parametrize("role", ["teller", "supervisor", "compliance", "auditor"])
    @pytest.mark.parametrize("language", ["zh-hans", "en"])
    def test_shows_the_customer_masked(self, signed_in, rich, role, language):
        client = signed_in(role)
        client.cookies["django_language"] = language
        page = text_of(client.get(f"/desk/customers/{rich.customer_id}"))
        assert "张*" in page
        assert "张三" not in page
        assert factories.ZHANG.number not in page
        assert "123,456.00" in page
        assert "123,455.00" in page

    def test_draws_four_places_and_keeps_other_cards_apart(self, signed_in, rich):
        page = text_of(signed_in("teller").get(f"/desk/customers/{rich.customer_id}"))
        assert page.count('<li class="desk-slot') == 4
        assert page.count("is-lost") == 1
        assert page.count("可发") == 2
        # A card beyond the four slots counts, and is listed apart from those that do not.
        apart = page.split("四个序号以外的卡")[1].split("</table>")[0]
        assert "计入，经批准超限额" in apart
        assert "不计入（该卡种不计数）" in apart

    def test_no_place_is_offered_where_no_card_may_be_issued(self, signed_in, rich):
        Customer.objects.filter(pk=rich.customer_id).update(status="in_review")
        page = text_of(signed_in("teller").get(f"/desk/customers/{rich.customer_id}"))
        assert page.count("<span>不可发卡</span>") == 2
        assert "<span>可发</span>" not in page

    def test_page_says_what_may_be_opened_and_reasons_against_it(self, signed_in, rich):
        page = text_of(signed_in("teller").get(f"/desk/customers/{rich.customer_id}"))
        assert "CLASS_I_EXISTS" in page
        assert "第五条" in page
        assert "可开立" in page

    def test_page_shows_the_end_of_a_freeze(self, signed_in, rich):
        page = text_of(signed_in("teller").get(f"/desk/customers/{rich.customer_id}"))
        assert "至解除" in page
        until = NOON + timedelta(days=30)
        place_freeze(
            principal=factories.caller("compliance"),
            account_id=rich.id,
            authority="某区法院",
            order_no="2",
            until=until,
        )
        assert "至2026年2月4日12:00止" in text_of(signed_in("teller").get(f"/desk/customers/{rich.customer_id}"))

    def test_an_auditor_finds_nothing_to_press(self, signed_in, rich):
        page = text_of(signed_in("auditor").get(f"/desk/customers/{rich.customer_id}"))
        assert '/cash"' not in page
        assert "/open" not in page
        assert "/unmask" not in page

    def test_costs_as_many_queries_for_many_as_for_one(self, signed_in, zhang, li):
        small = factories.account(zhang)
        factories.card(small)
        for number in range(5):
            large = factories.account(li, "II", class_slot=number + 1)
            factories.account(li, "I", kind="payment")
            if number < 4:
                factories.card(large)
            factories.card(large, product="medical")
        client = signed_in("teller")
        few = queries_of(lambda: client.get(f"/desk/customers/{zhang.id}"))
        assert queries_of(lambda: client.get(f"/desk/customers/{li.id}")) == few <= 47

    def test_the_timeline_pages_from_the_newest(self, signed_in, zhang):
        teller = factories.caller("teller")
        for number in range(25):
            Decision.objects.create(
                at=NOON + timedelta(minutes=number), kind="open_account", outcome="allowed", policy_version="t",
                customer_id=zhang.id, principal_id=teller.id,
            )  # fmt: skip
        client = signed_in("teller")
        page = client.get(f"/desk/customers/{zhang.id}")
        assert len(page.context["happened"]) == 20
        assert page.context["happened"][0].at == NOON + timedelta(minutes=24)
        older = client.get(f"/desk/customers/{zhang.id}/timeline", {"before": page.context["older"]})
        assert len(older.context["happened"]) == 5
        assert older.context["older"] is None

    def test_identity_checks_are_on_the_timeline_with_the_decisions(self, signed_in, zhang):
        teller = factories.caller("teller")
        for number in range(30):
            at = NOON + timedelta(minutes=number)
            if number % 2:
                check = CheckInput("联网核查", CheckResult.MATCH if number > 15 else CheckResult.NOT_FOUND)
                keep_check(zhang.id, check, teller, at)
            else:
                Decision.objects.create(
                    at=at, kind="open_account", outcome="allowed", policy_version="t", customer_id=zhang.id
                )
        client = signed_in("teller")
        page = client.get(f"/desk/customers/{zhang.id}")
        older = client.get(f"/desk/customers/{zhang.id}/timeline", {"before": page.context["older"]})
        happened = [*page.context["happened"], *older.context["happened"]]
        assert [each.at for each in happened] == [NOON + timedelta(minutes=each) for each in range(29, -1, -1)]
        assert [happened[0].what, happened[0].more, happened[0].outcome, happened[0].who] == [
            "身份核查", "联网核查", "一致", "teller",
        ]  # fmt: skip
        assert (happened[-2].outcome, happened[-2].tone) == ("查无此号", "red")
        assert text_of(page).count("联网核查") >= 3

    def test_a_page_of_another_customers_timeline_is_empty(self, signed_in, zhang, li):
        keep_check(li.id, CheckInput("联网核查", CheckResult.MATCH), factories.caller("teller"), NOON)
        theirs = IdentityCheck.objects.get().id
        page = signed_in("teller").get(f"/desk/customers/{zhang.id}/timeline", {"before": theirs})
        assert page.context["happened"] == []


class TestUnmask:
    def test_shows_the_whole_for_a_reason_and_keeps_it(self, signed_in, zhang):
        client = signed_in("teller")
        answer = client.post(
            f"/desk/customers/{zhang.id}/unmask", {"reason": "customer_call"}, headers={"HX-Request": "true"}
        )
        page = text_of(answer)
        assert "张三" in page
        assert "1101 0519 4912 3100 2X" in page
        assert "delay:30s" in page
        assert "no-store" in answer.headers["Cache-Control"]
        kept = Decision.objects.get(kind="unmask")
        assert (kept.customer_id, kept.facts, kept.principal.role) == (zhang.id, {"reason": "customer_call"}, "teller")

    @pytest.mark.parametrize("reason", ["", "张三", "because"])
    def test_shows_nothing_without_a_reason_of_the_list(self, signed_in, zhang, reason):
        answer = signed_in("teller").post(f"/desk/customers/{zhang.id}/unmask", {"reason": reason})
        assert answer.status_code == 302
        assert not Decision.objects.filter(kind="unmask").exists()

    def test_unmasked_page_without_scripts_is_masked_again_after_its_time(self, signed_in, zhang):
        answer = signed_in("teller").post(f"/desk/customers/{zhang.id}/unmask", {"reason": "customer_call"})
        assert answer.headers["Refresh"] == f"30; url=/desk/customers/{zhang.id}"

    def test_a_get_shows_nothing(self, signed_in, zhang):
        assert signed_in("teller").get(f"/desk/customers/{zhang.id}/unmask").status_code == 302
        assert not Decision.objects.filter(kind="unmask").exists()

    def test_afterwards_it_is_masked(self, signed_in, zhang):
        page = text_of(signed_in("teller").get(f"/desk/customers/{zhang.id}/masked"))
        assert "张*" in page
        assert "张三" not in page


class TestPrivacy:
    def test_no_page_puts_a_payload_into_markup(self, signed_in, noon):
        evil = factories.customer(factories.Person('"><img src=x onerror=alert(1)>', factories.citizen_number()))
        account = factories.account(evil)
        client = signed_in("compliance")
        client.post(
            f"/desk/accounts/{account.id}/freezes/new",
            {"authority": "<script>alert(1)</script>", "order_no": "<b>1</b>", "until": "", "once": "a" * 32},
        )
        for path in (f"/desk/customers/{evil.id}", f"/desk/accounts/{account.id}", "/desk/freezes"):
            page = text_of(client.get(path))
            assert "<script>alert" not in page
            assert "<img src=x" not in page
