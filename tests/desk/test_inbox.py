"""The checker's inbox lists pending proposals with age and subject, and lapsed ones."""

import pytest

from blacklist.models import Certificate
from blacklist.operations.registration import register_certificate
from config.kernel import approvals
from config.kernel.database.clock import bank_now
from config.kernel.identity.masking import mask_account
from tests import factories
from tests.approvals.cases import CASES
from tests.blacklist.cast import draft, latest_approval
from tests.database import queries_of
from tests.desk.inbox_proposals import address
from tests.desk.pages import text_of
from tests.desk.test_rejections import OF_PAPERS

pytestmark = pytest.mark.django_db


def test_the_makers_own_is_listed_greyed_and_refused(proposal, signed_in):
    client = signed_in("compliance", "maker", with_codes=True)
    assert "没有符合条件的事项" in text_of(client.get("/desk/inbox"))
    page = text_of(client.get("/desk/inbox?status=pending"))
    assert "desk-muted" in page
    assert "本人提交，须由他人复核" in page
    answer = client.post(address(proposal), {"decision": "approve"})
    assert answer.status_code == 403
    assert "SAME_PERSON" in text_of(answer)
    assert Certificate.objects.get().status == "pending"


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


def test_a_page_of_the_inbox_costs_the_same_for_one_as_for_many(maker, signed_in):
    client = signed_in("compliance", with_codes=True)
    client.get("/desk/inbox")
    register_certificate(principal=maker, draft=draft(), at=bank_now())
    one = queries_of(lambda: client.get("/desk/inbox"))
    for number in range(60):
        register_certificate(principal=maker, draft=draft(doc_no=f"文书{number}"), at=bank_now())
    assert queries_of(lambda: client.get("/desk/inbox")) == one <= 20
    page = text_of(client.get("/desk/inbox"))
    assert page.count("<tr ") + page.count("<tr>") == 51
    older = page.split("before=")[1].split('"')[0]
    assert text_of(client.get(f"/desk/inbox?before={older}")).count("2026-01-05 12:00:00</td>") == 11


# An import of existing data concerns no customer: it creates them.
@pytest.mark.parametrize("kind", sorted(CASES.keys() - OF_PAPERS))
def test_inbox_names_the_subject_and_shows_no_id_as_a_change(noon, signed_in, kind):
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
    table = page.split("变更后")[1].split("</table>")[0]
    assert not [each for each in ("客户编号", "账户编号") if each in table]
    assert (mask_account(account.account_number) in card) is case.owner[1]
    if other_id := approval.before.get("other_id"):
        # Of two customers both are named, and both a click away.
        assert f'href="/desk/customers/{other_id}"' in card
        assert other_id not in table


def test_list_shows_the_method_of_a_reverification_only(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG, status="in_review"))
    CASES["reverification"].propose(account, factories.caller("teller", "maker"), None)
    row = text_of(signed_in("supervisor").get("/desk/inbox")).split("<tbody>")[1].split("</tbody>")[0]
    assert ("张* · 联网核查" in row, "正常" in row) == (True, False)


def test_proposal_pending_for_too_long_is_marked_found_and_counted(proposal, maker, signed_in, noon):
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

    assert (listed(""), listed("sort=new")) == (ids, ids[::-1])
    assert (listed("maker=SECO"), listed("maker=nobody")) == (ids[1:], [])
    assert listed(f"before={ids[0]}") == ids[1:]
    assert listed(f"sort=new&before={ids[1]}") == ids[:1]


def test_the_list_begins_with_what_the_reader_can_decide(proposal, signed_in, noon):
    account = factories.account(factories.customer(factories.ZHANG))
    CASES["reverification"].propose(account, factories.caller("teller", "maker"), None)
    own, others = latest_approval(), proposal
    shown = {"compliance": [others], "supervisor": [own], "auditor": [others, own]}
    for role, expected in shown.items():
        page = text_of(signed_in(role).get("/desk/inbox"))
        assert [each for each in (others, own) if address(each) in page] == expected, role
    everything = text_of(signed_in("supervisor").get("/desk/inbox?status=pending"))
    assert (address(others) in everything, "由其他角色复核" in everything) == (True, True)


def test_a_teller_filters_by_kinds_submitted_before(noon, signed_in):
    account = factories.account(factories.customer(factories.ZHANG))
    CASES["reverification"].propose(account, factories.caller("teller", "maker"), None)
    kinds = text_of(signed_in("teller", "maker").get("/desk/inbox")).split('id="f-kind"')[1].split("</select>")[0]
    assert kinds.count("<option") == 2
    assert 'value="reverification"' in kinds


def test_kinds_with_several_proposals_offer_one_code_for_all(proposal, maker, signed_in):
    client = signed_in("compliance", with_codes=True)
    link = "/desk/inbox/several?kind=certificate"
    assert link not in text_of(client.get("/desk/inbox"))
    register_certificate(principal=maker, draft=draft(doc_no="文书2"), at=bank_now())
    assert link in text_of(client.get("/desk/inbox"))
    assert link not in text_of(signed_in("supervisor").get("/desk/inbox"))
    approvals.claim(latest_approval().pk, principal=factories.caller("compliance", "third"))
    assert link not in text_of(client.get("/desk/inbox"))
