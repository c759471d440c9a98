"""Sign-in against the bank's directory (统一身份认证, OpenID Connect): who somebody is, never what they may do.

The authorization code flow with PKCE, state and nonce, by Authlib. What the directory says counts for people whom the
bank has entered; roles and second factors stay the bank's own.
"""

import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest
from django.utils import timezone
from django_otp.middleware import OTPMiddleware

# Authlib and what it asks by are imported where a directory is asked: most banks have none.
log = logging.getLogger("bank.directory")
# Its lines tell what proves a sign-in.
logging.getLogger("authlib").setLevel(logging.WARNING)

#: So long the bank waits for an answer of the directory, in seconds.
_SECONDS = 5
#: By so much the directory's clock may differ from the bank's, in seconds.
_LEEWAY = 60
_PROOF = "directory/"
#: How the names of algorithms begin that sign with a key of the directory's alone.
_SIGNED_BY = ("RS", "PS", "ES", "Ed")


class DirectoryAway(Exception):
    """Say that the directory does not answer, or not as one does."""


class DirectoryRefused(Exception):
    """Say that what came back proves nothing: it was not asked for, has been used, is another's, or says no."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the directory told of somebody.

    :ivar second_factor: whether a second factor of the directory's was shown that the bank takes.
    """

    username: str
    second_factor: bool


@dataclass(frozen=True, slots=True)
class DirectoryProof:
    """The second factor of the directory's, in the place of a device of the bank's, as long as a session lasts."""

    user_id: int
    #: Asked of every device: whether it counts yet.
    confirmed: ClassVar[bool] = True

    @property
    def persistent_id(self) -> str:
        """Return the name under which a session remembers it."""
        return f"{_PROOF}{self.user_id}"


class DirectoryProofs(OTPMiddleware):
    """Take the directory's second factor for one where the bank still takes it."""

    def _device_from_persistent_id(self, persistent_id: str) -> Any:
        if not persistent_id.startswith(_PROOF):
            return super()._device_from_persistent_id(persistent_id)
        return (
            DirectoryProof(int(persistent_id.removeprefix(_PROOF))) if is_on() and settings.OIDC_SECOND_FACTOR else None
        )


def is_on() -> bool:
    """Say whether this bank signs people in against a directory."""
    return bool(settings.OIDC_ISSUER)


def begin(request: HttpRequest, back: str) -> str:
    """Return where a browser is sent to; what the answer must match is kept in its session.

    :param back: the whole address to come back to.
    :raises DirectoryAway: when the directory cannot be asked.
    """
    # At a counter several people share a screen: whoever signed in before is not taken for who comes now.
    try:
        client = _client()
        told = client.create_authorization_url(back, prompt="login")
        client.save_authorize_data(request, redirect_uri=back, begun=timezone.now().timestamp(), **told)
    except (*_unanswered(), *_wrong()) as error:
        raise _away(error) from error
    return str(told["url"])


def arrive(request: HttpRequest) -> Told:
    """Return what the directory told of who came back, once for what was begun in this browser.

    :raises DirectoryAway: when the directory cannot be asked.
    :raises DirectoryRefused: when what came back proves nothing.
    """
    try:
        client = _client()
    except (*_unanswered(), *_wrong()) as error:
        raise _away(error) from error
    state = request.GET.get("state", "")
    begun = (client.framework.get_state_data(request.session, state) or {}).get("begun")
    issuer = request.GET.get("iss")
    options = {
        "iss": {"essential": True, "values": [settings.OIDC_ISSUER]},
        "aud": {"essential": True, "value": settings.OIDC_CLIENT_ID},
        "nonce": {"essential": True},
    }
    try:
        if issuer is not None and issuer != settings.OIDC_ISSUER:
            raise DirectoryRefused("another issuer")
        claims = client.authorize_access_token(request, claims_options=options, leeway=_LEEWAY).get("userinfo")
    except _unanswered() as error:
        raise _away(error) from error
    except _wrong() as error:
        log.warning("the directory's answer proves nothing (%s)", type(error).__name__)
        raise DirectoryRefused(type(error).__name__) from error
    if not claims or begun is None:
        raise DirectoryRefused("no ID token")
    shown_at = claims.get("auth_time")
    if shown_at is not None and shown_at < begun - _LEEWAY:
        raise DirectoryRefused("shown before it was asked for")
    name = claims.get(settings.OIDC_NAME_CLAIM)
    if not isinstance(name, str) or not name.strip():
        log.error("the directory's ID token has no claim %s", settings.OIDC_NAME_CLAIM)
        raise DirectoryRefused("no name")
    return Told(User.normalize_username(name.strip()), _second_factor(claims))


def _second_factor(claims: Any) -> bool:
    """Say whether one of the ways in which somebody was authenticated is one that the bank takes for two factors."""
    methods = claims.get("amr")
    told = {claims.get("acr"), *(methods if isinstance(methods, list) else ())}
    return bool(told & {*settings.OIDC_SECOND_FACTOR})


def _unanswered() -> tuple[type[Exception], ...]:
    """Return what is raised where the directory does not answer."""
    from requests import RequestException

    return (RequestException,)


def _wrong() -> tuple[type[Exception], ...]:
    """Return what the libraries raise where the directory does not answer as one does."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    return AuthlibBaseError, JoseError, RuntimeError, ValueError, KeyError, TypeError, AttributeError


def _away(error: Exception) -> DirectoryAway:
    log.error("the directory cannot be asked (%s)", type(error).__name__)
    return DirectoryAway(type(error).__name__)


def _client() -> Any:
    """Return the client, with what the directory says of itself; its keys alone sign, never a secret that is shared.

    :raises ValueError: when it says that it is another.
    """
    client = _client_of(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
    told = client.load_server_metadata()
    if told.get("issuer") != settings.OIDC_ISSUER:
        raise ValueError("another issuer")
    signed = told.get("id_token_signing_alg_values_supported", ["RS256"])
    told["id_token_signing_alg_values_supported"] = [each for each in signed if each[:2] in _SIGNED_BY]
    return client


@lru_cache(maxsize=4)
def _client_of(issuer: str, client_id: str, client_secret: str) -> Any:
    """Return the client of a directory; what the directory says of itself is asked once in a process."""
    from authlib.integrations.django_client import OAuth

    return OAuth().register(
        "directory",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": settings.OIDC_SCOPE, "code_challenge_method": "S256", "default_timeout": _SECONDS},
    )
