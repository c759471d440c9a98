"""A directory of a bank's people in its own process: an OpenID provider with its own database.

Run as ``python -m tests.directory PORT FOLDER REDIRECT``; its one client is `CLIENT`, its people are `PEOPLE`.
"""

import sys
from pathlib import Path
from typing import Any

CLIENT, SECRET = "desk", "a-secret-of-the-client-and-the-directory"
PASSWORD = "what-the-directory-alone-knows"
#: Who signs in there, and how the directory says that it was done.
PEOPLE = {"teller": ["pwd"], "supervisor": ["pwd", "mfa"], "nobody-of-ours": ["pwd", "mfa"]}
PAGE = '<form method="post">{% csrf_token %}{{ form.as_p }}<button>Log in</button></form>'


def main(port: str, folder: str, redirect: str) -> None:
    """Create the database, the client and the people; answer until the process is ended."""
    _configure(port, Path(folder))
    import django

    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        User.objects.create_user(name, password=PASSWORD)
    Application.objects.create(
        name="desk",
        client_id=CLIENT,
        client_secret=SECRET,
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=redirect,
        algorithm="RS256",
        skip_authorization=True,
    )
    call_command("runserver", f"127.0.0.1:{port}", use_reloader=False)


def _configure(port: str, folder: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import rsa
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    settings.configure(
        SECRET_KEY="of-the-directory-alone",
        ALLOWED_HOSTS=["localhost", "127.0.0.1"],
        ROOT_URLCONF="tests.directory",
        INSTALLED_APPS=[
            "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "oauth2_provider",
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
        ],
        TEMPLATES=[{
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "OPTIONS": {"loaders": [("django.template.loaders.locmem.Loader", {"registration/login.html": PAGE})]},
        }],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "directory.sqlite3"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        LOGIN_URL="/login",
        SESSION_COOKIE_NAME="directory",
        CSRF_COOKIE_NAME="directory-csrf",
        USE_TZ=True,
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
            "OIDC_ISS_ENDPOINT": f"http://localhost:{port}/o",
            "OAUTH2_VALIDATOR_CLASS": "tests.directory_claims.Claims",
            "SCOPES": {"openid": "who it is", "profile": "what the person is called"},
            "PKCE_REQUIRED": True,
        },
    )  # fmt: skip


def __getattr__(name: str) -> Any:
    """Return the URL patterns, after Django has its settings."""
    if name != "urlpatterns":
        raise AttributeError(name)
    from django.contrib.auth.views import LoginView
    from django.http import HttpResponse
    from django.urls import include, path

    patterns = [
        path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
        path("login", LoginView.as_view()),
        path("healthz", lambda _request: HttpResponse("ok")),
    ]
    globals()["urlpatterns"] = patterns
    return patterns


if __name__ == "__main__":
    main(*sys.argv[1:])
