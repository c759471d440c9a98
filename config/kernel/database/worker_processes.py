"""Worker processes for parallel computation (并行处理); they start before any module of the bank is imported."""

import gc
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait

import django


def worker_pool(count: int) -> ProcessPoolExecutor:
    """Return a pool of worker processes that end with this process, even when it is killed."""
    # Spawned, not forked: a copy of this process would share its connection to the database.
    return ProcessPoolExecutor(count, mp_context=get_context("spawn"), initializer=_begin)


def _begin() -> None:
    # Without this a worker would outlive a parent that was killed.
    threading.Thread(target=_end_with_parent, daemon=True).start()
    django.setup()
    # The objects that exist now stay, so garbage collection need not search them.
    gc.freeze()


def _end_with_parent() -> None:
    if parent := parent_process():
        wait([parent.sentinel])
        os._exit(1)
