"""The checker's inbox: what he is shown, what stands in his way, what stays on record."""

from datetime import date, timedelta

import pytest

from accounts.models import CardException
from accounts.operations.card_exceptions import ask_card_exception
from accounts.operations.external_accounts import ExternalAccountInput, request_external_account
from accounts.operations.freezes import ask_freeze_lift, place_freeze
from accounts.operations.losses import report_card_lost
from accounts.queries.handing_out import to_hand_out, waits_to_be_handed_out
from accounts.vocabulary import CardProduct
from accounts.vocabulary.losses import Identified
from blacklist.models import Certificate
from blacklist.operations.register import register_certificate
from blacklist.operations.revoke import RevocationDraft, request_revocation
from config.kernel import approvals
from config.kernel.clock import bank_now
from config.kernel.identity.masking import mask_account, mask_card
from config.kernel.models import Approval, Decision, SecondFactor
from tests import factories, listing, people
from tests.approvals.cases import CASES
from tests.blacklist.cast import OWN_ACCOUNT, case_draft, draft, latest_approval
from tests.broken import refused_by
from tests.browsing import browser_of, code_of
from tests.clock import NOON
from tests.desk.pages import english, text_of
from tests.desk.test_rejections import OF_PAPERS

pytestmark = pytest.mark.django_db


@pytest.fixture
def maker(noon):
    return factories.caller("compliance", "maker")


@pytest.fixture
def proposal(maker) -> Approval:
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    return latest_approval()


def address(approval: Approval) -> str:
    return f"/desk/inbox/{approval.id}"


def test_shows_before_and_after_in_words(proposal, signed_in):
    page = text_of(signed_in("compliance", with_codes=True).get(address(proposal)))
    for words in ("待复核", "已生效", "认定类别", "出售账户", "设区的市级", "个人", "张*", "110105********002X"):
        assert words in page
    assert "SELL" not in page
    assert "11010519491231002X" not in page


def test_speaks_english_when_asked(proposal, signed_in):
    page = text_of(english(signed_in("compliance", with_codes=True)).get(address(proposal)))
    for words in ("Pending approval", "Category", "Sold an account", "Resident ID card", "Changes"):
        assert words in page
    assert "认定类别" not in page
    assert "出售" not in page


@pytest.mark.parametrize(("role", "whole"), [("compliance", True), ("supervisor", False), ("auditor", False)])
def test_the_case_accounts_stand_whole_for_whoever_decides_alone(maker, signed_in, role, whole):
    register_certificate(principal=maker, draft=case_draft(), at=bank_now())
    page = text_of(signed_in(role).get(address(latest_approval())))
    assert "6000********0001" in page
    assert (OWN_ACCOUNT in page) is whole


def test_puts_a_certificate_in_force(proposal, signed_in):
    answer = signed_in("compliance", with_codes=True).post(address(proposal), {"decision": "approve"}, follow=True)
    assert "已通过" in text_of(answer)
    assert Certificate.objects.get().status == "in_force"


def test_a_decision_needs_a_fresh_second_factor(proposal, signed_in):
    client = signed_in("compliance")
    assert 'name="code"' in text_of(client.get(address(proposal)))
    answer = client.post(address(proposal), {"decision": "approve", "code": "000000"})
    assert answer.status_code == 403
    assert Certificate.objects.get().status == "pending"


@pytest.mark.parametrize(
    ("typed", "box", "code"),
    [
        ({"decision": "reject", "remark": " "}, "remark", "INVALID_REQUEST"),
        ({"decision": "approve", "code": "000000", "remark": "核对"}, "code", "SECOND_FACTOR_WRONG"),
    ],
    ids=["reason", "code"],
)
def test_what_is_missing_stands_beside_its_box(proposal, signed_in, typed, box, code):
    page = text_of(signed_in("compliance").post(address(proposal), typed))
    assert f'id="about-{box}"' in page
    assert f"<code>{code}</code>" in page
    assert typed.get("remark", "") in page


@pytest.mark.parametrize("decision", [{}, {"decision": ""}, {"decision": "release"}], ids=str)
def test_without_a_chosen_decision_nothing_is_decided_and_nothing_lost(proposal, signed_in, decision):
    client = signed_in("compliance")
    answer = client.post(address(proposal), {"remark": "不同意", "code": "123456"} | decision)
    page = text_of(answer)
    assert answer.status_code == 400
    assert "请先选择通过、不通过或退回补正" in page
    assert "不同意</textarea>" in page
    assert "123456" not in page
    assert " checked" not in page
    code = next(each for each in page.split("<input") if 'name="code"' in each).split(">")[0]
    assert ("autofocus" in code, "value=" in code) == (True, False)
    proposal.refresh_from_db()
    assert proposal.status == "pending"
    assert "Choose Approve, Reject or Return first" in text_of(english(client).post(address(proposal), {"remark": "x"}))


def test_no_decision_is_chosen_beforehand_and_enter_presses_a_button_that_does_nothing(proposal, signed_in):
    form = text_of(signed_in("compliance").get(address(proposal))).split('class="desk-decide"')[1].split("</form>")[0]
    assert " checked" not in form
    first, second = (each.split(">")[0] for each in form.split("<button")[1:])
    assert ("disabled" in first, "hidden" in first, "name=" in second) == (True, True, False)


def test_a_choice_outlives_a_wrong_code(proposal, signed_in):
    page = text_of(signed_in("compliance").post(address(proposal), {"decision": "reject", "remark": "x", "code": "1"}))
    assert 'value="reject" checked' in page


def test_the_makers_own_is_listed_greyed_and_refused(proposal, signed_in):
    client = signed_in("compliance", "maker", with_codes=True)
    page = text_of(client.get("/desk/inbox"))
    assert "desk-muted" in page
    assert "本人提交，须由他人复核" in page
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 403
    assert "SAME_PERSON" in text_of(answer)
    assert Certificate.objects.get().status == "pending"


@pytest.mark.parametrize(("role", "code"), [("supervisor", "ROLE_NOT_ALLOWED"), ("auditor", "ROLE_NOT_ALLOWED")])
def test_another_role_sees_it_and_cannot_decide(proposal, role, code, signed_in):
    client = signed_in(role, with_codes=True)
    assert "由其他角色复核" in text_of(client.get(address(proposal)))
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 403
    assert code in text_of(answer)
    assert Certificate.objects.get().status == "pending"


def test_a_code_confirms_the_one_decision_that_it_came_with(proposal, maker, signed_in):
    register_certificate(principal=maker, draft=draft(doc_no="冀公反诈〔2026〕2号"), at=bank_now())
    other = latest_approval()
    client = signed_in("compliance")
    shown = code_of(SecondFactor.objects.get(user__username="compliance"))
    told = {"decision": "approve", "code": shown}
    assert client.post(address(proposal), told).status_code == 302
    assert 'name="code"' in text_of(client.get(address(other)))
    for again in ({"decision": "approve"}, told):
        answer = client.post(address(other), again)
        assert answer.status_code == 403
        assert "SECOND_FACTOR_WRONG" in text_of(answer)
    other.refresh_from_db()
    assert other.status == "pending"


def test_an_administrator_decides_nothing_of_the_banks(proposal):
    boss = people.administrator("boss", password="x")
    answer = browser_of(boss).post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 403
    assert Certificate.objects.get().status == "pending"


def test_what_changed_meanwhile_is_shown_and_refused(proposal, signed_in):
    Certificate.objects.update(status="rejected")
    client = signed_in("compliance", with_codes=True)
    page = text_of(client.get(address(proposal)))
    assert "数据已变更" in page
    assert 'value="approve"' not in page
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 409
    assert "APPROVAL_STALE" in text_of(answer)
    proposal.refresh_from_db()
    assert proposal.status == "pending"


@pytest.mark.usefixtures("papers_lapse")
@pytest.mark.parametrize(("days", "lapsed"), [(6.99, False), (7, True)], ids=["just before", "at seven days"])
def test_lapses_after_seven_days_of_the_banks_clock(proposal, noon, days, lapsed, signed_in):
    noon.advance(days=days)
    client = signed_in("compliance", with_codes=True)
    assert ("没有符合条件的事项" in text_of(client.get("/desk/inbox"))) is lapsed
    assert ("逾期失效" in text_of(client.get("/desk/inbox?status=all")).split("<tbody>")[1]) is lapsed
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == (409 if lapsed else 302)
    assert Certificate.objects.get().status == ("pending" if lapsed else "in_force")


def test_a_rejection_needs_a_reason_and_stays_on_record(proposal, signed_in):
    client = signed_in("compliance", with_codes=True)
    assert client.post(address(proposal), {"decision": "reject"}).status_code == 400
    page = text_of(client.post(address(proposal), {"decision": "reject", "remark": "文书号有误"}, follow=True))
    assert "文书号有误" in page
    assert "未通过" in page
    assert "文书号有误" in text_of(signed_in("auditor").get(address(proposal)))
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 409
    assert "APPROVAL_DECIDED" in text_of(answer)


def card_exception(teller) -> None:
    account = factories.account(factories.customer())
    ask_card_exception(principal=teller, account_id=account.id, product=CardProduct.DEBIT, reason="工资卡在外地丢失")


def external_account(teller) -> None:
    customer = factories.customer(factories.ZHANG)
    told = ExternalAccountInput("6217000000000006", "OTHERBANK", "张三", "出示他行存折原件")
    request_external_account(principal=teller, customer_id=customer.id, entered=told)


def freeze_lift(_teller) -> None:
    account = factories.account(factories.customer())
    officer = factories.caller("compliance", "maker")
    freeze = place_freeze(principal=officer, account_id=account.id, authority="法院", order_no="冻1", until=None)
    ask_freeze_lift(principal=officer, freeze_id=freeze.id, order_no="解1", reason="原案已撤销")


def revocation(_teller) -> None:
    officer = factories.caller("compliance", "maker")
    certificate, _ = register_certificate(principal=officer, draft=draft(), at=bank_now())
    approvals.approve(latest_approval().id, principal=factories.caller("compliance", "checker"))
    told = RevocationDraft("撤1", date(2026, 1, 4), "认定有误")
    request_revocation(principal=officer, certificate_id=certificate.id, draft=told, at=bank_now())


@pytest.mark.parametrize(
    ("propose", "role", "reason"),
    [
        (card_exception, "supervisor", "工资卡在外地丢失"),
        (external_account, "supervisor", "出示他行存折原件"),
        (freeze_lift, "compliance", "原案已撤销"),
        (revocation, "compliance", "认定有误"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_the_checker_reads_why_and_nobody_else(noon, propose, role, reason, signed_in):
    propose(factories.caller("teller"))
    where = address(latest_approval())
    assert reason in text_of(signed_in(role).get(where))
    for other in {"supervisor", "compliance", "auditor"} - {role}:
        assert reason not in text_of(signed_in(other).get(where))


def test_a_card_beyond_four_is_masked_for_who_approves_and_shown_once_to_who_asked(noon, signed_in):
    card_exception(factories.caller("teller", "maker"))
    where = address(latest_approval())
    checker, maker = signed_in("supervisor", with_codes=True), signed_in("teller", "maker")
    page = text_of(checker.post(where, {"decision": "approve"}, follow=True))
    exception = CardException.objects.get()
    number = exception.cards.get().number
    assert (mask_card(number) in page, number in page, exception.handed_out_at) == (True, False, None)
    handing = f"/desk/card-exceptions/{exception.id}/hand-out"
    assert "待发卡" in text_of(maker.get("/desk/"))
    assert handing in text_of(maker.get(where))
    for other in (checker, signed_in("teller", "other")):
        assert handing not in text_of(other.get(where))
        assert other.post(handing, {"once": "k"}).status_code in {403, 404}
    assert number not in text_of(maker.get(handing))
    shown = text_of(maker.post(handing, {"once": "k"}))
    assert number.replace(" ", "") in shown.replace(" ", "")
    for key in ("k", "k2"):
        again = maker.post(handing, {"once": key})
        assert number not in text_of(again).replace(" ", "")
    assert (again.status_code, "CARD_NOT_TO_HAND_OUT" in text_of(again)) == (409, True)
    assert (handing in text_of(maker.get(where)), "待发卡" in text_of(maker.get("/desk/"))) == (False, False)
    decision = Decision.objects.get(kind="hand_out_card", outcome="allowed")
    assert (decision.object_id, decision.principal.name) == (exception.id, "teller-maker")


def test_a_card_whose_number_the_api_has_answered_is_handed_out(noon, signed_in, client_for):
    card_exception(factories.caller("teller", "maker"))
    approval = latest_approval()
    answer = client_for("supervisor").approve(str(approval.id)).json()
    exception = CardException.objects.get()
    assert answer["card"]["card_number"] == exception.cards.get().number
    assert exception.handed_out_at is not None
    assert "hand-out" not in text_of(signed_in("teller", "maker").get(address(approval)))


def test_a_card_that_is_lost_meanwhile_is_not_handed_out(noon, signed_in):
    card_exception(factories.caller("teller", "maker"))
    approvals.approve(latest_approval().id, principal=factories.caller("supervisor"))
    exception = CardException.objects.get()
    report_card_lost(principal=factories.caller("teller"), card_id=exception.cards.get().id)
    answer = signed_in("teller", "maker").post(f"/desk/card-exceptions/{exception.id}/hand-out", {"once": "k"})
    assert (answer.status_code, CardException.objects.get().handed_out_at) == (409, None)


def test_a_card_waits_to_be_handed_out_once_its_report_by_word_is_over(noon):
    maker = factories.caller("teller", "maker")
    card_exception(maker)
    approval = latest_approval()
    approvals.approve(approval.id, principal=factories.caller("supervisor"))
    exception = CardException.objects.get()
    report_card_lost(principal=maker, card_id=exception.cards.get().id, identified=Identified.BY_PHONE)
    approval.refresh_from_db()
    assert (to_hand_out(maker.id, 5), waits_to_be_handed_out(approval)) == ([], None)
    noon.set(NOON + timedelta(days=6))
    assert (to_hand_out(maker.id, 5), waits_to_be_handed_out(approval)) == ([approval], exception.id)


def test_the_database_keeps_when_a_card_was_handed_out(noon):
    card_exception(factories.caller("teller", "maker"))
    waiting = CardException.objects.all()
    with refused_by("card_exception_handed_out_in_force"):
        waiting.update(handed_out_at=noon.at)
    approvals.approve(latest_approval().id, principal=factories.caller("supervisor"))
    waiting.update(handed_out_at=noon.at)
    with refused_by("accounts_cardexception_stands"):
        waiting.update(handed_out_at=None)


def test_what_is_stale_says_what_has_changed(noon, signed_in):
    teller, supervisor = factories.caller("teller", "maker"), factories.caller("supervisor", "other")
    told = [
        ExternalAccountInput("6217000000000006", "OTHERBANK", each.name, "x")
        for each in (factories.ZHANG, factories.LI)
    ]
    for each, person in zip(told, (factories.ZHANG, factories.LI), strict=True):
        request_external_account(principal=teller, customer_id=factories.customer(person).id, entered=each)
    second, first = Approval.objects.order_by("-made_at", "-pk")
    approvals.approve(first.id, principal=supervisor)
    client = signed_in("supervisor", with_codes=True)
    page = text_of(client.get(address(second)))
    assert "已登记于客户：- → 张*" in page or "已登记于客户：- → 李*" in page
    assert 'value="approve"' not in page
    # Who has the account now is named, and one click away.
    alert = page.split("数据已变更")[1].split("变更内容")[0]
    holder = first.before["customer_id"]
    assert f'href="/desk/customers/{holder}"' in alert
    assert first.before["name"] in alert
    answer = client.post(address(second), {"decision": "approve"})
    assert answer.status_code == 409
    # It is said once.
    assert text_of(answer).count("APPROVAL_STALE") == 1


def test_a_refusal_tells_its_codes_in_words(proposal, signed_in):
    client = signed_in("compliance", with_codes=True)
    client.post(address(proposal), {"decision": "approve"})
    page = text_of(client.post(address(proposal), {"decision": "approve"}))
    assert "（已通过）" in page
    page = text_of(english(client).post(address(proposal), {"decision": "approve"}))
    assert "(Approved)" in page


def test_a_page_of_the_inbox_costs_the_same_for_one_as_for_many(maker, django_assert_max_num_queries, signed_in):
    client = signed_in("compliance", with_codes=True)
    client.get("/desk/inbox")

    def count() -> int:
        with django_assert_max_num_queries(20) as seen:
            assert client.get("/desk/inbox").status_code == 200
        return len(seen)

    register_certificate(principal=maker, draft=draft(), at=bank_now())
    one = count()
    for number in range(60):
        register_certificate(principal=maker, draft=draft(doc_no=f"文书{number}"), at=bank_now())
    assert count() == one
    page = text_of(client.get("/desk/inbox"))
    assert page.count("<tr ") + page.count("<tr>") == 51
    older = page.split("before=")[1].split('"')[0]
    assert text_of(client.get(f"/desk/inbox?before={older}")).count("2026-01-05 12:00:00</td>") == 11


def test_a_number_that_looks_like_an_instant_and_is_none_is_shown_as_it_is(maker, signed_in):
    register_certificate(principal=maker, draft=draft(doc_no="2026-99-99T99:99:99"), at=bank_now())
    page = text_of(signed_in("compliance", with_codes=True).get(address(latest_approval())))
    assert "2026-99-99T99:99:99" in page


def test_spaces_are_no_reason_to_reject(proposal, signed_in):
    client = signed_in("compliance", with_codes=True)
    answer = client.post(address(proposal), {"decision": "reject", "remark": "\u3000 "})
    assert answer.status_code == 400
    proposal.refresh_from_db()
    assert proposal.status == "pending"


def test_an_account_elsewhere_is_whole_for_whoever_decides_alone(noon, signed_in):
    external_account(factories.caller("teller", "maker"))
    path = address(Approval.objects.get())
    whole, masked = "6217000000000006", "6217********0006"
    supervisor = text_of(signed_in("supervisor", with_codes=True).get(path))
    assert masked in supervisor
    assert whole in supervisor
    for page in (signed_in("auditor").get(path), signed_in("supervisor").get("/desk/inbox")):
        assert masked in text_of(page)
        assert whole not in text_of(page)


# An import of stock concerns no customer: it brings them.
@pytest.mark.parametrize("kind", sorted(CASES.keys() - OF_PAPERS))
def test_it_names_whom_it_concerns_and_no_id_as_a_change(noon, signed_in, kind):
    account = factories.account(factories.customer(factories.ZHANG))
    case = CASES[kind]
    case.propose(account, factories.caller(case.by, "maker"), case.prepare(account))
    approval = latest_approval()
    client = signed_in(approvals.deciding_role(kind), with_codes=True)
    (row,) = text_of(client.get("/desk/inbox")).split("<tbody>")[1].split("</tbody>")[0].split("</tr>")[:-1]
    assert "张*" in row.split("visually-hidden")[0]
    page = text_of(client.get(address(approval)))
    card = page.split("acc-about")[1].split("desk-facts")[0]
    assert ("张*" in card, f'href="/desk/customers/{account.customer_id}"' in card) == (True, True)
    table = page.split("变更前")[1].split("</table>")[0]
    assert not [each for each in ("客户编号", "账户编号") if each in table]
    assert (mask_account(account.account_number) in card) is case.owner[1]
    if other_id := approval.before.get("other_id"):
        # Of two customers both are named, and both a click away.
        assert f'href="/desk/customers/{other_id}"' in card
        assert other_id not in table


def test_the_list_says_of_a_reverification_how_and_not_what_the_customer_would_become(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG, status="in_review"))
    CASES["reverification"].propose(account, factories.caller("teller", "maker"), None)
    row = text_of(signed_in("supervisor").get("/desk/inbox")).split("<tbody>")[1].split("</tbody>")[0]
    assert ("张* · 联网核查" in row, "正常" in row) == (True, False)


def test_who_decides_about_a_card_beyond_four_reads_how_many_there_are(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    for slot in (1, 2, 3):
        factories.card(account, slot=slot)
    CASES["card_exception"].propose(account, factories.caller("teller", "maker"), None)
    client = signed_in("supervisor", with_codes=True)
    assert (
        "<strong>3</strong>" in text_of(client.get(address(latest_approval()))).split("现有借记卡")[1].split("</dl>")[0]
    )
    CASES["external_account"].propose(account, factories.caller("teller", "maker"), None)
    assert "现有借记卡" not in text_of(client.get(address(latest_approval())))


def test_the_number_of_a_further_document_is_whole_for_whoever_decides_alone(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    CASES["document_link"].propose(account, factories.caller("teller", "maker"), None)
    path = address(latest_approval())
    assert "X1234567" in text_of(signed_in("supervisor", with_codes=True).get(path))
    for page in (signed_in("auditor").get(path), signed_in("supervisor").get("/desk/inbox")):
        assert "X1234567" not in text_of(page)


@pytest.mark.parametrize(("role", "linked"), [("compliance", True), ("auditor", True), ("supervisor", False)])
def test_no_link_leads_where_the_reader_may_not_go(proposal, signed_in, role, linked):
    page = text_of(signed_in(role).get(address(proposal)))
    assert ("查看相关记录" in page) is linked
    assert (f"/desk/certificates/{proposal.object_id}" in page) is linked


def test_a_case_account_is_told_by_its_paper(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    listing.certify_account(account.account_number)
    CASES["reverification"].propose(account, factories.caller("teller", "maker"), None)
    first, client = latest_approval(), signed_in("supervisor", with_codes=True)
    paper = Certificate.objects.get()
    page = text_of(client.get(address(first)))
    assert (f"{paper.authority_name} {paper.doc_no}" in page, str(paper.id) in page) == (True, False)
    listing.certify_account(account.account_number)
    alert = text_of(client.get(address(first))).split("数据已变更")[1].split("变更内容")[0]
    papers = Certificate.objects.all()
    assert [each.doc_no in alert for each in papers] == [True, True]
    assert not any(str(each.id) in alert for each in papers)


def test_who_decides_about_a_merge_reads_which_papers_list_the_two(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    paper = listing.certify(factories.ZHANG)
    case = CASES["customer_merge"]
    case.propose(account, factories.caller("teller", "maker"), case.prepare(account))
    page = text_of(signed_in("supervisor").get(address(latest_approval())))
    assert (f"{paper.authority_name} {paper.doc_no}" in page, str(paper.id) in page) == (True, False)


def test_what_waits_too_long_is_marked_found_and_counted(proposal, maker, signed_in, noon):
    desk = signed_in("compliance")
    noon.advance(hours=12)
    register_certificate(principal=maker, draft=draft(doc_no="文书2"), at=bank_now())
    page = text_of(desk.get("/desk/inbox"))
    assert (page.count("desk-soon"), "超时</small>" in page, "共 2 项" in page) == (1, False, True)
    noon.advance(hours=12)
    page = text_of(desk.get("/desk/inbox"))
    assert (page.count("· 超时"), page.count("desk-soon")) == (1, 1)
    late = text_of(desk.get("/desk/inbox?late=1"))
    assert (str(proposal.id) in late, str(latest_approval().id) in late, "共 1 项" in late) == (True, False, True)


def test_the_list_is_found_by_maker_and_turned_round(proposal, signed_in, noon):
    noon.advance(hours=1)
    register_certificate(principal=factories.caller("compliance", "second"), draft=draft(doc_no="文书2"), at=bank_now())
    ids = [str(proposal.id), str(latest_approval().id)]
    desk = signed_in("compliance")

    def listed(query: str) -> list[str]:
        page = text_of(desk.get(f"/desk/inbox?{query}"))
        return sorted((each for each in ids if f"/desk/inbox/{each}" in page), key=page.index)

    assert (listed(""), listed("sort=old")) == (ids[::-1], ids)
    assert (listed("maker=SECO"), listed("maker=nobody")) == (ids[1:], [])
    assert listed(f"sort=old&before={ids[0]}") == ids[1:]


def test_the_checker_sees_the_cards_and_what_was_asked_before(noon, signed_in):
    teller, account = factories.caller("teller", "maker"), factories.account(factories.customer(factories.ZHANG))
    card = factories.card(account)
    told = ExternalAccountInput("6217000000000006", "OTHERBANK", "张三", "存折")
    request_external_account(principal=teller, customer_id=account.customer_id, entered=told)
    before = latest_approval()
    # At the same instant, of another customer.
    other = factories.account(factories.customer(factories.LI))
    ask_card_exception(principal=teller, account_id=other.id, product=CardProduct.DEBIT, reason="x")
    by_maker = latest_approval()
    noon.advance(hours=1)
    asking = factories.caller("teller", "second")
    ask_card_exception(principal=asking, account_id=account.id, product=CardProduct.DEBIT, reason="x")
    page = text_of(signed_in("supervisor").get(address(latest_approval())))
    assert (mask_card(card.number) in page, card.number in page) == (True, False)
    customers = page.split('id="of-customer"')[1].split("</section>")[0]
    assert (str(before.pk) in customers, str(by_maker.pk) in customers) == (True, False)
    makers = text_of(signed_in("supervisor").get(address(before))).split('id="of-maker"')[1].split("</section>")[0]
    assert (str(by_maker.pk) in makers, str(latest_approval().pk) in makers) == (True, False)
    assert 'id="of-maker"' not in text_of(signed_in("teller", "maker").get(address(before)))
