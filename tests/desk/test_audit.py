"""The auditor reads all pages and changes nothing; exports are recorded and safe to open."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from config.frames.desk.labels import value_word
from config.kernel.database.clock import bank_now
from config.kernel.law.text import reading_order
from config.kernel.models import Approval, Decision
from config.kernel.trail.decisions import POLICY_VERSION, deciding
from config.kernel.trail.evidence import decided, fact_of, scope_of
from tests import factories
from tests.back_office import fill
from tests.blacklist.cast import draft
from tests.database import queries_of
from tests.desk.pages import english, text_of
from tests.http import ApiClient
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db


def decide(kind: str = "open_account", **about) -> None:
    with deciding(kind, principal=factories.caller("teller"), at=bank_now(), rule="open_account", **about):
        pass


def refuse() -> None:
    from blacklist.operations.registration import register_certificate
    from blacklist.refusals import AuthorityTooLow
    from blacklist.vocabulary import AuthorityLevel

    maker = factories.caller("compliance")
    with pytest.raises(AuthorityTooLow):
        register_certificate(
            principal=maker, draft=draft(level=AuthorityLevel.COUNTY, region_code="440183"), at=bank_now()
        )


def rows_of(page: str) -> int:
    return page.split("<tbody>")[1].count("<tr>") if "<tbody>" in page else 0


class TestDecisions:
    def test_list_shows_caller_subject_and_clause(self, auditor):
        refuse()
        page = text_of(auditor.get("/desk/decisions"))
        for words in ("AUTHORITY_TOO_LOW", "第五条", "认定书", "compliance"):
            assert words in page

    def test_decision_links_to_its_customer_account_and_transfer(self, auditor, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=100_00)
        (transfer,) = held(payer, amount_fen=100, count=1, due_at=noon.at + timedelta(hours=20))
        decide("transfer", customer_id=payer.customer_id, account_id=payer.id, object_id=transfer.id)
        page = text_of(auditor.get(f"/desk/decisions/{Decision.objects.get().id}"))
        for address in (f"customers/{payer.customer_id}", f"accounts/{payer.id}", f"transfers/{transfer.id}"):
            assert f'href="/desk/{address}"' in page
            assert auditor.get(f"/desk/{address}").status_code == 200

    def test_decision_about_a_proposal_links_to_it(self, auditor, zhang):
        elsewhere = {"account_number": "6222020200011122", "bank_code": "ICBC", "name": "张三", "evidence": "存折"}
        asked = ApiClient("teller").post(f"/customers/{zhang.id}/external-accounts", elsewhere).json()
        page = text_of(auditor.get(f"/desk/decisions/{Decision.objects.latest('at').id}"))
        assert f'href="/desk/inbox/{asked["approval_id"]}"' in page

    def test_a_refusal_is_chosen_and_read_by_its_name(self, auditor):
        refuse()
        page = text_of(auditor.get("/desk/decisions?code=AUTHORITY_TOO_LOW"))
        assert '<option value="AUTHORITY_TOO_LOW" selected>认定机关级别不够</option>' in page
        assert '<span title="AUTHORITY_TOO_LOW">认定机关级别不够</span>' in page
        groups = [each.split('"')[0] for each in page.split('id="f-code"')[1].split('<optgroup label="')[1:]]
        assert {"认定书", "账户和银行卡", "转账", "其他"} <= set(groups)
        assert groups[-1] == "其他"
        # A code in the address that no refusal has is shown as the chosen one.
        assert '<option value="NOTHING_SUCH" selected>' in text_of(auditor.get("/desk/decisions?code=nothing_such"))
        assert ">Authority below city level</option>" in text_of(english(auditor).get("/desk/decisions"))

    def test_kinds_are_two_sorted_lists_without_a_word_twice(self, auditor):
        for speaks, labels in ((None, ["业务判定", "管理操作"]), ("en", ["Business decisions", "Administration"])):
            page = text_of((english(auditor) if speaks else auditor).get("/desk/decisions"))
            select = page.split('id="f-kind"')[1].split("</select>")[0]
            groups = [each.split("</optgroup>")[0] for each in select.split("<optgroup")[1:]]
            assert [each.split('"')[1] for each in groups] == labels
            lists = [[word.split("<")[0] for word in each.split('">')[2:]] for each in groups]
            for words in lists:
                assert len(words) > 15
                # The whole list comes first.
                assert words[1:] == sorted(words[1:], key=reading_order)
            every = [word for words in lists for word in words]
            assert len(every) == len(set(every)), sorted(word for word in every if every.count(word) > 1)

    def test_chinese_is_sorted_by_sound(self):
        assert sorted(["转账", "开户", "申诉", "存量导入", "Ⅰ类户"], key=reading_order) == [
            "Ⅰ类户", "存量导入", "开户", "申诉", "转账",
        ]  # fmt: skip

    def test_each_of_the_two_lists_can_be_asked_for(self, auditor):
        decide()
        with deciding("export", principal=factories.caller("auditor"), at=bank_now(), rule="export_evidence"):
            pass
        assert "规则判定记录" in text_of(auditor.get("/desk/decisions?kind=rules"))
        for asked, shown, hidden in (("rules", "开户", "导出证据"), ("administration", "导出证据", "开户")):
            rows = text_of(auditor.get(f"/desk/decisions?kind={asked}")).split("<tbody>")[1]
            assert (shown in rows, hidden in rows) == (True, False)

    def test_list_is_filtered_by_kind_outcome_code_and_subject(self, auditor):
        customer = factories.customer()
        refuse()
        decide(customer_id=customer.id)
        for query, count in (
            ({"kind": "certificate"}, 1),
            ({"kind": "open_account"}, 1),
            ({"outcome": "refused"}, 1),
            ({"outcome": "allowed"}, 1),
            ({"code": "authority_too_low"}, 1),
            ({"code": "NOTHING_SUCH"}, 0),
            ({"about": str(customer.id)}, 1),
            ({}, 2),
        ):
            assert rows_of(text_of(auditor.get("/desk/decisions", query))) == count, query

    @pytest.mark.parametrize(
        ("days", "query", "count"),
        [
            (6, {}, 1),
            (7, {}, 0),
            (7, {"from": "2026-01-05", "to": "2026-01-05"}, 1),
            (7, {"from": "2026-01-06"}, 0),
            (7, {"to": "2026-01-04"}, 0),
        ],
    )
    def test_list_covers_seven_days_by_default(self, auditor, noon, days, query, count):
        decide()
        noon.advance(days=days)
        assert rows_of(text_of(auditor.get("/desk/decisions", query))) == count

    @pytest.mark.parametrize("typed", ["2026-01-05", "20260105", "2026/1/5", " 2026-01-05 "])
    def test_day_filter_accepts_typed_formats(self, auditor, noon, typed):
        decide()
        noon.advance(days=30)
        page = text_of(auditor.get("/desk/decisions", {"from": typed, "to": typed}))
        assert rows_of(page) == 1
        assert page.count('value="2026-01-05"') >= 2

    @pytest.mark.parametrize("where", ["decisions", "events"])
    @pytest.mark.parametrize(
        "query",
        [
            {"from": "no day"},
            {"to": "2026-02-30"},
            {"from": "0060-01-01"},
            {"from": "0001-01-01", "to": "0001-01-01"},
            {"from": "9999-12-31", "to": "9999-12-31"},
            {"from": "2026-01-05", "to": "2026-01-04"},
            {"about": "no id"},
        ],
        ids=str,
    )
    def test_wrong_filter_is_reported_beside_it_and_lists_nothing(self, auditor, where, query):
        decide()
        answer = auditor.get(f"/desk/{where}", query | {"code": "KEPT"})
        page = text_of(answer)
        assert answer.status_code == 400
        assert "INVALID_REQUEST" in page
        assert rows_of(page) == 0
        assert "/desk/exports" not in page
        for typed in [*query.values(), "KEPT"] if where == "decisions" or "about" not in query else ["KEPT"]:
            assert f'value="{typed}"' in page

    def test_shows_the_facts_and_the_sentence(self, auditor):
        refuse()
        page = text_of(auditor.get(f"/desk/decisions/{Decision.objects.get().id}"))
        for words in ("县级", "行政区划代码", "440183", "认定机关为县级公安机关（440183）", POLICY_VERSION):
            assert words in page
        page = text_of(english(auditor).get(f"/desk/decisions/{Decision.objects.get().id}"))
        assert "only the police of a prefecture-level city or above" in page

    def test_names_the_rule_in_words_with_its_code(self, auditor, noon):
        decide()
        path = f"/desk/decisions/{Decision.objects.get().id}"
        assert "开户条件 <code>open_account</code>" in text_of(auditor.get(path))
        assert "Conditions of opening <code>open_account</code>" in text_of(english(auditor).get(path))

    def test_pages_cost_the_same_for_one_as_for_many(self, auditor, noon):
        auditor.get("/desk/decisions")
        decide()
        one = queries_of(lambda: auditor.get("/desk/decisions"))
        for _ in range(60):
            decide()
        assert queries_of(lambda: auditor.get("/desk/decisions")) == one <= 20
        page = text_of(auditor.get("/desk/decisions"))
        assert rows_of(page) == 50
        older = page.split('card-footer"><a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
        assert rows_of(text_of(auditor.get(f"/desk/decisions{older}"))) == 11

    def test_a_broken_cursor_finds_nothing(self, auditor):
        decide()
        for cursor in ("x", "2026-01-05T12:00:00", "2026-01-05T12:00:00+08:00~x"):
            assert rows_of(text_of(auditor.get("/desk/decisions", {"before": cursor}))) == 0

    def test_every_fact_has_its_words(self, noon):
        fill()
        decide(
            "load_stock",
            facts={
                "source": "x",
                "loaded": {"cards": 1, "accounts": 1, "customers": 1},
                "faults": 0,
                "known": {"customers": 1, "cards": 1, "accounts": 1},
            },
        )
        evidence = [(scope_of(row), row.facts) for row in Decision.objects.all()]
        evidence += [(scope_of(row), side) for row in Approval.objects.all() for side in (row.before, row.after)]
        names = {(scope, name) for scope, facts in evidence for name in _names(facts)}
        assert len(names) > 100
        assert not sorted((scope, name) for scope, name in names if fact_of(name, scope) is None)

    def test_counts_by_class_are_shown_in_words(self, noon):
        assert value_word("open_accounts", {"bank_I": 1, "payment_III": 2}) == "Ⅰ类户 1、Ⅲ类支付账户 2"
        assert value_word("loaded", {"customers": 5, "cards": 0}, *decided("load_stock")) == "客户 5、银行卡 0"


def _names(facts: dict, prefix: str = "") -> Iterator[str]:
    for name, value in facts.items():
        yield prefix + name
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, dict):
                yield from _names(each, f"{prefix}{name}.")


class TestEvents:
    @pytest.fixture
    def steps(self, noon):
        payer = factories.account(factories.customer(factories.ZHANG), balance_fen=10_000_000)
        return lambda count: held(payer, amount_fen=10_000, count=count, due_at=noon.at + timedelta(hours=20))

    def test_lists_the_steps_of_transfers(self, auditor, steps):
        (transfer,) = steps(1)
        page = text_of(auditor.get("/desk/events")).split("<tbody>")[1]
        assert "100.00" in page
        assert f'href="/desk/transfers/{transfer.id}"' in page
        assert "待到账" in page
        assert rows_of(text_of(auditor.get("/desk/events?status=posted"))) == 0
        assert rows_of(text_of(auditor.get("/desk/events?to=2026-01-03"))) == 0

    def test_pages_cost_the_same_for_one_as_for_many(self, auditor, steps):
        auditor.get("/desk/events")
        steps(1)
        one = queries_of(lambda: auditor.get("/desk/events"))
        steps(60)
        assert queries_of(lambda: auditor.get("/desk/events")) == one <= 20
        page = text_of(auditor.get("/desk/events"))
        older = page.split('card-footer"><a class="btn" href="')[1].split('"')[0].replace("&amp;", "&")
        assert rows_of(page) == 50
        assert rows_of(text_of(auditor.get(f"/desk/events{older}"))) == 11

    def test_empty_list_is_stated(self, auditor):
        assert "所选期间没有转账流水" in text_of(auditor.get("/desk/events"))


def test_an_auditor_finds_nothing_to_change(auditor, noon):
    decide()
    noon.advance(seconds=timedelta(minutes=1).total_seconds())
    for where in (
        "/desk/decisions",
        f"/desk/decisions/{Decision.objects.get().id}",
        "/desk/events",
        "/desk/certificates",
    ):
        assert auditor.post(where).status_code == 405
