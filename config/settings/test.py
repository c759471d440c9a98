"""The suite: real PostgreSQL, real broker, cheap password hashing, the sandbox clock."""

from config.settings.base import *  # noqa: F403

SANDBOX = True
SECOND_FACTOR_AT_API = False
ALLOWED_HOSTS = ["*"]
# Files are found where the packages keep them; production collects them.
STATIC_ROOT = None
# Each client of a test is a web process of its own: none of them lists all files before its first request.
WHITENOISE_AUTOREFRESH = True
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
