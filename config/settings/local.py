"""A bank on one machine: the demo, a developer's shell."""

from config import env
from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
PASSKEY_DOMAIN = env.text("BANK_PASSKEY_DOMAIN", "localhost")
# Files are found where the packages keep them; production collects them.
STATIC_ROOT = None
