"""Reading of settings from the environment; the error for a missing or malformed variable names it."""

import os
import re
from collections.abc import Sequence
from ipaddress import ip_network
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

MISSING = object()
ON, OFF = {"1", "true", "yes", "on"}, {"0", "false", "no", "off"}


def text(name: str, default: Any = MISSING) -> str:
    """Return the variable, or the default; an error names a missing variable without a default."""
    value = os.environ.get(name)
    if value:
        return value
    if default is MISSING:
        raise ImproperlyConfigured(f"Set the environment variable {name} (see .env.example).")
    return str(default)


def flag(name: str, *, default: bool = False) -> bool:
    """Return whether the variable is on (1, true, yes, on) or off (0, false, no, off); the default if empty."""
    value = text(name, "").strip().lower()
    if value and value not in ON | OFF:
        raise ImproperlyConfigured(f"{name} must be 1 or 0.")
    return value in ON if value else default


def shaped(name: str, default: str, shape: str, meaning: str) -> str:
    """Return the variable if it fully matches a regular expression; an error says what it must be."""
    value = text(name, default)
    if not re.fullmatch(shape, value, re.ASCII):
        raise ImproperlyConfigured(f"{name} must be {meaning}.")
    return value


def web_address(name: str) -> str:
    """Return the variable if it is an `https` address, or an `http` address of this machine; empty without one."""
    value = text(name, "")
    parts = urlsplit(value)
    local = parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1", "::1"}
    if value and not (parts.hostname and (parts.scheme == "https" or local)):
        raise ImproperlyConfigured(f"{name} must be an https address, or an http address of this machine.")
    return value


def number(name: str, default: int, *, least: int | None = None, most: int | None = None) -> int:
    """Return the variable as a whole number within the given limits."""
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
    """Return an amount of whole yuan above zero in fen; None for `none`, and without variable and default."""
    value = text(name, "none" if default is None else default)
    if value == "none":
        return None
    if not (value.isascii() and value.isdigit()) or not int(value):
        raise ImproperlyConfigured(f"{name} must be whole yuan above zero, or none.")
    return int(value) * 100


def listing(name: str, default: str = "") -> list[str]:
    """Return the comma-separated parts of the variable, without empty ones."""
    return [part.strip() for part in text(name, default).split(",") if part.strip()]


def choices(name: str, default: dict[str, tuple[str, ...]], known: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return `key:value+value,key:value` as a mapping; a key that is left out keeps its default.

    :param default: the values of each possible key.
    :param known: the possible values.
    """
    chosen: dict[str, tuple[str, ...]] = {}
    for key, colon, values in (part.partition(":") for part in listing(name)):
        if not colon or key not in default or key in chosen:
            raise ImproperlyConfigured(
                f"{name} must name each of {', '.join(default)} once at most, such as `{next(iter(default))}:{known[0]}`."
            )
        chosen[key] = tuple(values.split("+"))
        if not set(chosen[key]) <= set(known) or len({*chosen[key]}) < len(chosen[key]):
            raise ImproperlyConfigured(f"{name} must name for {key} one or more of {', '.join(known)}, each once.")
    return default | chosen


def networks(name: str, default: str) -> list[str]:
    """Return the comma-separated networks (`10.0.0.0/8`) or addresses of the variable."""
    found = listing(name, default)
    try:
        return [str(ip_network(each)) for each in found]
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be networks such as 10.0.0.0/8, separated by commas.") from None


def keys(name: str, default: Any = MISSING) -> dict[str, str]:
    """Return `id:base64,id:base64` as a mapping; the first key encrypts, all of them decrypt."""
    pairs = [part.partition(":") for part in text(name, default).split(",") if part]
    if not pairs or any(not (key_id and value) for key_id, _, value in pairs):
        raise ImproperlyConfigured(f"{name} must look like `1:<base64 of 32 bytes>`.")
    return {key_id: value for key_id, _, value in pairs}


def database(url: str) -> dict[str, Any]:
    """Convert `postgresql://user:password@host:port/name?host=/socket` into Django's settings."""
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
    """Return the broker's address for redis-py; kombu writes sockets and database numbers differently."""
    parts = urlsplit(url)
    if parts.scheme != "redis+socket":
        return url
    number = dict(parse_qsl(parts.query)).get("virtual_host", "0")
    return f"unix://{parts.path}?db={number}"
