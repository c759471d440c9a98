"""The exchange with the screening system: one deadline, one form of answer; anything else is no answer."""

import json
import logging
import threading
import time
from contextlib import suppress

import pytest
from django.db import connection

from config.kernel.database.transactions import owned
from config.kernel.requests import special_measures
from config.kernel.requests.special_measures import CheckUnavailable, Named, PartInAct, ScreenedAct
from config.kernel.requests.timed_exchange import ExchangeFailed, post
from tests.screening_system import REFERENCE, TOKEN, closed_port, send

pytestmark = pytest.mark.django_db
ZHANG = Named("张三", PartInAct.PAYER, "individual", "resident_id", "11010519491231002X")
LI = Named("李四", PartInAct.PAYEE)
ACT = ScreenedAct("transfer", (ZHANG, LI))
#: What a busy machine may need above the deadline.
GRACE = 1.5


def asked(*acts: ScreenedAct):
    return special_measures.ask_about(acts or [ACT])


def test_the_people_of_an_act_are_asked_about_at_once(system, noon):
    (checked,) = asked()
    assert system.asked == [
        {
            "act": "transfer",
            "subjects": [
                {
                    "name": "张三",
                    "kind": "individual",
                    "role": "payer",
                    "document_type": "resident_id",
                    "document_number": "11010519491231002X",
                },
                {"name": "李四", "kind": "unknown", "role": "payee"},
            ],
        }
    ]
    assert system.headers["Authorization"] == f"Bearer {TOKEN}"
    assert system.headers["Content-Type"] == "application/json"
    assert checked.record() == {
        "special_measures_asked_at": "2026-01-05T12:00:00.000000+08:00",
        "special_measures_reference": REFERENCE,
        "special_measures_hit": False,
    }


def test_hits_belong_to_the_acts_that_name_them(system):
    system.listed.add("李四")
    first, second = asked(ACT, ScreenedAct("transfer", (ZHANG,)))
    assert system.names == [["张三", "李四"]]
    assert (first.hits, second.hits) == ((LI,), ())


def test_an_act_that_names_nobody_asks_nothing(system):
    (checked,) = asked(ScreenedAct("open_account", ()))
    assert (system.asked, checked.record(), checked.hits) == ([], {}, ())


def body(*parts: bytes, pause: float = 0.0):
    """Answer with a body in parts, each after a pause."""

    def answer(handler, system):
        handler.send_response(200)
        handler.end_headers()
        for part in parts:
            system.stopped.wait(pause)
            handler.wfile.write(part)
            handler.wfile.flush()

    return answer


def dripping_head(handler, system):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX-Wait: ")
    while not system.stopped.wait(0.2):
        handler.wfile.write(b".")


VALID = json.dumps({"reference": REFERENCE, "hits": []}).encode()
FAILURES = {
    "slow": body(VALID, pause=4),
    "drips": body(*(bytes([each]) for each in VALID), pause=0.3),
    "dripping head": dripping_head,
    "cut off": body(VALID[:-3]),
    "500": lambda handler, _: send(handler, VALID, 500),
    "204": lambda handler, _: send(handler, b"", 204),
    "redirect": lambda handler, system: send(handler, VALID, 307, Location=system.url),
    "not JSON": body(b"<html>OK</html>"),
    "not UTF-8": body(b'{"reference": "\xff", "hits": []}'),
    "nothing": body(b""),
    "deep": body(b"[" * 60_000),
    "too long": body(b'{"reference": "SM", "hits": [], "more": "' + b"x" * 70_000 + b'"}'),
    "a list": body(b"[]"),
    "no reference": body(b'{"hits": []}'),
    "reference with a name": body('{"reference": "张三", "hits": []}'.encode()),
    "no hits": body(b'{"reference": "SM"}'),
    "hits null": body(b'{"reference": "SM", "hits": null}'),
    "hits false": body(b'{"reference": "SM", "hits": [false]}'),
    "hits text": body(b'{"reference": "SM", "hits": ["0"]}'),
    "nobody": body(b'{"reference": "SM", "hits": [2]}'),
    "negative": body(b'{"reference": "SM", "hits": [-1]}'),
    "twice": body(b'{"reference": "SM", "hits": [0], "hits": []}'),
}


@pytest.mark.parametrize("name", FAILURES)
def test_anything_but_a_valid_answer_in_time_is_none(system, name):
    system.answers_with = FAILURES[name]
    began = time.monotonic()
    with pytest.raises(CheckUnavailable) as raised:
        asked()
    assert time.monotonic() - began < special_measures.SECONDS + GRACE
    assert (raised.value.status, raised.value.retry_after) == (503, 2)
    assert len(system.asked) == 1


def test_members_that_the_bank_does_not_know_are_ignored(system):
    system.answers_with = body(b'{"reference": "SM", "hits": [], "list": "2026-12-03"}')
    assert asked()[0].reference == "SM"


def test_nobody_listens(system, settings):
    settings.SCREENING_URL = f"http://127.0.0.1:{closed_port()}/"
    with pytest.raises(CheckUnavailable):
        asked()


def test_an_address_that_is_not_found_in_time(system, settings, monkeypatch):
    def look_up(*_, **__):
        system.stopped.wait(5)
        raise OSError

    monkeypatch.setattr("config.kernel.requests.timed_exchange.create_connection", look_up)
    began = time.monotonic()
    with pytest.raises(CheckUnavailable):
        asked()
    assert time.monotonic() - began < special_measures.SECONDS + GRACE


def test_a_thread_whose_caller_gave_up_ends(system):
    system.answers_with = FAILURES["dripping head"]
    with pytest.raises(ExchangeFailed, match="deadline"):
        post(system.url, b"{}", {}, seconds=0.3, most_bytes=10)
    ends = time.monotonic() + 5
    while any(each.name == "exchange" for each in threading.enumerate()):
        assert time.monotonic() < ends
        time.sleep(0.02)


def test_exchanges_beyond_the_places_end_with_the_deadline(system, monkeypatch):
    monkeypatch.setattr("config.kernel.requests.timed_exchange._PLACES", threading.BoundedSemaphore(1))
    system.answers_with = FAILURES["dripping head"]

    def wait_for_it() -> None:
        with suppress(ExchangeFailed):
            post(system.url, b"{}", {}, seconds=1.5, most_bytes=9)

    first = threading.Thread(target=wait_for_it)
    first.start()
    while not system.asked:
        time.sleep(0.01)
    with pytest.raises(ExchangeFailed, match="too many at once"):
        post(system.url, b"{}", {}, seconds=0.2, most_bytes=10)
    first.join()


def test_proxies_of_the_environment_are_not_used(system, monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{closed_port()}")
    assert asked()[0].reference == REFERENCE


def test_neither_names_nor_numbers_nor_the_answer_are_logged(system, caplog):
    caplog.set_level(logging.DEBUG)
    asked()
    system.answers_with = body('{"reference": "张三 11010519491231002X", "hits": []}'.encode())
    with pytest.raises(CheckUnavailable):
        asked()
    assert "did not answer: malformed answer" in caplog.text
    assert not any(each in caplog.text for each in ("张三", "李四", "11010519491231002X", TOKEN))
    assert "张三" not in repr(ACT)


def test_a_name_that_cannot_be_read_is_no_question(system):
    from config.kernel.identity.masking import Unreadable

    with pytest.raises(CheckUnavailable):
        asked(ScreenedAct("transfer", (Named(Unreadable("-"), PartInAct.PAYER),)))
    assert system.asked == []


@pytest.mark.django_db(transaction=True)
def test_nobody_is_asked_about_in_a_transaction(system):
    with owned(), pytest.raises(RuntimeError, match="before the transaction"):
        asked()
    assert system.asked == []
    assert asked()[0].reference == REFERENCE
    assert not connection.in_atomic_block
