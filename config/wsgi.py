"""The WSGI entry point of the web process."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")

_application = get_wsgi_application()

from config.frames.api.concurrency import RequestLimit  # noqa: E402
from config.frames.api.overload import too_many_orders  # noqa: E402
from config.frames.api.wire import WholeBodies  # noqa: E402
from config.kernel.integrity.process_guard import guard_process  # noqa: E402

guard_process()

application = WholeBodies(RequestLimit(_application, beyond=too_many_orders))

# The web process publishes wake-ups (the sandbox clock's), so it needs to know the broker.
import config.celery  # noqa: E402

# Loads the pages now instead of at the first request.
import config.urls  # noqa: E402, F401

# Loaded objects are excluded from garbage collection: a full collection would delay each request by a tenth of a second.
gc.collect()
gc.freeze()
