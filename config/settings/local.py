"""A bank on one machine: the demo, a developer's shell."""

from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
# Files are found where the packages keep them; production collects them.
STATIC_ROOT = None
