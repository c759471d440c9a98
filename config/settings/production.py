"""Settings of a production bank: TLS only, no sandbox, an explicit list of hosts."""

from django.core.exceptions import ImproperlyConfigured

from config import env
from config.settings.base import *  # noqa: F403
from config.settings.base import MIDDLEWARE, OIDC_ISSUER, SANDBOX

if SANDBOX:
    raise ImproperlyConfigured("SANDBOX=1 moves the bank's clock: production refuses to start with it.")
if OIDC_ISSUER and not OIDC_ISSUER.startswith("https://"):
    raise ImproperlyConfigured("BANK_OIDC_ISSUER must be an https address.")

ALLOWED_HOSTS = env.listing("BANK_ALLOWED_HOSTS")
# No default: a production bank must not have the demo's code.
BANK_CODE = env.text("BANK_CODE")
# No default: the bank must choose the basis of certificates that state none.
LEGAL_BASIS_WHEN_MISSING = env.text("BANK_LEGAL_BASIS_WHEN_MISSING")
_screens = MIDDLEWARE.index("config.frames.api.middleware.ScreenBypass")
MIDDLEWARE = [*MIDDLEWARE[:_screens], "config.frames.api.middleware.InsideOnly", *MIDDLEWARE[_screens:]]
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^livez$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 366 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# Browsers accept cookies with this prefix only over TLS and from this host, so that no other host can set them.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
LANGUAGE_COOKIE_NAME = "__Host-language"
# Limits of cash for a machine's key, and for a teller without a second person.
ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY = env.yuan("BANK_ATM_WITHDRAWALS_PER_ACCOUNT_AND_DAY", 20_000)
ATM_WITHDRAWALS_PER_DAY = env.yuan("BANK_ATM_WITHDRAWALS_PER_DAY", 500_000)
COUNTER_DEPOSIT_ALONE = env.yuan("BANK_COUNTER_DEPOSIT_ALONE", 200_000)
if env.flag("BANK_BEHIND_PROXY"):
    # Only behind a proxy that strips these headers from what clients send.
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    MIDDLEWARE = ["config.frames.api.middleware.ClientAddress", *MIDDLEWARE]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = False
