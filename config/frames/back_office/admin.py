"""Registration of the pages for the kernel's tables, people and the back office's own log."""

from config.frames.back_office import administration, approvals, evidence, people  # noqa: F401 - they register their tables
