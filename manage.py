#!/usr/bin/env python3
"""Run a management command of the bank system."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
    from django.core.management import execute_from_command_line

    # A command publishes wake-ups through the bank's application of Celery, as web does.
    import config.celery  # noqa: F401

    execute_from_command_line(sys.argv)
