"""Settings shared by all installations; values that differ come from the environment."""

import tomllib
from datetime import timedelta
from pathlib import Path

from config import env
from config.kernel.wings import wings_of
from config.settings.bank import *  # noqa: F403

BASE_DIR = Path(__file__).resolve().parent.parent.parent
#: The version of the product, such as 1.0.0: `pyproject.toml` defines it, `/metrics` names it.
VERSION = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]["version"]

SECRET_KEY = env.text("BANK_SECRET_KEY")
SECRET_KEY_FALLBACKS = env.listing("BANK_SECRET_KEY_FALLBACKS")
DEBUG = False
ALLOWED_HOSTS = env.listing("BANK_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")

INSTALLED_APPS = [
    "config.frames.back_office.apps.BackOfficePages",
    "config.frames.back_office.apps.BackOfficeConfig",
    # Before django.contrib.auth, so that its command `createsuperuser` is replaced.
    "config.people",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "axes",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "config.kernel",
    "config.frames.desk",
    "blacklist",
    *wings_of("blacklist"),
    "accounts",
    *wings_of("accounts"),
    "transfers",
    "config.oversight",
]

MIDDLEWARE = [
    "config.frames.api.middleware.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.frames.api.middleware.Languages",
    "config.frames.api.middleware.KnownHosts",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    # The middleware below is for pages (sessions, cookies, forms); API requests skip it up to axes.
    "config.frames.api.middleware.ScreenBypass",
    "django.middleware.gzip.GZipMiddleware",
    "config.frames.desk.middleware.LivingConnection",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.frames.desk.middleware.DeskLanguage",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.frames.desk.directory.DirectoryProofs",
    "django.contrib.messages.middleware.MessageMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.error_pages.BodiesInTime",
    "config.frames.desk.middleware.NoNullCharacter",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.csp",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.frames.desk.navigation.page_context",
            ],
        },
    },
]

AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
LOGIN_URL = "desk:sign-in"
OTP_TOTP_ISSUER = "Bank desk"
# The domain of passkeys, and the origins that may use them: https on the domain by default. No passkeys without a domain.
PASSKEY_DOMAIN = env.text("BANK_PASSKEY_DOMAIN", "")
PASSKEY_ORIGINS = env.listing("BANK_PASSKEY_ORIGINS")
# Five failures lock a name for half an hour (PCI DSS 8.3.4), except at addresses where its person signed in before, and
# except an administrator's name after failures of others: see config/frames/desk/lockout.py.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = "config.frames.desk.lockout.lockout_parameters"
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "config.frames.desk.lockout.PermanentRecords"
AXES_LOCKOUT_CALLABLE = "config.frames.desk.sign_in.locked_out"
AXES_VERBOSE = False
# A success resets the count of failures; this log keeps each failure.
AXES_ENABLE_ACCESS_FAILURE_LOG = True
# An unknown user name may be a password in the wrong field, so only its index key is stored.
AXES_USERNAME_CALLABLE = "config.frames.desk.lockout.name_tried"
# A user name identifies a person: it is in the records of attempts, never in a log.
AXES_SENSITIVE_PARAMETERS = ["username", "code"]
DESK_IDLE_SECONDS = env.number("BANK_DESK_IDLE_SECONDS", 15 * 60)
# Hours in which unsubmitted entries are kept, encrypted; a day at most.
DRAFT_HOURS = env.number("BANK_DRAFT_HOURS", 24)
# Sign-in with the bank's directory by OpenID Connect, if there is an issuer. The name claim is the claim of the ID token
# with the user name here; the second-factor values are those of `acr` and `amr` that prove two factors: without one of
# them the bank's own second factor is required.
OIDC_ISSUER = env.text("BANK_OIDC_ISSUER", "").rstrip("/")
OIDC_CLIENT_ID = env.text("BANK_OIDC_CLIENT_ID") if OIDC_ISSUER else ""
OIDC_CLIENT_SECRET = env.text("BANK_OIDC_CLIENT_SECRET") if OIDC_ISSUER else ""
OIDC_SCOPE = env.text("BANK_OIDC_SCOPE", "openid profile")
OIDC_NAME_CLAIM = env.text("BANK_OIDC_NAME_CLAIM", "preferred_username")
OIDC_SECOND_FACTOR = env.listing("BANK_OIDC_SECOND_FACTOR")
# Longest pause after wrong one-time codes; each further wrong code doubles the pause. `OTP_TOTP_SYNC` is off, so that a late
# code does not shift the window of later ones.
SECOND_FACTOR_PAUSE_SECONDS = env.number("BANK_SECOND_FACTOR_PAUSE_SECONDS", 15 * 60)
OTP_TOTP_THROTTLE_FACTOR = 0
OTP_TOTP_SYNC = False

# Connections are kept: with a new one for each request the throughput is a seventh. The options below free the locks of
# a lost client within seconds.
DATABASES = {"default": env.database(env.text("DATABASE_URL"))}
DATABASES["default"]["CONN_MAX_AGE"] = None
DATABASES["default"]["OPTIONS"]["options"] = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "statement_timeout": env.text("BANK_STATEMENT_TIMEOUT", "20s"),
        "lock_timeout": env.text("BANK_LOCK_TIMEOUT", "5s"),
        "idle_in_transaction_session_timeout": "10s",
        "client_connection_check_interval": "1s",
        # Detects a lost connection while a statement waits for its client; the server's default is two hours.
        "tcp_keepalives_idle": "10",
        "tcp_keepalives_interval": "5",
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": "10s",
        "timezone": "UTC",
        # Prepared statements use an index for any values, so one plan is right for all.
        "plan_cache_mode": "force_generic_plan",
    }.items()
)
DATABASES["default"]["OPTIONS"] |= {
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10000,
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
# +08:00 in every year, as in `config.kernel.law.dates`; POSIX names have the opposite sign.
TIME_ZONE = "Etc/GMT-8"
USE_TZ = True
USE_I18N = True

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "static"
WHITENOISE_USE_FINDERS = True

PASSWORD_HASHERS = [
    "config.kernel.access.passwords.LimitedArgon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# Passwords hashed at once in each process, requests that may wait, and for how long; further ones are answered 503.
HASHES_AT_ONCE = 1
HASHES_WAITING = 2
HASH_WAIT_SECONDS = 2
# Attempts of one address within a minute and failures within an hour, checked before hashing; 0 is no limit.
SIGN_INS_PER_MINUTE = env.number("BANK_SIGN_INS_PER_MINUTE", 30)
SIGN_IN_FAILURES_PER_HOUR = env.number("BANK_SIGN_IN_FAILURES_PER_HOUR", 60)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'", "<CSP_NONCE_SENTINEL>"],
    "style-src": ["'self'", "<CSP_NONCE_SENTINEL>"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SESSION_ENGINE = "config.frames.desk.sessions"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Strict"
CSRF_COOKIE_SAMESITE = "Strict"
CSRF_FAILURE_VIEW = "config.error_pages.csrf_failure"
# A session ends after eight hours even if it is in use, and when the browser is closed.
SESSION_COOKIE_AGE = 8 * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
# Sessions that a person may have at once: a further sign-in ends the oldest; 0 is no limit.
SESSIONS_PER_PERSON = env.number("BANK_SESSIONS_PER_PERSON", 1)

# Requests that a web worker processes at once, each with a database connection; further threads wait for clients.
REQUESTS_AT_WORK = 8
# Transfer orders over HTTP that a web worker accepts at a time; further ones are answered 503.
ORDERS_TAKEN_IN = env.number("BANK_ORDERS_TAKEN_IN", 128, least=1)
# Time limit for the body of a request.
REQUEST_BODY_SECONDS = 10
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Size limit of all files in one upload of existing data; larger data is loaded on the command line.
STOCK_UPLOAD_BYTES = env.number("BANK_STOCK_UPLOAD_MIB", 32) * 1024 * 1024
# Size limit of a file with a list of certificates, and days in which a registered list can be undone as a whole.
LIST_UPLOAD_BYTES = env.number("BANK_LIST_UPLOAD_MIB", 32) * 1024 * 1024
LIST_SEALED_DAYS = env.number("BANK_LIST_SEALED_DAYS", 30)
# Addresses that accept bodies over 1 MiB, with their limits; `config.frames.api.wire` reads no more than that.
LARGER_BODIES = {
    "/api/v1/stock/imports": STOCK_UPLOAD_BYTES,
    "/desk/stock/imports/new": STOCK_UPLOAD_BYTES,
    "/api/v1/blacklist/imports": LIST_UPLOAD_BYTES,
    "/desk/lists/new": LIST_UPLOAD_BYTES,
    # Scans for clean-up cases, appeals and proposals.
    **dict.fromkeys(
        (
            "/desk/cleanup/cases/{id}/attachments",
            "/desk/certificates/{id}/appeal",
            "/desk/appeals/{id}",
            "/desk/appeals/{id}/attachments",
            "/api/v1/blacklist/appeals/{id}/attachments",
            "/desk/inbox/{id}/attachments",
            "/api/v1/approvals/{id}/attachments",
        ),
        5 * 1024 * 1024,
    ),
}
# Uploads contain customers' data, so they are held in memory and never written to a temporary file.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * max(LARGER_BODIES.values())
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["config.frames.api.auth.BearerKey"],
    "DEFAULT_PERMISSION_CLASSES": ["config.frames.api.auth.RoleAllows"],
    "DEFAULT_PARSER_CLASSES": ["config.frames.api.strict_json.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "config.frames.api.schema.ContractSchema",
    "EXCEPTION_HANDLER": "config.frames.api.errors.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "UNICODE_JSON": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Account opening and transfer control against telecom fraud",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # Bodies and answers have separate serializers; choices are described at their field.
    "COMPONENT_SPLIT_REQUEST": False,
    "POSTPROCESSING_HOOKS": ["config.frames.api.schema.tidy"],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# The broker carries wake-ups only, no data of transfers: see docs/install.md.
REDIS_URL = env.text("REDIS_URL")
REDIS_CLIENT_URL = env.redis_client(REDIS_URL)
# RabbitMQ (amqp://) may carry the wake-ups instead; the counts for rate limits stay in Valkey.
BROKER_URL = env.text("BROKER_URL", REDIS_URL)
CELERY_BROKER_URL = BROKER_URL
CELERY_TASK_QUEUES = None
if BROKER_URL.startswith("amqp"):
    # Imported only here, because it loads the broker's libraries.
    from config.broker import quorum_queues

    CELERY_TASK_QUEUES = quorum_queues()
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BEAT_MAX_LOOP_INTERVAL = 0.5
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_ENABLE_SOFT_SHUTDOWN_ON_IDLE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# No remote control: anyone with access to the broker could shut workers down.
CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
CELERY_DB_REUSE_MAX = 1_000_000_000  # without it each task opens a connection of its own
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CHANNEL_ERROR_RETRY = True  # a refusal by the broker (a key of another type) would end the worker
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,  # seconds: above the longest task
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,  # the default sweep takes about a hundred seconds
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "socket_keepalive": True,
    "health_check_interval": 25,
    # Publishing fails at once while the broker is away; the watcher and the next dispatch find the work.
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
}
if CELERY_TASK_QUEUES:
    # The options for Valkey would be passed to the AMQP connection, which does not know them.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1}
    CELERY_BROKER_CONNECTION_TIMEOUT = 5
CELERY_TIMEZONE = TIME_ZONE

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"private": {"()": "config.logs.WithoutPersonalData"}},
    "formatters": {"json": {"()": "config.logs.JsonFormatter"}},
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json",
            "filters": ["private"],
        },
    },
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        # Without Django's handlers, which mail an error with its whole text; the root's handlers are used.
        "django": {"handlers": [], "level": "INFO"},
        "django.request": {"level": "ERROR"},
        "django.security.DisallowedHost": {"level": "CRITICAL"},
        "httpx": {"level": "WARNING"},
    },
}
