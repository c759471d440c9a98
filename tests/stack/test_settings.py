"""Environment variables are parsed strictly; a wrong value prevents the start."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import env
from config.stack.lint import PRODUCTION
from transfers.vocabulary import AtmProfile

ROOT = Path(__file__).resolve().parents[2]


def imported(module: str, **more: str) -> "subprocess.CompletedProcess[str]":
    """Import a settings module in its own environment; it prints the profile, the code and the second factor."""
    words = f"import {module} as s; print(s.ATM_RULE_PROFILE, s.BANK_CODE, s.SECOND_FACTOR_AT_API)"
    return subprocess.run(
        [sys.executable, "-c", words],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], **PRODUCTION, **more},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("said", "default", "value"),
    [
        ("1", False, True),
        ("On", False, True),
        ("0", True, False),
        (" no ", True, False),
        # A line of `.env` without a value is no setting.
        ("", True, True),
        ("", False, False),
        (None, True, True),
    ],
)
def test_a_switch(monkeypatch, said, default, value):
    monkeypatch.delenv("BANK_SWITCH", raising=False)
    if said is not None:
        monkeypatch.setenv("BANK_SWITCH", said)
    assert env.flag("BANK_SWITCH", default=default) is value


def test_a_switch_that_is_neither_on_nor_off_names_itself(monkeypatch):
    monkeypatch.setenv("BANK_SWITCH", "enabled")
    with pytest.raises(ImproperlyConfigured, match="BANK_SWITCH must be 1 or 0"):
        env.flag("BANK_SWITCH", default=True)


def test_empty_setting_is_the_default():
    done = imported("config.settings.production", BANK_ATM_RULE_PROFILE="", BANK_SECOND_FACTOR_AT_API="")
    assert (done.returncode, done.stdout.split()) == (0, ["NOTICE_2016", PRODUCTION["BANK_CODE"], "True"]), done.stderr


@pytest.mark.parametrize("profile", AtmProfile.values)
def test_each_reading_of_the_rule_at_machines_is_a_setting(profile):
    assert imported("config.settings.production", BANK_ATM_RULE_PROFILE=profile).stdout.split()[0] == profile


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("BANK_ATM_RULE_PROFILE", "PBOC261"),
        ("BANK_SCREENING_URL", "http://screening.example/checks"),
        ("BANK_SCREENING_URL", "screening.example"),
        ("BANK_SCREENING_URL", "https://"),
        ("BANK_CODE", ""),
        ("BANK_LEGAL_BASIS_WHEN_MISSING", ""),
        ("BANK_LEGAL_BASIS_WHEN_MISSING", "PBOC_85"),
        ("BANK_CODE", "中国银行"),
        ("BANK_CODE", "A"),
        ("BANK_CARD_PREFIX", "62284"),
        ("BANK_CARD_PREFIX", "62284800000"),
        ("BANK_CARD_PREFIX", "6228480x"),
        ("BANK_RELEASE_BATCH_SIZE", "0"),
        ("BANK_ORDERS_TAKEN_IN", "0"),
        ("BANK_WARNINGS", "police"),
        ("BANK_WARNINGS", "kiosk:police"),
        ("BANK_WARNINGS", "atm:lottery"),
        ("BANK_WARNINGS", "atm:police+police"),
        ("BANK_WARNINGS", "atm:police,atm:refund"),
        ("BANK_WARNINGS", "atm:"),
    ],
)
def test_impossible_setting_is_named(name, said):
    done = imported("config.settings.production", **{name: said})
    assert done.returncode == 1
    assert f"{name} " in done.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("module", "more", "printed"),
    [
        ("production", {"BANK_LEGAL_BASIS_WHEN_MISSING": "BY_DATE"}, ["BY_DATE", "True"]),
        ("production", {"BANK_REMARKS_TO_REVIEW": "0"}, ["REQUIRED", "False"]),
        ("local", {"SANDBOX": "1", "BANK_LEGAL_BASIS_WHEN_MISSING": ""}, ["NOTICE_2016", "False"]),
        ("local", {"SANDBOX": "1", "BANK_REMARKS_TO_REVIEW": "1"}, ["REQUIRED", "True"]),
    ],
)
def test_production_declares_a_missing_basis_and_reviews_remarks(module, more, printed):
    words = f"import config.settings.{module} as s; print(s.LEGAL_BASIS_WHEN_MISSING, s.REMARKS_TO_REVIEW)"
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, **more}
    done = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == printed


@pytest.mark.parametrize("words", [["manage.py", "check"], ["manage.py", "migrate", "--check"], ["-c", "import config.wsgi"],
                                   ["-c", "import config.celery as c; c.app.conf.task_always_eager"]], ids=str)  # fmt: skip
def test_production_process_without_a_declared_missing_basis_does_not_start(words):
    environment = {"PATH": os.environ["PATH"], **PRODUCTION, "BANK_LEGAL_BASIS_WHEN_MISSING": ""}
    done = subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, "BANK_LEGAL_BASIS_WHEN_MISSING" in done.stderr) == (1, True)


@pytest.mark.parametrize("digits", ["622848", "6228480000"])
def test_an_issuers_number_of_six_to_ten_digits_will_do(digits):
    assert imported("config.settings.production", BANK_CARD_PREFIX=digits).returncode == 0


def test_channel_that_a_setting_leaves_out_keeps_its_warnings(monkeypatch):
    monkeypatch.setenv("BANK_WARNINGS", "atm:credit_record+police")
    default = {"counter": ("police",), "atm": ("police",)}
    chosen = env.choices("BANK_WARNINGS", default, ("police", "credit_record"))
    assert chosen == {"counter": ("police",), "atm": ("credit_record", "police")}


def test_commands_web_and_workers_have_equal_default_settings():
    """Only demo and tests name other settings, without cash limits, host checks and TLS cookies."""
    named = {
        path: re.search(r'setdefault\("DJANGO_SETTINGS_MODULE", "([\w.]+)"\)', (ROOT / path).read_text())[1]
        for path in ("manage.py", "config/wsgi.py", "config/celery.py")
    }
    assert set(named.values()) == {"config.settings.production"}, named
