"""The bank beside what others would take for it: double-entry packages for Django, and Celery's own ETA."""
