"""Sign-in with the bank's directory (统一身份认证, OpenID Connect): it identifies persons and grants no permission.

Authorization code flow with PKCE, state and nonce, by Authlib. The directory's answer is accepted for persons
whom the bank has entered; roles and second factors remain the bank's own.
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

# Authlib and requests are imported inside functions, because most banks have no directory.
log = logging.getLogger("bank.directory")
# Its debug lines contain tokens.
logging.getLogger("authlib").setLevel(logging.WARNING)

#: Seconds that the bank waits for an answer of the directory.
_SECONDS = 5
#: Seconds by which the directory's clock may differ from the bank's.
_LEEWAY = 60
_PROOF = "directory/"
#: First letters of the algorithms that sign with a private key, which only the directory has.
_SIGNED_BY = ("RS", "PS", "ES", "Ed")


class DirectoryAway(Exception):
    """Error when the directory does not answer, or answers wrongly."""


class DirectoryRefused(Exception):
    """Error when the answer is no proof: not requested, used before, for another client, or a denial."""


@dataclass(frozen=True, slots=True)
class DirectoryClaims:
    """Claims of the directory about a person.

    :ivar second_factor: whether the directory verified a second factor that the bank accepts.
    """

    username: str
    second_factor: bool


@dataclass(frozen=True, slots=True)
class DirectoryProof:
    """The directory's second factor, instead of a device of the bank, for one session."""

    user_id: int
    #: `django_otp` reads it from every device.
    confirmed: ClassVar[bool] = True

    @property
    def persistent_id(self) -> str:
        """Return the reference that a session stores."""
        return f"{_PROOF}{self.user_id}"


class DirectoryProofs(OTPMiddleware):
    """Middleware that restores the directory's second factor in a session, while the bank accepts it."""

    def _device_from_persistent_id(self, persistent_id: str) -> Any:
        if not persistent_id.startswith(_PROOF):
            return super()._device_from_persistent_id(persistent_id)
        return (
            DirectoryProof(int(persistent_id.removeprefix(_PROOF))) if is_on() and settings.OIDC_SECOND_FACTOR else None
        )


def is_on() -> bool:
    """Return whether this bank uses a directory for sign-in."""
    return bool(settings.OIDC_ISSUER)


def begin(request: HttpRequest, back: str) -> str:
    """Return the directory's address for the browser; the values to compare are kept in the session.

    :param back: the complete address to return to.
    :raises DirectoryAway: when the directory is unavailable.
    """
    # `prompt="login"`: several people share a screen at a counter, so the directory must not reuse an earlier sign-in.
    try:
        client = _client()
        asked = client.create_authorization_url(back, prompt="login")
        client.save_authorize_data(request, redirect_uri=back, begun=timezone.now().timestamp(), **asked)
    except (*_connection_errors(), *_protocol_errors()) as error:
        raise _away(error) from error
    return str(asked["url"])


def arrive(request: HttpRequest) -> DirectoryClaims:
    """Return the directory's claims about the returning person, once for each sign-in begun in this browser.

    :raises DirectoryAway: when the directory is unavailable.
    :raises DirectoryRefused: when the answer is no proof.
    """
    try:
        client = _client()
    except (*_connection_errors(), *_protocol_errors()) as error:
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
    except _connection_errors() as error:
        raise _away(error) from error
    except _protocol_errors() as error:
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
    return DirectoryClaims(User.normalize_username(name.strip()), _second_factor(claims))


def _second_factor(claims: Any) -> bool:
    """Return whether an authentication method in the claims counts as two factors for the bank."""
    methods = claims.get("amr")
    proved = {claims.get("acr"), *(methods if isinstance(methods, list) else ())}
    return bool(proved & {*settings.OIDC_SECOND_FACTOR})


def _connection_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions raised when the directory does not answer."""
    from requests import RequestException

    return (RequestException,)


def _protocol_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions raised by the libraries when the directory answers wrongly."""
    from authlib.common.errors import AuthlibBaseError
    from joserfc.errors import JoseError

    return AuthlibBaseError, JoseError, RuntimeError, ValueError, KeyError, TypeError, AttributeError


def _away(error: Exception) -> DirectoryAway:
    log.error("the directory cannot be asked (%s)", type(error).__name__)
    return DirectoryAway(type(error).__name__)


def _client() -> Any:
    """Return the client with the directory's metadata; only its public keys verify, never a shared secret.

    :raises ValueError: when the metadata names another issuer.
    """
    client = _client_of(settings.OIDC_ISSUER, settings.OIDC_CLIENT_ID, settings.OIDC_CLIENT_SECRET)
    metadata = client.load_server_metadata()
    if metadata.get("issuer") != settings.OIDC_ISSUER:
        raise ValueError("another issuer")
    signed = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    metadata["id_token_signing_alg_values_supported"] = [each for each in signed if each[:2] in _SIGNED_BY]
    return client


@lru_cache(maxsize=4)
def _client_of(issuer: str, client_id: str, client_secret: str) -> Any:
    """Return the client of a directory; its metadata is fetched once in a process."""
    from authlib.integrations.django_client import OAuth

    return OAuth().register(
        "directory",
        client_id=client_id,
        client_secret=client_secret,
        server_metadata_url=f"{issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": settings.OIDC_SCOPE, "code_challenge_method": "S256", "default_timeout": _SECONDS},
    )
