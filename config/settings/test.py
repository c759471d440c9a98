"""Settings of the tests: real PostgreSQL and broker, fast password hashing, the sandbox clock."""

from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]

SANDBOX = True
SECOND_FACTOR_AT_API = False
OPENING_NEEDS_CHECK = False
REMARKS_TO_REVIEW = False
# As in every sandbox: nobody's look-ups end in the midst of a test that is not about them.
LOOK_UPS_PER_HOUR = LOOK_UPS_PER_DAY = MISSES_PER_HOUR = UNMASKINGS_PER_HOUR = UNMASKINGS_PER_DAY = 0
ALLOWED_HOSTS = ["*"]
PASSKEY_DOMAIN = "localhost"
# Files are found where the packages keep them; production collects them.
STATIC_ROOT = None
# Each client of a test is a web process of its own: none of them lists all files before its first request.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
