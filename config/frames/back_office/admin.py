"""Register the pages of the kernel's tables, of people and of the back office's own record."""

from config.frames.back_office import administration, approvals, evidence, people  # noqa: F401 - they register their tables
