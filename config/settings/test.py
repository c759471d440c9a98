"""Settings of the tests: real PostgreSQL and broker, fast password hashing, the sandbox clock."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]

SANDBOX = True
SECOND_FACTOR_AT_API = False
OPENING_NEEDS_CHECK = False
REMARKS_TO_REVIEW = False
LARGE_CASH_SCAN = False
# No budgets, so that no test fails by the look-ups of others.
LOOK_UPS_PER_HOUR = LOOK_UPS_PER_DAY = MISSES_PER_HOUR = UNMASKINGS_PER_HOUR = UNMASKINGS_PER_DAY = 0
ALLOWED_HOSTS = ["*"]
PASSKEY_DOMAIN = "localhost"
# Files are found where the packages keep them; production collects them.
STATIC_ROOT = None
# Each test client creates the middleware again, so static files are not listed in advance.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
