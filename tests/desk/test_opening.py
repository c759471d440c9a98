"""1001 个人开户 at the desk: identity, product, check and result, with the rules shown beside."""

from datetime import date
from html import unescape

import pytest

from accounts.models import Account, Card, Customer, IdentityCheck, IdentityConflict
from config.kernel.models import Decision
from tests import factories
from tests.blacklist.cast import draft
from tests.desk.pages import text_of
from tests.desk.papers import in_force

pytestmark = pytest.mark.django_db
OPEN = "/desk/customers/open"
NUMBER = factories.ZHANG.number


def with_its_end(fields: dict[str, str]) -> dict[str, str]:
    """Tick that a document has no end if no day is given."""
    return fields if fields["valid_until"] or "no_end" in fields else fields | {"no_end": "on"}


def identity(**changed: str) -> dict[str, str]:
    fields = {
        "type": "resident_id", "number": NUMBER, "country": "", "valid_until": "", "name": "张三",
        "phone": "13800138000", "birth_date": "", "method": "联网核查", "result": "match",
    } | changed  # fmt: skip
    return {f"identity-{name}": value for name, value in with_its_end(fields).items()}


def product(**changed: str) -> dict[str, str]:
    """Return the fields of the product, with the particulars that a new customer is asked for."""
    fields = {"kind": "bank", "account_class": "I", "card": "debit", "proof": "", "purpose": "daily"} | changed
    return factories.individual_particulars() | {f"product-{name}": value for name, value in fields.items()}


def agent(**changed: str) -> dict[str, str]:
    fields = {
        "came": "on", "relation": "agent", "name": "李四", "type": "resident_id", "number": factories.LI.number, "country": "",
        "valid_until": "",
    } | changed  # fmt: skip
    return {f"agent-{name}": value for name, value in with_its_end(fields).items()}


def send(client, step, *parts, url=OPEN, go="next", key="k1"):
    data = {"step": step, "go": go, "once": key * 8}
    for part in parts:
        data |= part
    return client.post(url, data, follow=True)


def rules(client, *parts, url=f"{OPEN}/rules") -> dict[str, str]:
    data: dict[str, str] = {}
    for part in parts:
        data |= part
    panel = client.post(url, data).context["panel"]
    return {str(rule.title): rule.state for rule in panel.rules}


@pytest.mark.parametrize(
    ("born", "under"),
    [("20100105", False), ("20100106", True), ("20200229", True)],
    ids=["today 16", "tomorrow", "six"],
)
def test_customer_under_sixteen_needs_a_guardian(teller, born, under):
    """The bank's day is 2026-01-05: the child may have an account, and the panel asks for the guardian."""
    number = factories.citizen_number(birth=born)
    child = identity(number=number, type="household_register", name="小明")
    assert rules(teller, child, product()).get("监护人") == ("no" if under else None)
    assert rules(teller, child, product(), agent()).get("监护人") == ("no" if under else None)
    with_guardian = rules(teller, child, product(), agent(relation="guardian"))
    assert with_guardian["监护人"] == ("note" if under else "no")
    assert with_guardian["代理人"] == "yes"
    page = send(teller, "check", child, product(), agent(relation="guardian"))
    if under:
        card = Card.objects.get()
        assert (card.status, card.agent_slot, card.agent_relation) == ("issued", None, "guardian")
        assert "监护人签名" in text_of(page)
    else:
        assert "relation" in page.context["draft"].agent.errors
        assert not Account.objects.exists()


def test_child_with_an_agent_is_refused_with_the_possible_steps(teller):
    child = identity(number=factories.citizen_number(birth="20200229"), type="household_register", name="小明")
    page = send(teller, "check", child, product(), agent())
    assert page.context["problem"].code == "GUARDIAN_REQUIRED"
    assert "监护人" in text_of(page)
    assert not Account.objects.exists()


def test_guardian_of_seventeen_years_is_marked_beside_the_number(teller):
    child = identity(number=factories.citizen_number(birth="20200229"), type="household_register", name="小明")
    young = agent(relation="guardian", number=factories.citizen_number(birth="20090101"))
    assert rules(teller, child, product(), young)["代理人"] == "no"
    page = send(teller, "check", child, product(), young)
    assert page.context["step"] == "product"
    assert "监护人须年满18周岁" in str(page.context["draft"].agent.errors["number"])


@pytest.mark.parametrize(
    ("change", "hint"),
    [({}, True), ({"name": "张三丰"}, False), ({"birth_date": "1949-12-30"}, False), ({"birth_date": ""}, False)],
    ids=["same", "another name", "another day", "no day"],
)
def test_a_listed_person_with_another_document_is_a_hint(teller, change, hint):
    """Matched by name and birth date: the rule panel asks for a closer look and refuses nothing."""
    in_force(draft())
    passport = {"type": "passport", "number": "E12345678", "country": "CHN", "birth_date": "1949-12-31"}
    seen = rules(teller, identity(**passport | change), product())
    assert seen.get("疑似名单人员") == ("note" if hint else None)
    assert seen["惩戒名单"] == "yes"


class TestSteps:
    def test_begins_with_the_identity(self, teller):
        page = teller.get(OPEN)
        assert page.context["step"] == "identity"

    @pytest.mark.parametrize(("by", "chosen"), [("household_register", "household_register"), ("any", "")])
    def test_searched_document_is_prefilled(self, teller, by, chosen):
        """A search by number alone does not state that the document was shown."""
        found = teller.post("/desk/customers", {"by": by, "key": NUMBER, "reason": "business"})
        searched = {"step": "start", "number": NUMBER, "country": ""} | {"type": found.context["document"]["type"]}
        page = teller.post(OPEN, searched, follow=True)
        assert f'value="{NUMBER}"' in text_of(page)
        assert page.context["draft"].identity["type"].value() == chosen

    @pytest.mark.parametrize(
        ("name", "words"),
        [("type", "请选择证件种类。"), ("method", "请选择核查方式。"), ("result", "请选择核查结果。")],
    )
    def test_assumes_neither_the_document_nor_the_check(self, teller, name, words):
        assert " selected" not in text_of(teller.get(OPEN)).split('id="opening"')[1].split("</form>")[0]
        page = send(teller, "identity", identity(**{name: ""}))
        assert page.context["step"] == "identity"
        assert words in text_of(page)
        assert not Customer.objects.exists()

    def test_first_step_leads_to_the_product_and_registers_no_customer(self, teller):
        page = send(teller, "identity", identity())
        assert page.context["step"] == "particulars"
        assert send(teller, "particulars", identity(), factories.individual_particulars()).context["step"] == "product"
        assert not Customer.objects.exists()

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"number": "110105194912310021"}, "number"),
            ({"number": ""}, "number"),
            ({"valid_until": "2026-01-04"}, "valid_until"),
            # Neither field is stated, or both.
            ({"no_end": ""}, "no_end"),
            ({"valid_until": "2046-01-04", "no_end": "on"}, "no_end"),
            ({"name": ""}, "name"),
            ({"phone": "12"}, "phone"),
            ({"result": "perhaps"}, "result"),
            ({"type": "uscc"}, "type"),
        ],
    )
    def test_wrong_input_is_kept_and_explained(self, teller, wrong, field):
        page = send(teller, "identity", identity(**wrong))
        assert page.status_code == 400
        assert page.context["step"] == "identity"
        assert field in page.context["draft"].identity.errors
        assert 'value="13800138000"' in text_of(page) or "phone" in wrong

    def test_going_back_keeps_the_input(self, teller):
        assert send(teller, "product", identity(), product(), go="back").context["step"] == "particulars"
        page = send(teller, "particulars", identity(), product(), go="back")
        assert page.context["step"] == "identity"
        assert f'value="{NUMBER}"' in text_of(page)

    def test_shows_all_to_be_checked_with_the_customer(self, teller):
        page = send(teller, "product", identity(), product())
        assert page.context["step"] == "check"
        text = text_of(page)
        assert "1101 0519 4912 3100 2X" in text
        assert "Ⅰ类户" in text

    def test_a_step_cannot_be_jumped(self, teller):
        page = send(teller, "check", product())
        assert page.context["step"] == "identity"
        assert not Account.objects.exists()


class TestResult:
    def test_opens_with_a_card_and_shows_its_number_once(self, teller):
        page = text_of(send(teller, "check", identity(), product()))
        account, card = Account.objects.get(), Card.objects.get()
        assert (account.account_class, card.slot, card.status) == ("I", 1, "active")
        grouped = " ".join(card.number[at : at + 4] for at in range(0, 19, 4))
        assert grouped in page
        assert f"{account.account_number[:4]} {account.account_number[4:8]}" in page
        again = text_of(teller.get(f"/desk/accounts/{account.id}/opened"))
        assert grouped not in again
        assert "个人银行结算账户开户申请书" in again

    def test_a_form_sent_twice_opens_once(self, teller):
        send(teller, "check", identity(), product())
        again = send(teller, "check", identity(), product())
        assert again.redirect_chain == [(f"/desk/customers/{Customer.objects.get().id}", 302)]
        assert Account.objects.count() == Card.objects.count() == Customer.objects.count() == 1

    def test_known_customer_is_recognized_and_gets_the_account(self, teller, zhang):
        page = send(teller, "identity", identity(type="household_register"))
        assert page.context["subject"].customer_id == zhang.id
        assert "将为其直接开户" in text_of(page)
        send(teller, "check", identity(type="household_register"), product())
        assert Account.objects.get().customer_id == zhang.id
        assert IdentityCheck.objects.get().result == "match"

    def test_stops_at_another_name_and_keeps_the_attempt(self, teller, zhang):
        page = send(teller, "identity", identity(name="王五"))
        assert (page.status_code, page.context["problem"].code) == (409, "IDENTITY_CONFLICT")
        assert IdentityConflict.objects.count() == 1
        text = text_of(page)
        assert page.context["subject"] is None, "the holder of the number is not shown to a person of another name"
        assert f"/desk/customers/{zhang.id}" not in text
        assert "已是本行客户，将为其直接开户" not in text

    def test_a_check_that_does_not_confirm_a_known_customer_stops(self, teller, zhang):
        page = send(teller, "identity", identity(result="photo_mismatch"))
        assert (page.status_code, page.context["problem"].code) == (422, "IDENTITY_UNDER_REVIEW")
        assert (page.context["step"], page.context["subject"].status) == ("identity", "in_review")
        zhang.refresh_from_db()
        assert (zhang.status, IdentityCheck.objects.get().result) == ("in_review", "photo_mismatch")

    def test_a_check_that_does_not_confirm_a_known_customer_stops_at_the_last_step_too(self, teller, zhang):
        page = send(teller, "check", identity(result="photo_mismatch"), product())
        assert (page.status_code, page.context["problem"].code) == (422, "IDENTITY_UNDER_REVIEW")
        assert not Account.objects.exists()
        assert IdentityCheck.objects.get().result == "photo_mismatch"

    def test_a_check_that_does_not_match_registers_but_opens_nothing(self, teller):
        page = send(teller, "check", identity(result="not_found"), product())
        assert page.context["problem"].code == "IDENTITY_UNDER_REVIEW"
        assert Customer.objects.get().status == "in_review"
        assert not Account.objects.exists()

    def test_the_second_class_one_is_refused_and_named(self, teller, zhang):
        factories.account(zhang, "I")
        page = send(teller, "check", identity(), product())
        assert page.context["problem"].code == "CLASS_I_EXISTS"
        assert "将为其直接开户" not in text_of(page), "nothing is promised that a rule refuses"
        assert Decision.objects.get(kind="open_account").outcome == "refused"

    def test_the_fifth_card_is_refused_the_account_stays_and_the_way_on_is_shown(self, teller, zhang):
        first = factories.account(zhang, "I")
        for _ in range(4):
            factories.card(first)
        page = send(teller, "check", identity(), product(account_class="II"))
        account = Account.objects.exclude(pk=first.id).get()
        assert page.context["problem"].code == "DEBIT_CARD_LIMIT"
        assert f"/desk/accounts/{account.id}/card-exceptions/new" in text_of(page)
        assert not Card.objects.filter(account=account).exists()

    @pytest.mark.parametrize("fields", [{"account_class": "III"}, {"kind": "payment"}])
    def test_an_account_that_carries_no_card_is_not_gone_on_with(self, teller, fields):
        page = send(teller, "product", identity(), product(**fields))
        assert (page.status_code, page.context["step"]) == (422, "product")
        assert page.context["problem"].code == "CARD_NOT_OFFERED"
        assert send(teller, "product", identity(), product(card="", **fields)).context["step"] == "check"

    def test_an_agent_takes_a_card_that_is_not_active(self, teller):
        send(teller, "check", identity(), product(), agent())
        card = Card.objects.get()
        assert (card.status, card.agent_slot, card.agent_name) == ("issued", 1, "李四")

    @pytest.mark.parametrize("fields", [{"no_end": ""}, {"valid_until": "2046-01-04", "no_end": "on"}])
    def test_validity_of_the_agents_document_is_asked_and_not_assumed(self, teller, fields):
        page = send(teller, "product", identity(), product(), agent(**fields))
        assert (page.status_code, page.context["step"]) == (400, "product")
        assert list(page.context["draft"].agent.errors) == ["no_end"]
        fields = agent(valid_until="2046-01-04")
        assert send(teller, "product", identity(), product(), fields).context["step"] == "check"

    def test_the_agent_is_not_the_holder(self, teller, zhang):
        page = send(teller, "check", identity(), product(), agent(name="张三", number=NUMBER))
        assert page.context["step"] == "product"
        assert "代理人不能是开户人本人" in unescape(text_of(page))
        assert not Account.objects.exists()

    def test_account_is_opened_for_a_found_customer(self, teller, zhang):
        url = f"/desk/customers/{zhang.id}/open"
        assert teller.get(url).context["step"] == "particulars"
        send(teller, "check", product(account_class="III", card=""), url=url)
        # What is on record is not asked again.
        assert teller.get(url).context["step"] == "product"
        assert Account.objects.get().account_class == "III"

    def test_opens_for_an_organization_without_a_class(self, teller, organization):
        url = f"/desk/customers/{organization.id}/open"
        send(
            teller,
            "check",
            product(account_class="none", unit_kind="general") | factories.organization_particulars(),
            url=url,
        )
        assert Account.objects.get().account_class == "none"


class TestPanel:
    def test_panel_waits_without_input(self, teller):
        states = rules(teller)
        assert set(states.values()) == {"wait"}

    def test_ticks_a_new_person(self, teller):
        states = rules(teller, identity(), product())
        assert set(states.values()) == {"yes"}
        assert len(states) == 7

    @pytest.mark.parametrize(
        ("changed", "rule"),
        [
            ({"number": "110105194912310021"}, "证件号码"),
            ({"valid_until": "2026-01-04"}, "证件有效期"),
            ({"result": "void_document"}, "身份核查"),
        ],
    )
    def test_panel_marks_refusals_about_the_person(self, teller, changed, rule):
        assert rules(teller, identity(**changed), product())[rule] == "no"

    def test_panel_names_the_accounts_that_fill_the_limits(self, teller, zhang):
        first = factories.account(zhang, "I")
        for _ in range(4):
            factories.card(first)
        answer = teller.post(f"{OPEN}/rules", identity() | product())
        panel = answer.context["panel"]
        full = {str(rule.title): rule for rule in panel.rules if rule.state == "no"}
        assert set(full) == {"账户数量", "借记卡数量"}
        assert len(full["借记卡数量"].holders) == 4
        assert first.account_number not in text_of(answer)

    def test_notes_a_known_customer_and_a_shared_phone(self, teller, li):
        factories.customer(factories.ZHANG, phone="13800138000")
        states = rules(teller, identity(type="resident_id", number=factories.LI.number, name="李四"))
        assert states["客户唯一性（一人一客户号）"] == "note"
        assert states["电话号码"] == "note"

    def test_panel_waits_for_the_result_of_the_check(self, teller):
        assert rules(teller, identity(result=""), product())["身份核查"] == "wait"

    @pytest.mark.parametrize(("result", "state"), [("match", "yes"), ("void_document", "no")])
    def test_panel_judges_a_known_customer_by_the_new_check(self, teller, zhang, settings, result, state):
        settings.OPENING_NEEDS_CHECK = True
        assert rules(teller, identity(result=result), product())["身份核查"] == state
        assert rules(teller, product(), url=f"/desk/customers/{zhang.id}/open/rules")["身份核查"] == "no"

    def test_speaks_of_no_check_where_none_is_on_the_form(self, teller, zhang):
        page = text_of(teller.post(f"/desk/customers/{zhang.id}/open/rules", product()))
        assert "身份没有待核实的事项。" in page
        assert "核查一致" not in page
        assert "核查一致。" in text_of(teller.post(f"{OPEN}/rules", identity() | product()))

    def test_crosses_a_document_that_has_expired_on_record(self, teller, zhang):
        assert "证件有效期" not in rules(teller, identity(), product())
        factories.valid_until(zhang, date(2026, 1, 4))
        # Another document is shown than the one that has expired.
        found = rules(teller, identity(type="household_register"), product())
        assert (found["证件有效期"], found["身份核查"], found["惩戒名单"]) == ("no", "yes", "yes")
        # The one that has expired is renewed by the opening.
        assert "证件有效期" not in rules(teller, identity(valid_until="2040-01-01"), product())

    def test_crosses_another_name(self, teller, zhang):
        assert rules(teller, identity(name="王五"))["客户唯一性（一人一客户号）"] == "no"

    def test_crosses_a_card_where_there_is_none(self, teller):
        assert rules(teller, identity(), product(account_class="III"))["配卡"] == "no"

    def test_panel_counts_the_agents_cards(self, teller, wang):
        of = factories.account(wang)
        key = factories.LI.identity_key
        for slot in (1, 2, 3):
            factories.card(of, agent_key=key, agent_slot=slot)
        assert rules(teller, identity(), product(), agent())["代理人"] == "no"

    @pytest.mark.parametrize("known", [True, False])
    def test_panel_marks_an_agent_who_is_the_holder(self, teller, known):
        if known:
            factories.customer(factories.ZHANG)
        himself = agent(name="张三", number=NUMBER, type="temporary_id")
        assert rules(teller, identity(), product(), himself)["代理人"] == "no"

    def test_panel_stores_nothing(self, teller):
        rules(teller, identity(), product(), agent())
        assert not Customer.objects.exists()
        assert not Decision.objects.exists()
