"""Each channel warns of its kinds of fraud, and a transfer keeps which warnings were shown and in which version."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as bank
from django.core.management import call_command

from accounts.vocabulary import Channel
from config.kernel.database.sql import rows
from tests.database_refusals import refused_by
from tests.http import refused
from tests.transfers.factories import held
from transfers.models import Transfer
from transfers.policy.fraud_warnings import GENERAL, TEXTS, fraud_warnings
from transfers.queries.fraud_warnings import warnings_at
from transfers.vocabulary import FraudKind

ROOT = Path(__file__).resolve().parents[2]
CHANNELS = Channel.values


def ordered(callers, atm, order, payer, channel):
    """Return the answers to the preview and to the order at a channel."""
    changes = {} if channel == "atm" else {"payer": {"account_id": str(payer.id)}, "arrival": "next_day"}
    if channel in {"online", "mobile", "phone"}:
        changes["channel"] = channel
    caller = {"atm": atm, "counter": callers["teller"]}.get(channel, callers["gateway"])
    preview = caller.post("/transfers/preview", order(**changes), key=None)
    return preview.json(), caller.post("/transfers", order(**changes)).json()


@pytest.fixture
def callers(client_for):
    return {"teller": client_for("teller"), "gateway": client_for("gateway")}


@pytest.mark.django_db
@pytest.mark.parametrize("channel", CHANNELS)
def test_each_channel_shows_its_kinds_in_both_languages(callers, atm, order, payer, channel):
    kinds = list(bank.WARNINGS[channel])
    for answer in ordered(callers, atm, order, payer, channel):
        assert answer["warnings"] == {"version": warnings_at(channel).version, "kinds": kinds}
        for language in ("zh", "en"):
            text = answer["notice"][language]
            for kind in FraudKind:
                assert (TEXTS[kind].in_language(language) in text) is (kind in kinds), kind
            assert text.endswith(GENERAL.in_language(language))
    row = Transfer.objects.get()
    assert (row.channel, row.warning_version) == (channel, warnings_at(channel).version)
    assert row.warning_kinds == ",".join(kinds)


@pytest.mark.django_db
def test_orders_accepted_together_keep_the_warnings_of_their_own_channels(callers, order, payer):
    orders = [
        order(payer={"account_id": str(payer.id)}, arrival="next_day", channel=channel) | {"idempotency_key": channel}
        for channel in ("phone", "mobile", "phone")
    ]
    orders[2]["idempotency_key"] = "phone-again"
    results = callers["gateway"].post("/transfers/batch", {"orders": orders}, key=None).json()["results"]
    for result, each in zip(results, orders, strict=True):
        row, shown = Transfer.objects.get(pk=result["body"]["id"]), warnings_at(each["channel"])
        assert (row.warning_version, row.warning_kinds.split(",")) == (shown.version, list(shown.kinds))
        assert result["body"]["warnings"] == {"version": shown.version, "kinds": list(shown.kinds)}


@pytest.mark.django_db
def test_another_setting_has_another_version_and_earlier_transfers_keep_theirs(atm, order, settings):
    first = atm.post("/transfers", order()).json()
    settings.WARNINGS = {**settings.WARNINGS, "atm": ("investment",)}
    second = atm.post("/transfers", order()).json()
    assert second["warnings"]["kinds"] == ["investment"]
    assert TEXTS[FraudKind.INVESTMENT].zh in second["notice"]["zh"]
    assert first["warnings"]["version"] != second["warnings"]["version"]
    assert atm.get(f"/transfers/{first['id']}").json()["warnings"] == first["warnings"]


def test_version_follows_the_words_and_their_order(monkeypatch):
    kinds = (FraudKind.POLICE, FraudKind.REFUND)
    version = fraud_warnings(kinds).version
    assert version == fraud_warnings(kinds).version
    assert version != fraud_warnings(reversed(kinds)).version
    words = TEXTS[FraudKind.REFUND]
    monkeypatch.setitem(TEXTS, FraudKind.REFUND, type(words)(words.zh, words.en + " "))
    assert fraud_warnings(kinds).version != version


def test_every_kind_has_words_in_both_languages():
    assert list(TEXTS) == list(FraudKind)
    for text in TEXTS.values():
        assert text.zh.endswith("。")
        assert text.en.endswith(".")
    assert "96110" in GENERAL.zh
    assert "96110" in GENERAL.en


def test_setting_knows_the_channels_and_kinds_of_the_bank():
    assert set(bank.WARNINGS) == set(CHANNELS)
    assert {kind for kinds in bank.WARNINGS.values() for kind in kinds} == set(FraudKind.values)


@pytest.mark.django_db
@pytest.mark.parametrize("channel", CHANNELS)
def test_answer_to_an_order_is_stored_in_its_row(callers, atm, order, payer, channel):
    ordered(callers, atm, order, payer, channel)
    (row,) = rows("SELECT pg_column_size(k.*) AS size FROM kernel_idempotencykey k")
    # PostgreSQL stores the largest column of a longer row in a second table.
    assert row["size"] < 2032


@pytest.mark.django_db
def test_refused_transfer_keeps_no_warnings(atm, order):
    body = refused(atm.post("/transfers", order(amount="5000")), "INSUFFICIENT_FUNDS")
    row = Transfer.objects.get(pk=body["fields"]["transfer_id"])
    assert (row.warning_version, row.warning_kinds) == (None, None)
    assert atm.get(f"/transfers/{row.id}").json()["warnings"] is None
    assert atm.post("/transfers/preview", order(amount="5000"), key=None).json()["warnings"] is None


@pytest.mark.django_db
def test_transfer_without_a_kept_version_still_warns(auditor, payer):
    (transfer,) = held(payer)
    body = auditor.get(f"/transfers/{transfer.id}").json()
    assert body["warnings"] is None
    assert TEXTS[FraudKind.POLICE].zh in body["notice"]["zh"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("version", "kinds"),
    [("0123456789ab", None), (None, "police"), ("0123456789ab", ""), ("0123456789AB", "police"), ("2026.1", "police")],
)
def test_version_and_kinds_are_kept_together(payer, version, kinds):
    with refused_by("transfer_warnings_have_version"):
        held(payer, warning_version=version, warning_kinds=kinds)


@pytest.mark.django_db
def test_kept_version_cannot_change(atm, order):
    atm.post("/transfers", order())
    for column in ("warning_version", "warning_kinds"):
        for value in ("NULL", "'0123456789ab'"):
            with refused_by("transfer_accepted_stands"):
                rows(f"UPDATE transfers_transfer SET {column} = {value}")


def test_command_prints_the_words_of_each_channel_with_their_version(settings):
    settings.WARNINGS = {**settings.WARNINGS, "phone": ("refund",)}
    out = StringIO()
    call_command("fraud_warnings", stdout=out)
    printed = out.getvalue()
    for channel in CHANNELS:
        shown = warnings_at(channel)
        assert f"{channel} {shown.version}" in printed
    words = printed.partition("\nphone ")[2]
    assert TEXTS[FraudKind.REFUND].zh in words
    assert TEXTS[FraudKind.REFUND].en in words
    assert TEXTS[FraudKind.POLICE].zh not in words


def test_document_has_the_words_and_the_versions_of_the_defaults():
    document = (ROOT / "docs/settings.md").read_text()
    for kind, text in TEXTS.items():
        assert f"| `{kind}` {kind.text.zh} | {text.zh} | {text.en} |" in document
    for channel, kinds in bank.WARNINGS.items():
        listed = ", ".join(f"`{kind}`" for kind in kinds)
        assert f"| `{channel}` | {listed} | `{warnings_at(channel).version}` |" in document
