"""Settings of a bank on one machine: the demo, or a developer's shell."""

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import INSTALLED_APPS

# Made-up traffic, drills and benchmarks, with their commands; only in a checkout, not in the image.
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]

ALLOWED_HOSTS = ["*"]
PASSKEY_DOMAIN = env.text("BANK_PASSKEY_DOMAIN", "localhost")
# Files are found where the packages keep them; production collects them.
STATIC_ROOT = None
