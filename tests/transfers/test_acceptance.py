"""Acceptance and refusal of a transfer over HTTP, as an integrator sees them."""

import pytest

from accounts.models import Card, Freeze
from accounts.refusals.money import ChannelNotAllowed
from accounts.vocabulary import Channel
from config.kernel.database.ids import new_id
from config.kernel.models import Decision
from tests import factories
from tests.clock import NOON
from tests.http import refused
from tests.transfers.conftest import CARD, money, pay_in
from transfers.models import Event, Transfer

pytestmark = pytest.mark.django_db
OUTSIDE = {"account_number": "87144583", "bank_code": "YZ", "name": "王二"}


def test_transfer_to_a_stranger_is_held_for_24_hours_and_moves_no_money(atm, order, payer, payee):
    answer = atm.post("/transfers", order())
    body = answer.json()
    assert answer.status_code == 201, body
    assert (body["status"], body["amount"], body["same_holder"]) == ("held", "100.00", False)
    assert body["accepted_at"] == "2026-01-05T12:00:00.000000+08:00"
    assert body["due_at"] == body["cancellable_until"] == "2026-01-06T12:00:00.000000+08:00"
    assert (body["seconds_left"], body["settled_at"], body["outcome_code"]) == (86400, None, None)
    assert body["rule"]["code"] == "ATM_24_HOURS"
    assert body["rule"]["profile"] == "NOTICE_2016"
    assert "第五条" in body["rule"]["clause"]
    assert "2026年1月6日12:00:00" in body["notice"]["zh"]
    assert body["payee"] == {"account_number": body["payee"]["account_number"], "name": "李*", "bank_code": None}
    assert payee.account_number not in answer.content.decode()
    assert (money(payer), money(payee)) == ((100_000, 10_000), (0, 0))


def test_transfer_to_an_own_account_is_posted_at_once(atm, order, payer, zhang):
    own = factories.account(zhang, "II")
    body = atm.post("/transfers", order(payee={"account_number": own.account_number, "name": "张三"})).json()
    assert (body["status"], body["same_holder"], body["cancellable_until"]) == ("posted", True, None)
    assert body["settled_at"] == body["accepted_at"]
    assert (money(payer), money(own)) == ((90_000, 0), (10_000, 0))


def test_a_typed_own_name_under_another_document_is_not_own(atm, order, payer):
    homonym = factories.account(factories.customer(factories.new_person("张三")), "I")
    body = atm.post("/transfers", order(payee={"account_number": homonym.account_number, "name": "张三"})).json()
    assert (body["status"], body["same_holder"]) == ("held", False)


@pytest.mark.parametrize(
    ("profile", "approved", "status"),
    [
        pytest.param("NOTICE_2016", True, "posted", id="notice-5-approved-own-elsewhere"),
        pytest.param("NOTICE_2016", False, "held", id="notice-5-not-yet-approved"),
        pytest.param("PBOC_261", True, "held", id="261-2-8-own-elsewhere"),
    ],
)
def test_own_account_at_another_bank(atm, order, zhang, settings, profile, approved, status):
    settings.ATM_RULE_PROFILE = profile
    about = {"status": "active", "in_force_at": NOON} if approved else {}
    external = factories.external_account(zhang, "87144583", "YZ", **about)
    factories.approved("external_account", external)
    body = atm.post("/transfers", order(payee=OUTSIDE)).json()
    assert (body["status"], body["rule"]["profile"]) == (status, profile)


@pytest.mark.parametrize(("number", "bank"), [("AB87144583", "YZ"), ("ab87144583", "yz"), ("Ab87144583", "yZ")])
def test_external_account_is_own_in_every_spelling(atm, order, zhang, number, bank):
    external = factories.external_account(zhang, "AB87144583", "YZ", status="active", in_force_at=NOON)
    factories.approved("external_account", external)
    body = atm.post("/transfers", order(payee={"account_number": number, "bank_code": bank, "name": "张三"})).json()
    assert (body["status"], body["same_holder"]) == ("posted", True)


def test_this_banks_own_code_equals_none_however_it_is_written(atm, order, payee, settings):
    settings.BANK_CODE = "DEMOBANK"
    payee_fields = {"account_number": payee.account_number, "name": "李四", "bank_code": "demobank"}
    body = atm.post("/transfers", order(payee=payee_fields)).json()
    assert body["payee"]["bank_code"] is None
    assert Transfer.objects.get(pk=body["id"]).payee_account_id == payee.id


def test_an_organization_at_a_machine_is_not_delayed(atm, order, organization, payee):
    account = factories.account(organization, balance_fen=0)
    pay_in(account, 50_000)
    factories.card(account, number="6217000000000006")
    body = atm.post("/transfers", order(payer={"card_number": "6217000000000006"}, arrival="next_day")).json()
    assert (body["status"], body["rule"]["code"]) == ("posted", "ATM_ORGANIZATION")
    assert money(payee) == (10_000, 0)


@pytest.mark.parametrize(
    ("arrival", "status", "due_at"),
    [
        ("real_time", "posted", "2026-01-05T12:00:00.000000+08:00"),
        ("ordinary", "held", "2026-01-05T14:00:00.000000+08:00"),
        ("next_day", "held", "2026-01-06T00:00:00.000000+08:00"),
    ],
)
def test_elsewhere_the_chosen_arrival_counts(gateway, order, payer, arrival, status, due_at):
    body = gateway.post(
        "/transfers", order(payer={"account_id": str(payer.id)}, channel="mobile", arrival=arrival)
    ).json()
    assert (body["status"], body["due_at"], body["channel"]) == (status, due_at, "mobile")


def test_last_fen_is_accepted_and_the_first_beyond_refused(atm, order, payer):
    body = refused(atm.post("/transfers", order(amount="1000.01")), "INSUFFICIENT_FUNDS")
    record = Transfer.objects.get(pk=body["fields"]["transfer_id"])
    assert (record.status, record.outcome_code, record.due_at) == ("refused", "INSUFFICIENT_FUNDS", None)
    assert money(payer) == (100_000, 0)
    assert atm.post("/transfers", order(amount="1000.00")).status_code == 201
    refused(atm.post("/transfers", order(amount="0.01")), "INSUFFICIENT_FUNDS")
    assert money(payer) == (100_000, 100_000)


def test_event_and_decision_of_every_answer_are_kept(atm, order):
    kept = atm.post("/transfers", order()).json()["id"]
    lost = atm.post("/transfers", order(amount="5000")).json()["fields"]["transfer_id"]
    events = {str(event.transfer_id): event for event in Event.objects.all()}
    assert (events[kept].new_status, events[kept].code) == ("held", "")
    assert (events[lost].new_status, events[lost].code) == ("refused", "INSUFFICIENT_FUNDS")
    decisions = {str(decision.object_id): decision for decision in Decision.objects.filter(kind="transfer")}
    assert (decisions[kept].outcome, decisions[kept].rule) == ("allowed", "ATM_24_HOURS")
    assert "第五条" in decisions[kept].clause
    assert (decisions[lost].outcome, decisions[lost].code) == ("refused", "INSUFFICIENT_FUNDS")


def test_unknown_payee_of_this_bank_is_refused(atm, order):
    refused(atm.post("/transfers", order(payee={"account_number": "404", "name": "李四"})), "PAYEE_NOT_FOUND")


def test_name_other_than_the_holders_is_refused(atm, order, payee):
    wrong = {"account_number": payee.account_number, "name": "李五"}
    refused(atm.post("/transfers", order(payee=wrong)), "PAYEE_NAME_MISMATCH")


@pytest.mark.parametrize("typed", ["欧阳•娜", "欧阳·娜", "欧阳 ・ 娜"])
def test_a_name_is_compared_after_normalisation(atm, order, typed):
    account = factories.account(factories.customer(factories.new_person("欧阳·娜")), "I")
    body = {"account_number": account.account_number, "name": typed}
    assert atm.post("/transfers", order(payee=body)).status_code == 201


def test_transfer_to_the_same_account_is_refused(atm, order, payer):
    body = {"account_number": payer.account_number, "name": "张三"}
    refused(atm.post("/transfers", order(payee=body)), "SAME_ACCOUNT")


def test_card_of_another_bank_is_refused(atm, order):
    body = refused(atm.post("/transfers", order(payer={"card_number": "6217000000000006"})), "CARD_NOT_FOUND")
    assert Transfer.objects.get(pk=body["fields"]["transfer_id"]).payer_account_id is None


@pytest.mark.parametrize("status", ["issued", "lost", "cancelled"])
def test_inactive_card_is_refused(atm, order, status):
    Card.objects.update(status=status, cancelled_at=NOON if status == "cancelled" else None)
    refused(atm.post("/transfers", order()), "CARD_NOT_ACTIVE")


def test_a_frozen_payer_pays_nowhere_a_frozen_payee_is_paid(teller, atm, order, payer, payee):
    Freeze.objects.create(account=payee, authority="法院", order_no="1", placed_at=NOON)
    assert atm.post("/transfers", order()).status_code == 201
    Freeze.objects.create(account=payer, authority="法院", order_no="2", placed_at=NOON)
    refused(atm.post("/transfers", order()), "ACCOUNT_FROZEN")
    counter = order(payer={"account_id": str(payer.id)}, arrival="real_time")
    refused(teller.post("/transfers", counter), "ACCOUNT_FROZEN")


def test_an_unknown_payer_account_is_not_found(teller, order):
    for unknown in ("not-an-id", "01a2103d-6a5e-75f0-a12a-ffef10e5b4a0"):
        answer = teller.post("/transfers", order(payer={"account_id": unknown}, arrival="real_time"))
        refused(answer, "NOT_FOUND", 404)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"amount": "0"}, "amount"),
        ({"amount": "1.234"}, "amount"),
        ({"amount": 100}, "amount"),
        ({"amount": "１００"}, "amount"),
        ({"amount": "-1"}, "amount"),
        ({"amount": "1e3"}, "amount"),
        ({"amount": None}, "amount"),
        ({"payer": {}}, "payer"),
        ({"payer": {"account_id": "x"}}, "payer.account_id"),
        ({"payer": {"card_number": CARD, "account_id": "x"}}, "payer"),
        ({"payer": {"card_number": "12ab"}}, "payer.card_number"),
        ({"payee": {"account_number": "1", "bank_code": "YZ", "name": "王二", "x": 1}}, "payee.x"),
        ({"payee": {"account_number": "6000200000000002"}}, "payee.name"),
        ({"payee": {"account_number": "6000200000000002", "bank_code": "DEMOBANK"}}, "payee.name"),
        ({"payee": {"account_number": "6-0", "name": "李四"}}, "payee.account_number"),
        ({"payee": {"account_number": "9" * 35, "name": "李四"}}, "payee.account_number"),
        ({"payee": {"account_number": "1", "bank_code": "Y", "name": "王二"}}, "payee.bank_code"),
        ({"payee": {"account_number": "1", "name": "张\u202e三"}}, "payee.name"),
        ({"arrival": "soon"}, "arrival"),
        ({"status": "posted"}, "status"),
        ({"due_at": "2026-01-05T12:00:00+08:00"}, "due_at"),
        ({"memo": 5}, "memo"),
        ({"screen_evidence": {"confirmed_at": "yesterday"}}, "screen_evidence.confirmed_at"),
    ],
)
def test_wrong_field_is_named_and_nothing_is_stored(atm, order, changes, field):
    body = refused(atm.post("/transfers", order(**changes)), "INVALID_REQUEST", 400)
    assert any(name == field or name.startswith(f"{field}.") for name in body["fields"]), body["fields"]
    assert not Transfer.objects.exists()


def test_outside_machines_the_arrival_must_be_chosen(teller, gateway, order):
    for client, extra in ((teller, {}), (gateway, {"channel": "online"})):
        body = refused(client.post("/transfers", order(**extra)), "INVALID_REQUEST", 400)
        assert "arrival" in body["fields"]


@pytest.mark.parametrize("channel", ["counter", "online", "teleport", "", 7, None, {"a": 1}, ["atm"]])
def test_another_channel_is_a_matter_of_right(atm, order, channel):
    body = order() | {"channel": channel}
    refused(atm.post("/transfers", body), "CHANNEL_NOT_ALLOWED", 403)


@pytest.mark.parametrize("channel", ["atm", "counter", "pigeon"])
def test_a_gateway_names_its_own_channels_only(gateway, order, channel):
    body = order(channel=channel, arrival="real_time")
    refused(gateway.post("/transfers", body), "CHANNEL_NOT_ALLOWED", 403)


def test_the_refusal_of_a_channel_names_all_there_are(gateway, order):
    detail = refused(gateway.post("/transfers", order(channel="atm", arrival="real_time")), "CHANNEL_NOT_ALLOWED", 403)
    for channel in Channel:
        assert channel.label.zh in detail["detail"]
        assert channel.label.en in ChannelNotAllowed.en


def test_the_same_key_has_one_effect(atm, order, payer):
    first = atm.post("/transfers", order(), key="once")
    again = atm.post("/transfers", order(), key="once")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"
    refused(atm.post("/transfers", order(amount="1.00"), key="once"), "IDEMPOTENCY_KEY_REUSED")
    assert money(payer) == (100_000, 10_000)


def test_a_refusal_is_pinned_with_its_record(atm, order):
    first = atm.post("/transfers", order(amount="9999"), key="no")
    again = atm.post("/transfers", order(amount="9999"), key="no")
    assert first.status_code == 422
    assert again.content == first.content
    assert Transfer.objects.count() == 1


@pytest.mark.parametrize("own", [False, True])
def test_payee_elsewhere_has_a_name_unless_the_bank_says_otherwise(atm, teller, order, zhang, settings, own):
    if own:
        factories.external_account(zhang, OUTSIDE["account_number"], OUTSIDE["bank_code"])
    nameless = {name: text for name, text in OUTSIDE.items() if name != "name"}
    blank = OUTSIDE | {"name": " "}
    for path, body in [(path, order(payee=to)) for path in ("", "/preview") for to in (nameless, blank)]:
        assert [*refused(atm.post(f"/transfers{path}", body), "INVALID_REQUEST", 400)["fields"]] == ["payee.name"]
    batch = {"orders": [{"idempotency_key": "1", **order(payee=nameless, arrival="next_day")}]}
    (result,) = teller.post("/transfers/batch", batch, key=None).json()["results"]
    assert (result["status"], [*result["body"]["fields"]]) == (400, ["payee.name"])
    assert atm.post("/transfers", order(payee=OUTSIDE)).status_code == 201
    settings.PAYEE_NAME_ELSEWHERE = "optional"
    assert atm.post("/transfers", order(payee=nameless)).status_code == 201


def test_preview_answers_and_writes_nothing(atm, order, payer):
    held = atm.post("/transfers/preview", order(), key=None).json()
    assert (held["outcome"], held["due_at"]) == ("held", "2026-01-06T12:00:00.000000+08:00")
    no = atm.post("/transfers/preview", order(amount="9999"), key=None).json()
    assert (no["outcome"], no["code"]) == ("refused", "INSUFFICIENT_FUNDS")
    assert atm.post("/transfers/preview", order(payee=OUTSIDE), key=None).json()["outcome"] == "held"
    assert not Transfer.objects.exists()
    assert money(payer) == (100_000, 0)


def test_four_round_trips_whatever_the_payee(atm, order, payee, django_assert_num_queries):
    by_card = {"account_number": factories.card(payee).number, "name": "李四"}
    atm.post("/transfers", order(payee=OUTSIDE))
    # Authentication, key and who, locks and facts, effects and answer with COMMIT; here a savepoint begins and ends.
    for named in (None, OUTSIDE, by_card):
        body = order() if named is None else order(payee=named)
        with django_assert_num_queries(4 + 2):
            assert atm.post("/transfers", body).status_code == 201


def test_terminal_cannot_read_an_order_of_another_terminal(client_for, order, auditor):
    made = client_for("atm").post("/transfers", order()).json()["id"]
    other = client_for("atm", "2")
    assert client_for("atm").get(f"/transfers/{made}").status_code == 200
    assert other.get(f"/transfers/{made}").status_code == 404
    assert auditor.get(f"/transfers/{made}").json()["id"] == made


def test_transfers_are_listed_newest_first_with_filters_and_cursor(atm, auditor, order, payer, noon):
    ids = []
    for _ in range(5):
        ids.append(atm.post("/transfers", order(amount="1.00")).json()["id"])
        noon.advance(minutes=1)
    first = auditor.get("/transfers", limit=2).json()
    assert [each["id"] for each in first["results"]] == ids[:2:-1]
    atm.post("/transfers", order(amount="2.00"))
    second = auditor.get("/transfers", limit=3, cursor=first["next"]).json()
    assert [each["id"] for each in second["results"]] == ids[2::-1]
    assert second["next"] is None
    due = auditor.get("/transfers", due_before="2026-01-06T12:02:00+08:00", status="held").json()
    assert [each["id"] for each in due["results"]] == ids[1::-1]
    assert len(auditor.get("/transfers", payer_account=str(payer.id)).json()["results"]) == 6
    nobody = str(new_id())
    for wrong in (
        {"payer_account": "x"},
        {"payer_account": nobody},
        {"status": "late"},
        {"due_before": "noon"},
        {"cursor": "x"},
        {"name": "x"},
    ):
        body = refused(auditor.get("/transfers", **wrong), "INVALID_REQUEST", 400)
        assert list(body["fields"]) == list(wrong)
