"""Imports at start: no process imports rarely used libraries, and only web processes import pages."""

import json
import os
import subprocess
import sys

import pytest

from config.stack.demo import ROOT
from tests.architecture.house import PARTS

#: By what each comes: it is imported where that is done first.
RARE = {
    "reportlab": "a paper",
    "openpyxl": "a workbook that is read",
    "xlsxwriter": "a workbook that is written",
    "PIL": "a picture",
    "authlib": "a sign-in against a directory",
    "joserfc": "the same",
    "fido2": "a passkey",
    "drf_spectacular.openapi": "the document of the API",
    "unittest": "the same, by Django's test client",
    "rich": "a command's output",
}
PAGES = (
    *(f"{'.'.join(part.relative_to(ROOT).parts)}.{kind}" for part in PARTS for kind in ("admin", "api", "desk")),
    *(
        "config.frames.api",
        "config.frames.desk.access",
        "config.frames.desk.sign_in",
        "config.oversight.api",
        "config.oversight.desk",
    ),
    *("config.frames.back_office.admin", "config.people.desk", "config.urls", "rest_framework.views"),
)
#: As Celery starts its worker, without a broker.
WORKER = """
from celery.fixups.django import DjangoWorkerFixup
from config.celery import app
DjangoWorkerFixup(app).validate_models()
app.loader.import_default_modules()
import accounts.tasks, accounts.stock.tasks, blacklist.imports.tasks, transfers.tasks
"""
WATCHER = "import config.celery, django; django.setup(); import transfers.management.commands.watch_due"
#: As `config.wsgi`, without a database.
WEB = """
from django.core.wsgi import get_wsgi_application
get_wsgi_application()
import config.frames.api.concurrency, config.frames.api.overload, config.frames.api.wire, config.celery, config.urls
"""


@pytest.mark.parametrize("start", [pytest.param(WORKER, id="worker"), pytest.param(WATCHER, id="watcher")])
def test_a_process_without_pages_imports_no_page(start):
    found = imported(start)
    assert [each for each in PAGES if each in found] == []
    assert [each for each in RARE if each in found] == []


def test_a_web_process_imports_no_library_of_a_rare_act():
    found = imported(WEB)
    assert "accounts.desk.urls" in found
    assert [each for each in RARE if each in found] == []


def imported(start: str) -> set[str]:
    """Return the modules that a process has imported after its start."""
    script = f"{start}\nimport json, sys\nprint(json.dumps([*sys.modules]))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, env=os.environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))
