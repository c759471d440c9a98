"""Test clients of signed-in users with password and second factor."""

from typing import Any

from django.contrib.auth.models import User
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.oath import TOTP

from config.frames.desk.access import LAST_SEEN
from config.frames.desk.sessions import SIGN_IN
from config.kernel.models import SecondFactor, SignIn


class Browser(Client):
    """A client with the authenticator of its user."""

    #: Whether a form without a code is sent with the one that the authenticator shows.
    types_codes = False

    def post(self, path: str, data: Any = None, *args: Any, **kwargs: Any) -> HttpResponse:  # type: ignore[override]
        if self.types_codes and (data is None or isinstance(data, dict)):
            data = {"code": code_of(SecondFactor.objects.get(user=self.session["_auth_user_id"])), **(data or {})}
        return super().post(path, data, *args, **kwargs)


def browser_of(user: Any, **options: Any) -> Browser:
    """Return a client in which a user has just signed in."""
    device = SecondFactor.objects.filter(user=user).first() or SecondFactor.objects.create(user=user, name="test")
    client = Browser(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[LAST_SEEN] = timezone.now().timestamp()
    session[SIGN_IN] = str(SignIn.objects.create(user=user).pk)
    session.save()
    return client


def with_codes(client: Browser) -> Browser:
    """Return the client so that every form is sent with a current code."""
    client.types_codes = True
    return client


def code_of(device: SecondFactor) -> str:
    """Return the authenticator's current code, with its last step and its failure counts reset."""
    SecondFactor.objects.filter(pk=device.pk).update(
        last_t=-1, throttling_failure_count=0, throttling_failure_timestamp=None, api_failure_count=0
    )
    return f"{TOTP(device.bin_key).token():06d}"


def user_of(client: Client) -> User:
    """Return the signed-in user of a client."""
    return User.objects.get(pk=client.session["_auth_user_id"])
