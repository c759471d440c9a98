"""Suspicions of fraud: who records them, who sees them, and that a record never changes."""

import pytest
from django.db import connection

from config.kernel.models import Decision
from tests.database_refusals import refused_by
from tests.http import code, refused
from transfers.models import Suspicion

UNKNOWN = "01900000-0000-7000-8000-000000000000"
WORDS = "由王五陪同，称要转到安全账户"


def body(**more):
    return {"kind": "transfer_refused", "reason": "forced_or_led", "words": WORDS, **more}


@pytest.mark.parametrize(
    ("role", "channel", "kept"),
    [
        ("teller", None, "counter"),
        ("teller", "counter", "counter"),
        ("gateway", "phone", "phone"),
        ("supervisor", None, ""),
        ("compliance", "phone", "phone"),
    ],
)
def test_suspicion_is_recorded_by_staff_and_by_telephone(client_for, payer, role, channel, kept):
    sent = body(account_id=str(payer.id)) | ({} if channel is None else {"channel": channel})
    answer = client_for(role).post("/suspicions", sent)
    assert answer.status_code == 201
    row = Suspicion.objects.get(pk=answer.json()["id"])
    assert (row.channel, row.account_id, row.customer_id, row.words) == (kept, payer.id, payer.customer_id, WORDS)
    assert WORDS not in answer.content.decode()
    decision = Decision.objects.get(object_id=row.id)
    assert (decision.kind, decision.customer_id) == ("record_suspicion", payer.customer_id)
    assert WORDS not in str(decision.facts)


def test_suspicion_of_a_gateway_answers_no_more_than_was_sent(client_for, payer):
    answer = client_for("gateway").post("/suspicions", body(account_id=str(payer.id), channel="phone")).json()
    assert (answer["account_id"], answer["customer_id"]) == (str(payer.id), None)


@pytest.mark.parametrize("channel", [None, "online", "mobile", "atm", 7])
def test_suspicion_of_a_gateway_needs_the_telephone(client_for, channel):
    sent = body() | ({} if channel is None else {"channel": channel})
    refused(client_for("gateway").post("/suspicions", sent), "CHANNEL_NOT_ALLOWED", 403)


@pytest.mark.parametrize("name", ["customer_id", "account_id", "transfer_id"])
def test_suspicion_about_an_unknown_object_is_refused(client_for, name):
    assert code(client_for("teller").post("/suspicions", body(**{name: UNKNOWN}))) == (404, "NOT_FOUND")
    assert not Suspicion.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"), [("words", ""), ("words", "字" * 1001), ("kind", "arrested"), ("reason", "dislike")]
)
def test_suspicion_with_a_wrong_field_is_refused(client_for, field, value):
    answer = client_for("teller").post("/suspicions", body(**{field: value}))
    assert list(refused(answer, "INVALID_REQUEST", 400)["fields"]) == [field]


def test_suspicions_are_listed_by_time_and_kind(client_for, noon):
    teller, reader = client_for("teller"), client_for("auditor")
    first = teller.post("/suspicions", body(words="字" * 1000)).json()
    noon.advance(hours=1)
    second = teller.post("/suspicions", body(kind="dissuaded")).json()

    def ids(**query):
        return [each["id"] for each in reader.get("/suspicions", **query).json()["results"]]

    assert ids() == [second["id"], first["id"]]
    assert ids(**{"from": first["at"], "to": second["at"]}) == [first["id"]]
    assert ids(**{"from": second["at"]}) == ids(kind="dissuaded") == [second["id"]]
    page = reader.get("/suspicions", limit="1").json()
    assert ids(limit="1", cursor=page["next"]) == [first["id"]]
    assert code(reader.get("/suspicions", **{"from": second["at"], "to": first["at"]})) == (400, "INVALID_REQUEST")


@pytest.mark.parametrize("role", ["teller", "supervisor", "atm", "gateway"])
def test_suspicions_are_listed_for_compliance_and_audit_alone(client_for, role):
    assert code(client_for(role).get("/suspicions")) == (403, "ROLE_NOT_ALLOWED")


@pytest.mark.owner
def test_suspicion_never_changes(client_for):
    client_for("teller").post("/suspicions", body())
    for statement in ("UPDATE transfers_suspicion SET kind = 'other'", "DELETE FROM transfers_suspicion"):
        with refused_by("transfers_suspicion_append_only"), connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.owner
@pytest.mark.parametrize(
    ("column", "constraint"),
    [
        ("kind", "suspicion_kind_known"),
        ("reason", "suspicion_reason_known"),
        ("channel", "suspicion_channel_known"),
    ],
)
def test_suspicion_with_an_unknown_code_is_refused_by_the_database(client_for, column, constraint):
    client_for("teller").post("/suspicions", body())
    values = [f"'x' AS {name}" if name == column else name for name in ("kind", "reason", "channel")]
    with refused_by(constraint), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO transfers_suspicion (id, kind, reason, channel, words, at, principal_id)"
            f" SELECT uuidv7(), {', '.join(values)}, words, at, principal_id FROM transfers_suspicion"
        )
