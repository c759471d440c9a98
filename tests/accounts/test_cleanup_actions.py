"""What is done about an item of the clean-up: by two persons, whole or not at all, and told beforehand."""

from datetime import timedelta

import pytest

from accounts.models import Account, Card, CardMove, CleanupCampaign, CleanupItem, Entry, ImportBatch
from accounts.operations.accounts import open_account
from accounts.operations.card_summary import card_summary
from accounts.operations.cards import cancel_card, replace_card
from accounts.operations.cleanup.actions import request_action
from accounts.operations.freezes import place_freeze
from accounts.operations.losses import report_card_lost
from accounts.queries.cleanup.effect import accounts_to_merge_into, effect_of
from accounts.queries.cleanup.plans import items
from accounts.vocabulary import AccountClass, AccountKind, EntryKind
from accounts.vocabulary.cleanup import CleanupLimit, CleanupWay
from config.kernel import approvals
from config.kernel.approvals import ApprovalPending, ApprovalStale
from config.kernel.models import Approval, Decision
from config.kernel.money import BALANCE_MAX
from config.kernel.refusals import BadRequest, NotFound, Refusal
from config.kernel.transactions import perform
from config.oversight.queries.proof import prove
from tests import cleaning, evidence, factories
from tests.broken import past_the_guards
from tests.cleaning import OLD, approve, asked, done, stock_account, stock_card, undo_asked, undone
from tests.clock import NOON
from tests.listing import certify, certify_account
from tests.transfers.factories import held

pytestmark = pytest.mark.django_db

BANK_I, BANK_II, BANK_III, PAYMENT_III, CARDS = CleanupLimit


def item_of(thing: Account | Card) -> CleanupItem:
    found = CleanupItem.objects.get(**{"card" if isinstance(thing, Card) else "account": thing})
    return items([found.id])[found.id]


def refused(call) -> str:
    with pytest.raises(Refusal) as barred:
        call()
    return barred.value.code


def holds() -> set[str]:
    """Return which questions of the proof find a contradiction, once every row has its decision."""
    ImportBatch.objects.filter(finished_at=None).update(finished_at=NOON)
    evidence.write_missing()
    return {each.invariant.name for each in prove() if not each.holds}


@pytest.fixture
def kept(zhang) -> Account:
    """The Class I account that has the place."""
    return factories.account(zhang, "I", balance_fen=500, opened_at=OLD, import_batch=cleaning.stock())


@pytest.fixture
def beyond(kept) -> Account:
    """A second one of 2014, with 120 yuan."""
    made = stock_account(kept.customer, balance_fen=12_000)
    cleaning.case(kept.customer, BANK_I, kept, made, most=1)
    return made


@pytest.fixture
def payments(zhang) -> list[Account]:
    """Three Class III payment accounts, the first with the place."""
    made = [
        factories.account(zhang, "III", kind="payment", opened_at=OLD),
        *(stock_account(zhang, "III", "payment") for _ in range(2)),
    ]
    cleaning.case(zhang, PAYMENT_III, *made, most=1)
    return made


@pytest.fixture
def cards(zhang) -> list[Card]:
    """Five debit cards, the last beyond the four."""
    account = factories.account(zhang, "II", opened_at=OLD, import_batch=cleaning.stock())
    made = [*(factories.card(account) for _ in range(4)), stock_card(account)]
    cleaning.case(zhang, CARDS, *made, most=4)
    return made


def again(row):
    row.refresh_from_db()
    return row


class TestExplain:
    def test_keeps_the_account_and_its_money_and_the_reason_sealed(self, beyond):
        action = done(item_of(beyond), "explain", reason="一户用于工资，一户用于房贷")
        assert (action.status, action.reason, action.undone_at) == ("active", "一户用于工资，一户用于房贷", None)
        assert (again(beyond).status, beyond.balance_fen, beyond.account_class) == ("open", 12_000, "I")
        assert "工资" not in str(Approval.objects.get().before | Approval.objects.get().after)
        assert not holds()

    def test_goes_on_whatever_is_paid_meanwhile(self, beyond):
        waiting = asked(item_of(beyond), "explain")
        factories.pay_in(beyond, 1)
        assert approve(waiting).status == "active"

    def test_an_explained_one_still_counts_for_an_opening(self, beyond, kept):
        done(item_of(beyond), "explain")
        opening = lambda: perform(  # noqa: E731
            lambda: open_account(
                principal=factories.caller("teller"), customer_id=kept.customer_id, kind=AccountKind.BANK,
                account_class=AccountClass.I,
            )
        )  # fmt: skip
        assert refused(opening) == "CLASS_I_EXISTS"

    def test_is_taken_back(self, beyond):
        action = done(item_of(beyond), "explain")
        undo = undone(action)
        assert again(action).undone_at == undo.in_force_at
        assert done(item_of(beyond), "explain").status == "active"


class TestMerge:
    def merged(self, account: Account, to: Account, cards: str = "move"):
        return done(item_of(account), "merge", to_account_id=to.id, cards=cards)

    def test_the_whole_goes_in_two_entries_and_the_account_is_closed(self, beyond, kept, noon):
        waiting = asked(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
        assert (again(beyond).balance_fen, again(kept).balance_fen) == (12_000, 500)
        at = noon.advance(hours=1)
        action = approve(waiting)
        assert (action.amount_fen, action.in_force_at) == (12_000, at)
        assert (again(beyond).status, beyond.balance_fen, beyond.closed_at) == ("closed", 0, at)
        assert (again(kept).status, kept.balance_fen) == ("open", 12_500)
        legs = Entry.objects.filter(posting_id=action.id).order_by("leg")
        assert [(each.account_id, each.amount_fen, each.kind, each.posted_at) for each in legs] == [
            (beyond.id, -12_000, EntryKind.MERGE, at),
            (kept.id, 12_000, EntryKind.MERGE, at),
        ]
        assert not holds()

    def test_its_cards_go_with_it_and_work_there(self, beyond, kept, client_for):
        card = factories.card(beyond)
        evidence.write_missing()
        self.merged(beyond, kept)
        assert (again(card).account_id, card.status, card.slot) == (kept.id, "active", 1)
        move = CardMove.objects.get()
        assert (move.card_id, move.from_account_id, move.to_account_id) == (card.id, beyond.id, kept.id)
        body = {"account": {"card_number": card.number}, "amount": "100.00"}
        assert client_for("atm").post("/cash/withdrawals", body).status_code == 201
        assert again(kept).balance_fen == 2_500
        assert not holds()

    def test_or_are_cancelled(self, beyond, kept):
        card = factories.card(beyond)
        self.merged(beyond, kept, "cancel")
        assert (again(card).account_id, card.status) == (beyond.id, "cancelled")
        assert not CardMove.objects.exists()
        assert not holds()

    def test_an_empty_one_moves_nothing(self, kept):
        empty = stock_account(kept.customer)
        cleaning.case(kept.customer, BANK_I, kept, empty, most=1)
        assert self.merged(empty, kept).amount_fen == 0
        assert (again(empty).status, Entry.objects.filter(kind="merge").count()) == ("closed", 0)
        assert not holds()

    def test_goes_only_to_another_open_account_of_the_holder_and_kind(self, beyond, kept, li):
        closed = factories.account(kept.customer, "II", status="closed", closed_at=NOON, class_slot=None)
        payment = factories.account(kept.customer, "I", kind="payment")
        for to in (closed, payment, beyond, factories.account(li, "I")):
            code = refused(lambda to=to: asked(item_of(beyond), "merge", to_account_id=to.id, cards="move"))
            assert code == "CLEANUP_NOT_AN_OWN_ACCOUNT"
        assert [each.id for each in accounts_to_merge_into(item_of(beyond))] == [kept.id]

    def test_an_account_without_cards_takes_none(self, beyond):
        third = factories.account(beyond.customer, "III")
        factories.card(beyond)
        assert refused(lambda: self.merged(beyond, third)) == "CARD_NOT_OFFERED"
        assert self.merged(beyond, third, "cancel").status == "active"

    @pytest.mark.parametrize("which", ["beyond", "kept"])
    def test_is_barred_by_a_freeze_on_either(self, beyond, kept, which):
        place_freeze(
            principal=factories.caller("compliance"), account_id={"beyond": beyond, "kept": kept}[which].id,
            authority="法院", order_no="冻1", until=None,
        )  # fmt: skip
        assert refused(lambda: self.merged(beyond, kept)) == "ACCOUNT_FROZEN"

    @pytest.mark.parametrize("which", ["beyond", "kept"])
    def test_is_barred_by_a_case_account(self, beyond, kept, which):
        certify_account({"beyond": beyond, "kept": kept}[which].account_number, category="CASE_ACCOUNT")
        assert refused(lambda: self.merged(beyond, kept)) == "CASE_ACCOUNT_STOPPED"

    def test_waits_for_what_is_on_hold_and_says_until_when(self, beyond, kept, li):
        due = NOON + timedelta(hours=24)
        held(beyond, amount_fen=100, due_at=due, channel="mobile")
        held(factories.account(li, "I", balance_fen=900), beyond, due_at=due + timedelta(hours=1), count=2)
        effect = effect_of(item_of(beyond), CleanupWay.MERGE, to_account_id=kept.id, cards="move")
        assert (effect.refusal.code, effect.refusal.fields) == (
            "TRANSFERS_UNDER_WAY",
            {"held": "1.00", "count": 2, "until": "2026-01-06T13:00:00.000000+08:00"},
        )
        assert [each.incoming for each in effect.under_way] == [False, True, True]
        assert refused(lambda: self.merged(beyond, kept)) == "TRANSFERS_UNDER_WAY"

    def test_the_balance_limit_holds(self, beyond, kept):
        factories.pay_in(kept, BALANCE_MAX - kept.balance_fen - 11_999)
        assert refused(lambda: self.merged(beyond, kept)) == "BALANCE_LIMIT"

    def test_more_money_meanwhile_is_stale(self, beyond, kept):
        waiting = asked(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
        factories.pay_in(beyond, 1)
        with pytest.raises(ApprovalStale):
            approve(waiting)

    def test_cannot_be_taken_back(self, beyond, kept):
        action = self.merged(beyond, kept)
        assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"

    def test_a_card_by_exception_is_replaced_where_it_went(self, beyond, kept, cards_full):
        card = cards_full
        self.merged(beyond, kept)
        fresh = perform(lambda: replace_card(principal=factories.caller("teller"), card_id=card.id))
        assert (fresh.account_id, fresh.exception_id) == (kept.id, card.exception_id)
        assert not holds()

    @pytest.fixture
    def cards_full(self, beyond) -> Card:
        """A fifth card, by an approved exception."""
        from accounts.operations.card_exceptions import ask_card_exception
        from accounts.vocabulary import CardProduct

        second = factories.account(beyond.customer, "II")
        for _ in range(4):
            factories.card(second)
        _, approval = perform(
            lambda: ask_card_exception(
                principal=factories.caller("teller"), account_id=beyond.id, product=CardProduct.DEBIT, reason="异地"
            )
        )
        perform(lambda: approvals.approve(approval.id, principal=factories.caller("supervisor", "who-checks")))
        return Card.objects.get(account=beyond)

    def test_the_effect_is_told_beforehand(self, beyond, kept):
        factories.card(beyond)
        effect = effect_of(item_of(beyond), CleanupWay.MERGE, to_account_id=kept.id, cards="move")
        assert (effect.amount_fen, effect.refusal, len(effect.cards_moved)) == (12_000, None, 1)
        assert effect.lines()[0].startswith("余额 120.00 元转入账户 ")
        assert beyond.account_number not in str(effect)


class TestDowngrade:
    def test_within_the_class_it_takes_a_place(self, beyond):
        action = done(item_of(beyond), "downgrade")
        assert (again(beyond).account_class, beyond.class_slot, beyond.downgrade_id) == ("II", 1, action.id)
        assert (action.to_class, beyond.balance_fen) == ("II", 12_000)
        assert not holds()

    def test_past_the_cap_it_is_explained_excess(self, beyond, kept):
        for _ in range(5):
            factories.account(kept.customer, "II")
        effect = effect_of(item_of(beyond), CleanupWay.DOWNGRADE)
        assert [each.excess for each in effect.changes] == [True]
        action = done(item_of(beyond), "downgrade")
        assert (again(beyond).account_class, beyond.class_slot, beyond.downgrade_id) == ("II", None, action.id)
        assert not holds()
        opening = lambda: perform(  # noqa: E731
            lambda: open_account(
                principal=factories.caller("teller"), customer_id=kept.customer_id, kind=AccountKind.BANK,
                account_class=AccountClass.II,
            )
        )  # fmt: skip
        assert refused(opening) == "CLASS_II_LIMIT"

    def test_class_iii_has_no_card(self, zhang):
        made = [*(factories.account(zhang, "II") for _ in range(5)), stock_account(zhang, "II")]
        cleaning.case(zhang, BANK_II, *made, most=5)
        card = factories.card(made[5])
        assert refused(lambda: asked(item_of(made[5]), "downgrade")) == "CARD_NOT_OFFERED"
        perform(lambda: cancel_card(principal=factories.caller("teller"), card_id=card.id))
        assert done(item_of(made[5]), "downgrade").to_class == "III"
        assert again(made[5]).class_slot == 1
        assert not holds()

    def test_a_payment_account_falls_to_class_ii(self, payments):
        done(item_of(payments[1]), "downgrade", to_class="II")
        assert (again(payments[1]).account_class, payments[1].class_slot) == ("II", None)
        assert not holds()

    def test_it_comes_back_beyond_the_limit_as_the_stock_it_is(self, beyond, noon):
        action = done(item_of(beyond), "downgrade")
        noon.advance(hours=1)
        undone(action)
        assert (again(beyond).account_class, beyond.class_slot, beyond.downgrade_id) == ("I", None, None)
        assert not holds()

    @pytest.fixture
    def young(self, zhang) -> Account:
        """A Class I account with its place, of no stock, and a second one that is."""
        made = factories.account(zhang, "I", opened_at=OLD)
        cleaning.case(zhang, BANK_I, made, stock_account(zhang), most=1)
        return made

    def test_what_is_no_stock_finds_no_place_once_it_is_taken(self, young):
        action = done(item_of(young), "downgrade")
        # The other one is beyond as the stock it is, and counts.
        assert refused(lambda: undo_asked(action)) == "CLASS_I_EXISTS"
        assert again(young).account_class == "II"

    def test_a_later_change_of_class_names_no_action(self, young, teller):
        action = done(item_of(young), "downgrade")
        assert again(young).downgrade_id == action.id
        answer = teller.post(f"/accounts/{young.id}/downgrade", {"to": "III"})
        assert answer.status_code == 200, answer.json()
        assert (again(young).account_class, young.downgrade_id) == ("III", None)
        assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"


class TestCancel:
    def test_closes_an_empty_account_and_its_cards(self, kept):
        empty = stock_account(kept.customer)
        cleaning.case(kept.customer, BANK_I, kept, empty, most=1)
        card = factories.card(empty)
        action = done(item_of(empty), "cancel")
        assert (again(empty).status, empty.closed_at) == ("closed", action.in_force_at)
        assert again(card).status == "cancelled"
        assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"
        assert not holds()

    def test_a_balance_is_paid_out_first(self, beyond):
        assert refused(lambda: asked(item_of(beyond), "cancel")) == "ACCOUNT_NOT_EMPTY"

    def test_cancels_a_card_the_one_in_its_place(self, cards):
        fresh = perform(lambda: replace_card(principal=factories.caller("teller"), card_id=cards[4].id))
        done(item_of(cards[4]), "cancel")
        assert again(fresh).status == "cancelled"
        assert refused(lambda: asked(item_of(cards[4]), "cancel")) == "CLEANUP_ITEM_SETTLED"
        assert not holds()


class TestStop:
    def test_a_stopped_card_counts_and_works_nowhere(self, cards, client_for, teller):
        factories.pay_in(cards[4].account, 10_000)
        action = done(item_of(cards[4]), "stop")
        card = again(cards[4])
        assert (card.status, action.stopped_from) == ("stopped", "active")
        body = {"account": {"card_number": card.number}, "amount": "100.00"}
        answer = client_for("atm").post("/cash/withdrawals", body)
        assert (answer.json()["code"], answer.json()["fields"]) == ("CARD_NOT_ACTIVE", {"card_status": "stopped"})
        for act in ("activate", "report-lost", "replace"):
            assert teller.post(f"/cards/{card.id}/{act}").json()["code"] == "CARD_STATE"
        product = {"product": "debit"}
        assert teller.post(f"/accounts/{card.account_id}/cards", product).json()["code"] == "DEBIT_CARD_LIMIT"
        assert not holds()

    def test_its_number_names_no_payee(self, cards, client_for, li):
        payer = factories.account(li, "I", balance_fen=10_000)
        done(item_of(cards[4]), "stop")
        order = {
            "payer": {"account_id": str(payer.id)},
            "payee": {"account_number": cards[4].number, "name": "张三"},
            "amount": "1.00",
            "arrival": "real_time",
        }
        assert client_for("teller").post("/transfers", order).json()["code"] == "PAYEE_NOT_FOUND"

    def test_it_is_cancelled_at_the_counter(self, cards, teller):
        action = done(item_of(cards[4]), "stop")
        assert teller.post(f"/cards/{cards[4].id}/cancel").status_code == 200
        assert refused(lambda: undo_asked(action)) == "CLEANUP_NOT_UNDONE"
        assert not holds()

    @pytest.mark.parametrize("lost", [False, True])
    def test_taken_back_it_stands_as_before(self, cards, lost):
        if lost:
            perform(lambda: report_card_lost(principal=factories.caller("teller"), card_id=cards[4].id))
        action = done(item_of(cards[4]), "stop")
        undone(action)
        assert again(cards[4]).status == ("lost" if lost else "active")
        assert not holds()

    def test_lost_by_word_before_it_is_made_formal_and_comes_back_lost(self, cards, teller):
        address = f"/cards/{cards[4].id}/report-lost"
        assert "lost_until" in teller.post(address, {"identified": "by_phone"}).json()
        action = done(item_of(cards[4]), "stop")
        assert "lost_until" not in card_summary(again(cards[4]))
        assert teller.post(address, {"identified": "by_phone"}).json()["code"] == "CARD_STATE"
        assert teller.post(address).json()["status"] == "stopped"
        assert teller.post(address).json()["code"] == "CARD_STATE"
        undone(action)
        assert (again(cards[4]).status, cards[4].lost_until) == ("lost", None)
        assert not holds()

    def test_a_report_by_word_that_is_over_stands_in_no_decision(self, cards, teller, noon):
        teller.post(f"/cards/{cards[4].id}/report-lost", {"identified": "by_phone"})
        noon.set(NOON + timedelta(days=6))
        approval = asked(item_of(cards[4]), "stop")
        told = Decision.objects.get(kind="ask_cleanup").facts
        # Nothing says that its holder had activated it.
        assert (told["card_status"], approval.before["card_status"]) == ("issued", "issued")

    def test_no_account_is_stopped(self, beyond):
        assert refused(lambda: asked(item_of(beyond), "stop")) == "CLEANUP_WAY_NOT_OFFERED"


class TestKeep:
    def test_the_others_fall_to_class_ii(self, payments):
        effect = effect_of(item_of(payments[1]), CleanupWay.KEEP)
        assert len(effect.changes) == 2
        action = done(item_of(payments[1]), "keep")
        assert [again(each).account_class for each in payments] == ["II", "III", "II"]
        assert [each.downgrade_id for each in payments] == [action.id, None, action.id]
        assert not holds()

    def test_is_taken_back(self, zhang):
        made = [stock_account(zhang, "III", "payment") for _ in range(3)]
        cleaning.case(zhang, PAYMENT_III, *made, most=1)
        undone(done(item_of(made[1]), "keep"))
        assert [again(each).account_class for each in made] == ["III"] * 3
        assert {each.downgrade_id for each in made} == {None}
        assert not holds()

    def test_is_for_payment_accounts(self, beyond):
        assert refused(lambda: asked(item_of(beyond), "keep")) == "CLEANUP_WAY_NOT_OFFERED"

    def test_a_penalty_bars_it(self, payments):
        certify(factories.ZHANG)
        assert refused(lambda: asked(item_of(payments[0]), "keep")) == "PAYMENT_BUSINESS_SUSPENDED"


class TestOneItem:
    def test_one_thing_waits_at_a_time(self, beyond):
        asked(item_of(beyond), "explain")
        with pytest.raises(ApprovalPending):
            asked(item_of(beyond), "downgrade", by=factories.caller("teller", "other"))

    def test_one_thing_is_done(self, beyond):
        done(item_of(beyond), "explain")
        assert refused(lambda: asked(item_of(beyond), "downgrade")) == "CLEANUP_ITEM_SETTLED"

    def test_what_was_done_elsewhere_is_settled(self, kept, teller):
        empty = stock_account(kept.customer)
        cleaning.case(kept.customer, BANK_I, kept, empty, most=1)
        assert teller.post(f"/accounts/{empty.id}/close").status_code == 200
        assert refused(lambda: asked(item_of(empty), "explain")) == "CLEANUP_ITEM_SETTLED"

    def test_nothing_after_the_seal(self, beyond):
        waiting = asked(item_of(beyond), "explain")
        # Whoever seals refuses while something waits, and so does the database.
        with past_the_guards("accounts_cleanupcampaign"):
            CleanupCampaign.objects.update(sealed_at=NOON, sealed_by=Approval.objects.get().made_by)
        with pytest.raises(Refusal) as barred:
            approve(waiting)
        assert barred.value.code == "CLEANUP_SEALED"

    def test_nothing_is_taken_back_after_the_seal(self, beyond):
        action = done(item_of(beyond), "explain")
        CleanupCampaign.objects.update(sealed_at=NOON, sealed_by=Approval.objects.get().made_by)
        assert refused(lambda: undo_asked(action)) == "CLEANUP_SEALED"
        assert refused(lambda: asked(item_of(beyond), "explain")) == "CLEANUP_SEALED"

    @pytest.mark.parametrize(
        ("way", "more", "field"),
        [
            ("explain", {"reason": "  "}, "reason"),
            ("explain", {"cards": "move"}, "cards"),
            ("merge", {}, "to_account_id"),
            ("downgrade", {"to_class": "III"}, "to_class"),
            ("explain", {"to_class": "II"}, "to_class"),
            ("undo", {}, "way"),
        ],
    )
    def test_a_field_that_is_wrong_is_named(self, beyond, way, more, field):
        with pytest.raises(BadRequest) as wrong:
            asked(item_of(beyond), way, **more)
        assert field in wrong.value.fields

    def test_an_unknown_item_or_account(self, beyond):
        nobody = beyond.customer_id
        with pytest.raises(NotFound):
            perform(
                lambda: request_action(
                    principal=factories.caller("teller"), item_id=nobody, way=CleanupWay.EXPLAIN, reason="说明"
                )
            )
        with pytest.raises(NotFound):
            asked(item_of(beyond), "merge", to_account_id=nobody, cards="move")

    def test_whoever_decides_reads_the_effect_and_the_reason(self, beyond, kept, teller, supervisor):
        waiting = asked(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
        told = supervisor.get(f"/approvals/{waiting.id}").json()
        assert told["before"]["balance_fen"] == 12_000
        assert told["after"]["amount_fen"] == 12_000
        row = approvals.kinds()["cleanup_action"].row_of(waiting)
        assert "销户" in approvals.brought_by(waiting, supervisor.caller)["effect"]
        assert approvals.evidence_for(waiting, supervisor.caller) == {"reason": row.reason}

    def test_it_is_kept_as_decisions(self, beyond, kept):
        action = done(item_of(beyond), "merge", to_account_id=kept.id, cards="move")
        kinds = Decision.objects.filter(at=action.in_force_at, outcome="allowed").values_list("kind", flat=True)
        assert set(kinds) == {"ask_cleanup", "cleanup_action", "close_account"}
