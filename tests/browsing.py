"""A browser of somebody who is signed in: password and second factor behind him."""

from typing import Any

from django.test import Client
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY

from config.desk.access import LAST_SEEN, STEPPED_UP
from config.kernel.models import SecondFactor


def browser_of(user: Any, **options: Any) -> Client:
    """Return a client in which a user has signed in just now."""
    device, _ = SecondFactor.objects.get_or_create(user=user, name="test")
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session[LAST_SEEN] = timezone.now().timestamp()
    session.save()
    return client


def stepped_up(client: Client) -> Client:
    """Return the client as of somebody who has shown the second factor again just now."""
    session = client.session
    session[STEPPED_UP] = timezone.now().timestamp()
    session.save()
    return client
