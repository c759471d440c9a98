"""The alarms of `deploy/alerts.yml` query existing metrics, fire on time, and have true texts."""

import re
import shutil
import subprocess

import pytest
import yaml
from django.conf import settings
from django.test import Client

from tests.database import read_only
from transfers.operations.heartbeats import write_heartbeat
from transfers.vocabulary import Part

DEPLOY = settings.BASE_DIR / "deploy"
MISSING = "There is no promtool on the PATH. On Debian: apt-get install promtool"
(GROUP,) = yaml.safe_load((DEPLOY / "alerts.yml").read_text())["groups"]
RULES = {rule["alert"]: rule for rule in GROUP["rules"]}
CASES = yaml.safe_load((DEPLOY / "alerts.test.yml").read_text())["tests"]


def metrics_of(text: str) -> set[str]:
    return set(re.findall(r"bank_\w+", text))


@pytest.mark.parametrize("words", [("check", "alerts.yml"), ("test", "alerts.test.yml")])
def test_promtool_finds_every_rule_well_formed_and_every_case_as_expected(words):
    if not shutil.which("promtool"):
        pytest.fail(MISSING, pytrace=False)
    what, name = words
    done = subprocess.run(
        ["promtool", what, "rules", name], cwd=DEPLOY, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("alert", RULES)
def test_every_rule_has_a_case_in_which_it_fires_and_one_in_which_it_does_not(alert):
    asked = metrics_of(RULES[alert]["expr"])
    fires = quiet = False
    for case in CASES:
        measured = metrics_of(" ".join(each["series"] for each in case["input_series"]))
        for each in case["alert_rule_test"]:
            if each["alertname"] == alert:
                fires |= bool(each["exp_alerts"])
                # Where nothing is measured hardly a rule fires: that is no case.
                quiet |= not each["exp_alerts"] and asked <= measured
    assert (fires, quiet) == (True, True)


def test_no_case_is_of_a_rule_that_is_gone():
    assert {each["alertname"] for case in CASES for each in case["alert_rule_test"]} == set(RULES)


def test_the_document_has_a_line_and_a_section_for_every_rule():
    text = (settings.BASE_DIR / "docs" / "faults.md").read_text()
    table = text.partition("| Rule | Severity | Alarm on |")[2].partition("\n\n")[0]
    found = dict(re.findall(r"^\| \[(\w+)\]\(#\w+\) \| (\w+) \|", table, re.MULTILINE))
    assert found == {name: rule["labels"]["severity"] for name, rule in RULES.items()}
    alarms = text.partition("\n## Alarms")[2].partition("\n## ")[0]
    assert set(re.findall(r"^### (\w+)$", alarms, re.MULTILINE)) == set(RULES)


@pytest.mark.django_db
@pytest.mark.parametrize("alert", RULES)
def test_every_alarm_uses_existing_metrics(noon, alert):
    write_heartbeat(Part.DISPATCH)
    rule, text = RULES[alert], Client().get("/metrics").content.decode()
    assert metrics_of(rule["expr"])
    assert [name for name in metrics_of(rule["expr"]) if f"\n{name}{{" not in text and f"\n{name} " not in text] == []
    assert set(re.findall(r'part="(\w+)"', rule["expr"])) <= {*Part.values}
    assert rule["labels"]["severity"] in ("page", "warn")


@pytest.mark.django_db(transaction=True)
def test_a_database_that_only_reads_is_measured_as_none(client_for):
    def up() -> tuple[bool, bool]:
        text = Client().get("/metrics").content.decode()
        return "\nbank_database_up 1.0\n" in text, "\nbank_release_parked 0.0\n" in text

    assert up() == (True, True)
    with read_only() as end:
        assert up() == (False, True)
        end()
        assert up() == (True, True)
