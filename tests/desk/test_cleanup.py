"""The clean-up of stock at the desk: started, assigned, worked on by case, sealed, and masked throughout."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from accounts.cleanup.models import (
    CleanupAction,
    CleanupAttachment,
    CleanupCampaign,
    CleanupCase,
    CleanupContact,
    CleanupItem,
)
from config.kernel.models import Approval, Decision
from tests import factories
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.excess import excessive, payments
from tests.factories import LI, ZHANG
from tests.pictures import PNG

pytestmark = pytest.mark.django_db
ONCE = "0" * 32


def once(number: int) -> str:
    return f"{number:032d}"


@pytest.fixture
def supervisor(signed_in, noon):
    return signed_in("supervisor")


@pytest.fixture
def zhangs(noon):
    return excessive(ZHANG)


@pytest.fixture
def campaign(supervisor, zhangs) -> CleanupCampaign:
    sent = supervisor.post("/desk/cleanup/start", {"name": "2026年存量清理", "deadline": "2027-06-30", "once": ONCE})
    assert sent.status_code == 302, text_of(sent)
    return CleanupCampaign.objects.get()


@pytest.fixture
def case(campaign, zhangs) -> CleanupCase:
    return CleanupCase.objects.get(customer=zhangs.customer)


def item(thing) -> CleanupItem:
    name = "card" if hasattr(thing, "product") else "account"
    return CleanupItem.objects.get(**{name: thing})


def approve(supervisor_with_codes) -> None:
    approval = Approval.objects.filter(status="pending").latest("made_at")
    sent = supervisor_with_codes.post(f"/desk/inbox/{approval.id}", {"decision": "approve", "remark": ""})
    assert sent.status_code == 302, text_of(sent)
    with connection.cursor() as cursor:
        # As a COMMIT does: what comes next is another transaction's.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


class TestCampaign:
    def test_page_without_a_campaign_is_empty_and_lets_a_supervisor_start(self, supervisor, teller):
        assert "没有清理活动" in text_of(supervisor.get("/desk/cleanup"))
        assert "/desk/cleanup/start" in text_of(supervisor.get("/desk/cleanup"))
        assert "/desk/cleanup/start" not in text_of(teller.get("/desk/cleanup"))

    def test_size_of_the_population_is_shown_before_the_start(self, supervisor, zhangs):
        page = text_of(supervisor.get("/desk/cleanup/start"))
        assert re.findall(r'<dd class="text-end"><strong>(\d+)', page) == ["1", "2", "2"]
        assert not CleanupCampaign.objects.exists()

    def test_past_deadline_is_reported_beside_its_field(self, supervisor, zhangs):
        sent = supervisor.post("/desk/cleanup/start", {"name": "清理", "deadline": "2020-01-01", "once": ONCE})
        assert sent.status_code == 400
        assert "完成期限不能早于今天" in text_of(sent)

    def test_inbox_shows_figures_and_masked_cases(self, campaign, teller, zhangs):
        page = text_of(teller.get("/desk/cleanup"))
        assert ">4</a>" in page
        assert '<svg class="cln-burn"' in page
        assert "张*" in page
        assert ZHANG.name not in page
        assert ZHANG.number not in page
        assert "杭州分行营业部" in page

    def test_every_figure_leads_to_its_cases(self, campaign, teller):
        page = text_of(teller.get("/desk/cleanup"))
        for query in set(re.findall(r'href="\?([^"]*)#h-cases"', page)):
            found = teller.get("/desk/cleanup?" + query.replace("&amp;", "&"))
            assert found.status_code == 200, query
            counts = "worked=" in query or "state=settled" in query or "overdue" in query or "week" in query
            assert ("cln-case" in text_of(found)) is not counts, query

    @pytest.mark.parametrize(
        "query",
        [
            "state=x",
            "branch=x",
            "way=x",
            "week=x",
            "after=x",
            "assignee=x",
            "limit_kind=x",
            "overdue=x",
            "week=2026-13-01",
        ],
    )
    def test_invalid_filter_causes_no_error(self, campaign, teller, query):
        assert teller.get("/desk/cleanup?" + query).status_code == 200

    def test_refused_assignment_is_explained_at_each_box_and_keeps_the_ticks(self, campaign, case, supervisor):
        sent = supervisor.post(
            f"/desk/cleanup/campaigns/{campaign.id}/assign",
            {"of": "ticked", "case": str(case.id), "assign-deadline": "2026-02-31", "once": ONCE},
        )
        assert sent.status_code == 400
        page = text_of(sent)
        for box, message in (("assignee", "请选择承办人。"), ("deadline", "YYYY-MM-DD")):
            assert re.search(rf'<div class="desk-fault" id="id_assign-{box}_error">[^<]*{message}', page), box
        assert re.search(rf'name="case" value="{case.id}" checked', page)

    def test_the_page_of_the_seal_names_the_campaign_and_its_figures(self, campaign, supervisor):
        page = text_of(supervisor.get(f"/desk/cleanup/campaigns/{campaign.id}/seal"))
        assert "2026年存量清理" in page
        assert re.findall(r'<dd class="text-end"><strong>(\d+)', page) == ["4", "0", "4"]

    def test_sealing_takes_a_fresh_code_and_ends_the_work(self, campaign, case, zhangs, signed_in, teller):
        supervisor = signed_in("supervisor")
        url = f"/desk/cleanup/campaigns/{campaign.id}/seal"
        assert "不可撤销" in text_of(supervisor.get(url))
        wrong = supervisor.post(url, {"code": "000000", "once": ONCE})
        assert wrong.status_code == 400
        assert "动态口令不正确" in text_of(wrong)
        sent = signed_in("supervisor", with_codes=True).post(url, {"once": once(1)})
        assert sent.status_code == 302, text_of(sent)
        campaign.refresh_from_db()
        assert campaign.sealed_at is not None
        page = text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        assert "活动已封存" in page
        assert f"/desk/cleanup/items/{item(zhangs.spare[0]).id}/explain" not in page
        assert "封存" in text_of(supervisor.get("/desk/cleanup"))

    def test_refused_seal_names_the_pending_actions(self, campaign, case, zhangs, teller, signed_in):
        teller.post(f"/desk/cleanup/items/{item(zhangs.cards[5]).id}/explain", {"reason": "说明", "once": once(1)})
        url = f"/desk/cleanup/campaigns/{campaign.id}/seal"
        sent = signed_in("supervisor", with_codes=True).post(url, {"once": once(2)})
        assert sent.status_code == 409
        assert "CLEANUP_ACTIONS_PENDING" in text_of(sent)


class TestAssignment:
    def test_supervisor_assigns_ticked_cases(self, campaign, case, supervisor, teller):
        who = factories.caller("teller")
        url = f"/desk/cleanup/campaigns/{campaign.id}/assign"
        fields = {"assign-assignee": str(who.id), "assign-deadline": "2027-03-31", "of": "ticked"}
        nothing = supervisor.post(url, fields | {"once": once(1)})
        assert nothing.status_code == 400
        sent = supervisor.post(url, fields | {"case": [str(case.id)], "once": once(2)})
        assert sent.status_code == 302, text_of(sent)
        case.refresh_from_db()
        assert (case.assignee_id, str(case.deadline)) == (who.id, "2027-03-31")
        assert "2027年3月31日" in text_of(teller.get("/desk/cleanup?assignee=me"))

    def test_all_of_a_filter(self, noon, supervisor):
        for person in (ZHANG, LI):
            excessive(person, branch="宁波分行" if person is LI else "杭州分行")
        supervisor.post("/desk/cleanup/start", {"name": "清理", "deadline": "2027-06-30", "once": ONCE})
        campaign, who = CleanupCampaign.objects.get(), factories.caller("teller")
        fields = {"assign-assignee": str(who.id), "of": "filter", "branch": "宁波分行", "once": once(1)}
        sent = supervisor.post(f"/desk/cleanup/campaigns/{campaign.id}/assign", fields)
        assert "branch=" in sent.url
        assert set(CleanupCase.objects.values_list("branch", "assignee")) == {("宁波分行", who.id), ("杭州分行", None)}

    def test_teller_takes_unassigned_cases(self, campaign, case, teller, signed_in):
        assert "由我承办" in text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        assert teller.post(f"/desk/cleanup/cases/{case.id}/take", {"once": once(1)}).status_code == 302
        case.refresh_from_db()
        assert case.assignee_id == factories.caller("teller").id
        other = signed_in("teller", "t2")
        assert "由我承办" not in text_of(other.get(f"/desk/cleanup/cases/{case.id}"))
        assert other.post(f"/desk/cleanup/cases/{case.id}/take", {"once": once(2)}).status_code == 409

    def test_the_next_case_is_led_to_and_in_the_end_the_list(self, campaign, case, teller):
        url = f"/desk/cleanup/campaigns/{campaign.id}/next"
        assert teller.get(url).url == f"/desk/cleanup/cases/{case.id}"
        assert teller.get(f"{url}?after={case.id}").url == f"/desk/cleanup/campaigns/{campaign.id}"


class TestCase:
    def test_places_excess_and_facts_are_shown_masked(self, case, teller, zhangs):
        page = text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        assert page.count("is-used is-beyond") == 2 + 2
        assert ZHANG.number not in page
        assert ZHANG.name not in page
        for account in (zhangs.kept, *zhangs.spare):
            assert account.account_number not in page
        assert "2014年5月1日" in page
        assert "1,250.00" in page

    def test_only_the_laws_ways_are_offered(self, case, teller, zhangs, noon):
        page = text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        of_card, of_account = item(zhangs.cards[5]), item(zhangs.spare[0])
        offered = set(re.findall(r"/desk/cleanup/items/([0-9a-f-]+)/(\w+)", page))
        assert {way for each, way in offered if each == str(of_card.id)} == {"explain", "cancel", "stop"}
        assert {way for each, way in offered if each == str(of_account.id)} == {
            "explain",
            "merge",
            "downgrade",
            "cancel",
        }
        assert teller.get(f"/desk/cleanup/items/{of_card.id}/merge").status_code == 404
        assert teller.get(f"/desk/cleanup/items/{of_card.id}/undo").status_code == 404

    def test_a_supervisor_and_an_auditor_look_and_are_offered_nothing(self, case, signed_in, zhangs):
        for role in ("supervisor", "auditor", "compliance"):
            page = text_of(signed_in(role).get(f"/desk/cleanup/cases/{case.id}"))
            assert "张*" in page
            assert "/desk/cleanup/items/" not in page

    def test_query_count_is_independent_of_the_number_of_items(self, noon, supervisor, signed_in):
        few, many = excessive(ZHANG, spare=1, cards=0), excessive(LI, spare=7, cards=16)
        supervisor.post("/desk/cleanup/start", {"name": "清理", "deadline": "2027-06-30", "once": ONCE})
        auditor = signed_in("auditor")
        pages = [f"/desk/cleanup/cases/{CleanupCase.objects.get(customer=who.customer).id}" for who in (few, many)]
        counts = [queries_of(lambda url=url: auditor.get(url)) for url in pages * 2]
        assert counts[2] == counts[3], counts

    def test_the_list_asks_as_often_for_many_as_for_few(self, noon, supervisor, signed_in):
        people = [ZHANG, LI, *(factories.new_person() for _ in range(6))]
        for nth, person in enumerate(people):
            excessive(person, spare=1, cards=5, branch=f"网点{nth % 3}")
        supervisor.post("/desk/cleanup/start", {"name": "清理", "deadline": "2027-06-30", "once": ONCE})
        auditor = signed_in("auditor")
        auditor.get("/desk/cleanup?branch=网点2")
        few = queries_of(lambda: auditor.get("/desk/cleanup?branch=网点2"))
        assert queries_of(lambda: auditor.get("/desk/cleanup")) == few
        assert text_of(auditor.get("/desk/cleanup")).count('class="cln-case"') == len(people)

    def test_no_such_case(self, teller):
        nobody = "01900000-0000-7000-8000-000000000000"
        assert teller.get(f"/desk/cleanup/cases/{nobody}").status_code == 404

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_case_is_shown_in_both_languages(self, case, teller, language):
        client = english(teller) if language == "en" else teller
        page = text_of(client.get(f"/desk/cleanup/cases/{case.id}"))
        assert ("Excess at the start" if language == "en" else "期初超限") in page

    def test_the_customers_and_the_accounts_page_say_that_a_case_is_open(self, case, teller, zhangs, campaign):
        for url in (f"/desk/customers/{zhangs.customer.id}", f"/desk/accounts/{zhangs.spare[0].id}"):
            assert f"/desk/cleanup/cases/{case.id}" in text_of(teller.get(url))


class TestActs:
    def test_effect_is_shown_before_the_submission(self, case, teller, zhangs):
        merged = item(zhangs.spare[0])
        page = text_of(teller.get(f"/desk/cleanup/items/{merged.id}/merge"))
        assert "请先选择" in page
        asked = {"to_account_id": str(zhangs.kept.id), "cards": "move"}
        text = text_of(teller.get(f"/desk/cleanup/items/{merged.id}/merge/effect", asked))
        assert "余额 88.00 元转入账户" in text
        assert "销户" in text
        assert zhangs.kept.account_number not in text
        assert not CleanupAction.objects.exists()

    @pytest.mark.parametrize("to", ["", "x", "01900000-0000-7000-8000-000000000000"])
    def test_effect_of_an_invalid_choice_is_no_error(self, case, teller, zhangs, to):
        url = f"/desk/cleanup/items/{item(zhangs.spare[0]).id}/merge/effect"
        assert teller.get(url, {"to_account_id": to, "cards": "x"}).status_code == 200

    def test_approved_action_is_carried_out_and_in_the_history(self, case, teller, zhangs, signed_in):
        url = f"/desk/cleanup/items/{item(zhangs.spare[0]).id}/merge"
        fields = {
            "to_account_id": str(zhangs.kept.id),
            "cards": "move",
            "reason": "客户要求合并到工资账户",
            "once": ONCE,
        }
        sent = teller.post(url, fields)
        assert sent.status_code == 302, text_of(sent)
        assert sent.url.startswith(f"/desk/cleanup/cases/{case.id}")
        assert "待复核" in text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        supervisor = signed_in("supervisor", with_codes=True)
        page = text_of(supervisor.get(f"/desk/inbox/{Approval.objects.get(kind='cleanup_action').id}"))
        assert "通过后的结果" in page
        assert "余额 88.00 元转入账户" in page
        assert "客户要求合并到工资账户" in page
        assert f"/desk/cleanup/cases/{case.id}" in page
        approve(supervisor)
        zhangs.spare[0].refresh_from_db()
        assert zhangs.spare[0].status == "closed"
        page = text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        assert "¥ 88.00" in page
        assert "归并账户" in page

    def test_action_without_a_reason_is_not_proposed(self, case, teller, zhangs):
        sent = teller.post(f"/desk/cleanup/items/{item(zhangs.cards[5]).id}/explain", {"reason": " ", "once": ONCE})
        assert sent.status_code == 400
        assert not CleanupAction.objects.exists()

    def test_refusal_is_shown_and_nothing_is_written(self, case, teller, zhangs):
        url = f"/desk/cleanup/items/{item(zhangs.spare[0]).id}/cancel"
        assert "暂不能办理" in text_of(teller.get(url))
        sent = teller.post(url, {"reason": "客户要求销户", "once": ONCE})
        assert sent.status_code in {409, 422}
        assert not CleanupAction.objects.exists()

    def test_action_is_undone_until_the_campaign_is_sealed(self, case, teller, zhangs, signed_in):
        supervisor = signed_in("supervisor", with_codes=True)
        teller.post(f"/desk/cleanup/items/{item(zhangs.cards[5]).id}/stop", {"reason": "非本人开立", "once": once(1)})
        approve(supervisor)
        action = CleanupAction.objects.get()
        page = text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        assert f"/desk/cleanup/actions/{action.id}/undo" in page
        assert "撤销清理" in text_of(teller.get(f"/desk/cleanup/actions/{action.id}/undo"))
        sent = teller.post(f"/desk/cleanup/actions/{action.id}/undo", {"reason": "客户确认为本人", "once": once(2)})
        assert sent.status_code == 302, text_of(sent)
        approve(supervisor)
        zhangs.cards[5].refresh_from_db()
        assert zhangs.cards[5].status == "active"

    def test_the_customer_of_a_payment_institution_says_which_one_stays(self, noon, supervisor, teller, signed_in):
        holder = factories.customer(ZHANG)
        accounts = payments(holder)
        supervisor.post("/desk/cleanup/start", {"name": "清理", "deadline": "2027-06-30", "once": ONCE})
        url = f"/desk/cleanup/items/{item(accounts[1]).id}/keep"
        assert teller.get(url).status_code == 200
        sent = teller.post(url, {"reason": "客户选择保留", "once": once(1)})
        assert sent.status_code == 302, text_of(sent)
        approve(signed_in("supervisor", with_codes=True))
        for each in accounts:
            each.refresh_from_db()
        assert [each.account_class for each in accounts] == ["II", "III", "II"]


class TestPapers:
    def test_contact_is_sealed_and_shown_to_workers_of_the_case(self, case, teller, signed_in):
        url = f"/desk/cleanup/cases/{case.id}/contacts"
        sent = teller.post(url, {"kind": "phone", "result": "will_come", "text": "周五上午到柜面", "once": once(1)})
        assert sent.status_code == 302, text_of(sent)
        assert CleanupContact.objects.get().text == "周五上午到柜面"
        assert "周五上午到柜面" in text_of(teller.get(f"/desk/cleanup/cases/{case.id}"))
        assert "周五上午到柜面" not in text_of(signed_in("auditor").get(f"/desk/cleanup/cases/{case.id}"))

    @pytest.mark.parametrize("fields", [{"kind": "phone"}, {"kind": "note", "text": " "}, {}, {"kind": "x"}])
    def test_a_contact_without_a_result_is_sent_back(self, case, teller, fields):
        sent = teller.post(f"/desk/cleanup/cases/{case.id}/contacts", fields | {"once": once(1)})
        assert sent.status_code == 400
        assert not CleanupContact.objects.exists()

    def test_a_scan_is_kept_and_opened_with_a_reason_on_record(self, case, teller, signed_in):
        file = SimpleUploadedFile("张三身份证.png", PNG, content_type="image/png")
        sent = teller.post(f"/desk/cleanup/cases/{case.id}/attachments", {"file": file, "once": once(1)})
        assert sent.status_code == 302, text_of(sent)
        kept = CleanupAttachment.objects.get()
        url = f"/desk/cleanup/attachments/{kept.id}"
        assert teller.post(url, {"reason": ""}).status_code == 302
        assert not Decision.objects.filter(kind="unmask", object_id=kept.id).exists()
        opened = teller.post(url, {"reason": "document_check"})
        assert opened.content == PNG
        assert opened["Content-Type"] == "image/png"
        assert opened["Content-Disposition"] == f'inline; filename="{kept.id}.png"'
        assert opened["X-Content-Type-Options"] == "nosniff"
        assert opened["Content-Security-Policy"].startswith("default-src 'none'; ")
        assert "sandbox" in opened["Content-Security-Policy"]
        assert Decision.objects.filter(kind="unmask", object_id=kept.id).exists()
        assert signed_in("auditor").post(url, {"reason": "document_check"}).status_code == 403
        assert "张三身份证" not in text_of(signed_in("auditor").get(f"/desk/cleanup/cases/{case.id}"))

    @pytest.mark.parametrize(
        ("content", "media_type"),
        [(b"<script>", "image/png"), (b"", "image/png"), (PNG, "text/html"), (PNG[:-40], "image/png")],
    )
    def test_file_that_is_no_scan_is_refused(self, case, teller, content, media_type):
        file = SimpleUploadedFile("x.png", content, content_type=media_type)
        sent = teller.post(f"/desk/cleanup/cases/{case.id}/attachments", {"file": file, "once": once(1)})
        assert sent.status_code == 400
        assert not CleanupAttachment.objects.exists()

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_the_letter_is_chinese_and_masked(self, case, teller, zhangs, language):
        client = english(teller) if language == "en" else teller
        page = text_of(client.get(f"/desk/cleanup/cases/{case.id}/letter"))
        assert "尊敬的客户" in page
        assert "居民身份证" in page
        assert "2027年6月30日" in page
        assert "杭州分行营业部 网点" in page
        for number in (ZHANG.number, ZHANG.name, zhangs.kept.account_number, zhangs.cards[0].number):
            assert number not in page
