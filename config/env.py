"""Read the settings that come from the environment; a missing or malformed one names itself."""

import os
import re
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MISSING = object()
ON, OFF = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: Any = MISSING) -> str:
    """Return the variable, or the default; without either, say which one is missing."""
    value = os.environ.get(name)
    if value:
        return value
    if default is MISSING:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see .env.example).")
    return str(default)


def flag(name: str, *, default: bool = False) -> bool:
    """Return whether the variable is switched on (1, true, yes, on) or off (0, false, no, off); empty, it is the default."""
    value = text(name, "").strip().lower()
    if value and value not in ON | OFF:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value in ON if value else default


def shaped(name: str, default: str, shape: str, meaning: str) -> str:
    """Return the variable where the whole of it has the shape, a regular expression; else say what it is to be."""
    value = text(name, default)
    if not re.fullmatch(shape, value, re.ASCII):
        raise ImproperlyConfigured(f"{name} must be {meaning}.")
    return value


def number(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """Return the variable as a whole number, not below the least and not above the most where there are such."""
    value = text(name, str(default))
    try:
        found = int(value)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number.") from None
    if least is not None and found < least:
        raise ImproperlyConfigured(f"{name} must be at least {least}.")
    if most is not None and found > most:
        raise ImproperlyConfigured(f"{name} must be at most {most}.")
    return found


def yuan(name: str, default: int | None = None) -> int | None:
    """Return the variable, whole yuan above zero, in fen; None where there is neither it nor a default, or it is `none`."""
    value = text(name, "none" if default is None else default)
    if value == "none":
        return None
    if not (value.isascii() and value.isdigit()) or not int(value):
        raise ImproperlyConfigured(f"{name} must be whole yuan above zero, or none.")
    return int(value) * 100


def listing(name: str, default: str = "") -> list[str]:
    """Return the comma-separated variable as a list without empty parts."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def networks(name: str, default: str) -> list[str]:
    """Return the comma-separated networks (`10.0.0.0/8`) or addresses."""
    found = listing(name, default)
    try:
        return [str(ip_network(each)) for each in found]
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be networks such as 10.0.0.0/8, separated by commas.") from None


def keys(name: str, default: Any = MISSING) -> dict[str, str]:
    """Return `id:base64,id:base64` as a mapping; the first one encrypts, all of them decrypt."""
    pairs = [part.partition(":") for part in text(name, default).split(",") if part]
    if not pairs or any(not (key_id and value) for key_id, _, value in pairs):
        raise ImproperlyConfigured(f"{name} must look like `1:<base64 of 32 bytes>`.")
    return {key_id: value for key_id, _, value in pairs}


def database(url: str) -> dict[str, Any]:
    """Turn `postgresql://user:password@host:port/name?host=/socket` into Django's settings."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database.")
    query = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "config.kernel.database.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or query.pop("user", "")),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", None) or unquote(parts.hostname or ""),
        "PORT": query.pop("port", None) or (str(parts.port) if parts.port else ""),
        "OPTIONS": query,
    }


def redis_client(url: str) -> str:
    """Return the broker's address as redis-py writes it; kombu names a socket and a database otherwise."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    number = dict(parse_qsl(parts.query)).get("virtual_host", "0")
    return f"unix://{parts.path}?db={number}"
