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
# No bank in earnest is the demo's.
BANK_CODE = env.text("BANK_CODE")
# A law that nobody has named is enforced where the bank has said so.
LEGAL_BASIS_WHEN_MISSING = env.text("BANK_LEGAL_BASIS_WHEN_MISSING")
_screens = MIDDLEWARE.index("config.frames.api.middleware.PastScreens")
MIDDLEWARE = [*MIDDLEWARE[:_screens], "config.frames.api.middleware.InsideOnly", *MIDDLEWARE[_screens:]]
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = ["^healthz$", "^livez$", "^readyz$", "^metrics$"]
SECURE_HSTS_SECONDS = 366 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
# A cookie of these names is taken over TLS from this very host only: no neighboring host can plant one.
SESSION_COOKIE_NAME = "__Host-sessionid"
CSRF_COOKIE_NAME = "__Host-csrftoken"
LANGUAGE_COOKIE_NAME = "__Host-language"
# Who has a machine's key or sits at the counter alone moves so much cash and no more.
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
