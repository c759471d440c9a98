"""Fields of the contract have one format for input and one for output."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from threading import Barrier

import pytest
from rest_framework.serializers import ValidationError

from config.frames.api.fields import (
    FilterIdField,
    IdField,
    InstantField,
    StrictSerializer,
    TextField,
    YuanField,
    rfc3339,
)

NOON = datetime(2026, 1, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T12:00:00+08:00", "2026-01-05T04:00:00Z", "2026-01-05t04:00:00z", "2026-01-05T12:00:00.000000+08:00",
        "2026-01-05T12:00:00.000000000+08:00", "2026-01-04T05:38:00-22:22",
    ],
)  # fmt: skip
def test_an_instant_is_rfc_3339_with_an_offset(text):
    assert InstantField().to_internal_value(text) == NOON


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-05T12:00:00", "2026-01-05", "2026-01-05T12:00+08:00", "2026-01-05 12:00:00+08:00", "20260105T120000Z",
        "2026-W02-1T12:00:00+08:00", "2026-01-05T12:00:00,5Z", "2026-01-05T12:00:00+0800", "2026-01-05T24:00:00Z",
        "2026-02-29T12:00:00Z", "2026-01-05T12:00:60Z", "2026-01-05T12:00:00+08:00:30", "２０２６-01-05T12:00:00Z", "",
        "0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-08:00", " 2026-01-05T12:00:00Z", "2026-01-05T12:00:00Z\n",
        "now", 0, 1767585600, None, True, [], {},
    ],
)  # fmt: skip
def test_nothing_else_is_an_instant(text):
    with pytest.raises(ValidationError):
        InstantField().to_internal_value(text)


def test_an_instant_goes_out_in_shanghai_with_six_decimals():
    assert rfc3339(NOON) == "2026-01-05T12:00:00.000000+08:00"
    assert rfc3339(NOON.astimezone(timezone(timedelta(hours=-5)))) == "2026-01-05T12:00:00.000000+08:00"
    assert rfc3339(None) is None


def test_malformed_id_is_treated_as_unknown():
    known = "01900000-0000-7000-8000-000000000000"
    assert str(IdField().to_internal_value(known)) == known
    for text in ("", "x", known[:-1], known + "0", known.replace("-", ""), "{" + known + "}", "urn:uuid:" + known):
        assert IdField().to_internal_value(text) == IdField.NOBODY


@pytest.mark.parametrize("text", ["", "x", "01900000000070008000000000000000"])
def test_an_id_in_a_filter_must_have_its_shape(text):
    with pytest.raises(ValidationError):
        FilterIdField().to_internal_value(text)


@pytest.mark.parametrize("value", [1, True, None, [], {}])
def test_a_text_is_a_json_string(value):
    with pytest.raises(ValidationError):
        TextField().to_internal_value(value)


def test_a_text_is_not_trimmed():
    assert TextField().to_internal_value(" a ") == " a "


class _Inner(StrictSerializer):
    line = TextField(required=False, max_length=3)


class _Outer(StrictSerializer):
    inner = _Inner()
    caller = TextField(required=False)

    def validate(self, attrs):
        return attrs | {"asked_by": self.context["request"]}


def test_a_serializer_is_used_again_and_keeps_nothing_of_a_request():
    first = _Outer.validated({"inner": {"line": "一"}, "caller": "a"}, "first")
    (idle,) = _Outer._idle
    assert not {"initial_data", "_context", "_validated_data", "_errors"} & set(vars(idle))
    assert _Outer.validated({"inner": {}}, "second") == {"inner": {}, "asked_by": "second"}
    assert first == {"inner": {"line": "一"}, "caller": "a", "asked_by": "first"}
    assert _Outer._idle == [idle]


def test_a_serializer_that_refused_is_not_used_again():
    _Outer.validated({"inner": {}}, "first")
    with pytest.raises(ValidationError):
        _Outer.validated({"inner": {"line": "four"}}, "second")
    assert _Outer._idle == []


def test_classes_of_serializers_share_none():
    _Inner.validated({}, "first")
    assert _Inner._idle is not _Outer._idle


def test_serializers_serve_one_request_each_at_a_time():
    barrier = Barrier(4, timeout=60)

    class Slow(StrictSerializer):
        line = TextField()

        def validate(self, attrs):
            barrier.wait()
            return attrs | {"asked_by": self.context["request"]}

    with ThreadPoolExecutor(4) as threads:
        for _ in range(2):
            found = list(threads.map(lambda n: Slow.validated({"line": str(n)}, n), range(4)))
            assert found == [{"line": str(n), "asked_by": n} for n in range(4)]
    assert len(Slow._idle) == 4


def test_yuan_go_out_with_two_decimals():
    assert [YuanField().to_representation(fen) for fen in (0, 1, 100, 123456)] == ["0.00", "0.01", "1.00", "1234.56"]
