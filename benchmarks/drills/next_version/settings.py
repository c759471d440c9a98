"""Settings of a bank that goes to the made-up version and back; its `migrate` and `go_back` run with them."""

from benchmarks.drills.next_version import MIGRATION_MODULES as MIGRATION_MODULES
from config.settings.local import *  # noqa: F403
