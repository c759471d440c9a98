"""The Celery application. Tasks are only wake-ups: PostgreSQL decides whether work is due."""

import gc
import os

from celery import Celery
from celery.signals import beat_init, setup_logging, task_postrun, worker_init
from django.db import connection

from config import broker
from config.kernel.integrity.process_guard import guard_process

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

# Django's checks import every page; `guard_process` checks what a worker depends on.
os.environ.setdefault("CELERY_SKIP_CHECKS", "1")
broker.install()
app = Celery("bank")
# Default for all threads of a web process, not only for this one.
app.set_default()
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.task_routes = {"transfers.tasks.release_due": {"queue": "release"}}
app.conf.beat_schedule = {
    "dispatch-due-releases": {
        "task": "transfers.tasks.dispatch_due",
        "schedule": 2.0,
        "options": {"queue": "release"},
    },
    "heartbeat-of-the-default-queue": {
        "task": "transfers.tasks.show_sign_of_life",
        "schedule": 10.0,
    },
    "fold-counts-of-lateness": {
        "task": "transfers.tasks.fold_counts",
        "schedule": 60.0,
    },
    "fold-sums-of-internal-accounts": {
        "task": "accounts.tasks.fold_sums",
        "schedule": 60.0,
    },
    "read-uploaded-stock": {
        "task": "accounts.tasks.stage_stock",
        "schedule": 30.0,
    },
    "settle-lapsed-proposals": {
        "task": "config.kernel.tasks.settle_lapsed_proposals",
        "schedule": 300.0,
    },
    "apply-approved-stock": {
        "task": "accounts.tasks.apply_stock",
        "schedule": 15.0,
    },
    "forget-staged-stock": {
        "task": "accounts.tasks.forget_staged_stock",
        "schedule": 900.0,
    },
    "read-uploaded-lists": {
        "task": "blacklist.tasks.stage_lists",
        "schedule": 30.0,
    },
    "register-approved-lists": {
        "task": "blacklist.tasks.apply_lists",
        "schedule": 5.0,
    },
    "forget-old-lists": {
        "task": "blacklist.tasks.forget_lists",
        "schedule": 3600.0,
    },
    "prove-what-was-asked": {
        "task": "config.oversight.tasks.prove_asked",
        "schedule": 60.0,
    },
    "forget-used-budgets": {
        "task": "config.kernel.tasks.forget_used_budgets",
        "schedule": 3600.0,
    },
    "forget-old-drafts": {
        "task": "config.kernel.tasks.forget_old_drafts",
        "schedule": 900.0,
    },
    "forget-old-idempotency-keys": {
        "task": "config.kernel.tasks.forget_old_keys",
        "schedule": 3600.0,
    },
}


@setup_logging.connect
def keep_django_logging(**_: object) -> None:
    """Keep Django's logging configuration: one format, one filter for personal data."""


@worker_init.connect
def guard_worker(**_: object) -> None:
    """End the worker on a fault of settings or database; exclude loaded objects from garbage collection.

    A full collection would take as long as a batch.
    """
    guard_process()
    gc.collect()
    gc.freeze()


@task_postrun.connect
def close_broken_connection(**_: object) -> None:
    """Close a connection that broke during a task, because a worker would use it for all later tasks."""
    if not connection.in_atomic_block:
        connection.close_if_unusable_or_obsolete()


@beat_init.connect
def guard_beat(**_: object) -> None:
    """End beat on a fault of settings or database; beat itself makes no query."""
    guard_process()
