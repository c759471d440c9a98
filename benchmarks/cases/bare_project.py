"""A bare Django project with the bank's third-party apps and processes, one URL and one task."""

import shutil
from pathlib import Path

from config.stack.demo import ROOT

OURS = ("config", "accounts", "transfers", "blacklist")

_SETTINGS = """
from config import env

SECRET_KEY = env.text("BANK_SECRET_KEY")
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = {apps}
MIDDLEWARE = {middleware}
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [{{
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "APP_DIRS": True,
    "OPTIONS": {{"context_processors": [
        "django.template.context_processors.request",
        "django.contrib.auth.context_processors.auth",
        "django.contrib.messages.context_processors.messages",
    ]}},
}}]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
DATABASES = {{"default": env.database(env.text("DATABASE_URL")) | {{"ENGINE": "django.db.backends.postgresql"}}}}
STATIC_URL = "/static/"
REST_FRAMEWORK = {{"DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema"}}
CELERY_BROKER_URL = env.text("REDIS_URL")
CELERY_TASK_DEFAULT_QUEUE = "default"
"""

_FILES = {
    "config/__init__.py": "",
    "config/settings/__init__.py": "",
    "config/urls.py": """
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView


class Ready(APIView):
    authentication_classes = permission_classes = ()

    def get(self, request):
        return Response({"ready": True})


urlpatterns = [path("readyz", Ready.as_view())]
""",
    "config/wsgi.py": """
from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
""",
    "config/celery.py": """
from celery import Celery

app = Celery("bare")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@app.task
def nothing():
    pass
""",
    "config/stack/prepare.py": """
import json
import sys
from pathlib import Path

import django
from django.core.management import call_command

django.setup()
call_command("migrate", interactive=False)
keys = Path(sys.argv[1])
keys.write_text(json.dumps({}))
keys.with_name("desk-users.tsv").write_text("nobody\\tnothing\\tAAAAAAAA\\n")
keys.with_name("customers.tsv").write_text("")
""",
    "manage.py": """
import sys

from django.core.management import execute_from_command_line

execute_from_command_line(sys.argv)
""",
}


def write(place: Path, apps: list[str], middleware: list[str]) -> None:
    """Write the project into an empty folder, where the bank's own stack runs it without a watcher.

    :param apps: the bank's installed apps; its own apps are left out, and Django's admin is used unchanged.
    :param middleware: the bank's middleware, likewise.
    """
    for each in ("requirements", "config/stack"):
        shutil.copytree(ROOT / each, place / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "Makefile", place)
    for file in (ROOT / "config").glob("*.py"):
        shutil.copy(file, place / "config")
    for name, text in _FILES.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(text.lstrip())
    settings = _SETTINGS.format(
        apps=["django.contrib.admin", *foreign_names(apps)], middleware=foreign_names(middleware)
    )
    (place / "config/settings/local.py").write_text(settings.lstrip())


def foreign_names(names: list[str]) -> list[str]:
    """Return the names of modules that are not the bank's."""
    return [name for name in names if name.partition(".")[0] not in OURS]
