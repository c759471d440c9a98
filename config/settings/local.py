"""A bank on one machine: the demo, a developer's shell."""

from config.settings.base import *  # noqa: F403

ALLOWED_HOSTS = ["*"]
