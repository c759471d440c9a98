"""Every route of the API, read from the URLconf."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.urls import URLPattern, URLResolver, get_resolver

from config.frames.api.views import ContractView

API = "api/v1/"


@dataclass(frozen=True)
class Route:
    """A path below `/api/v1`, with `{id}` for each id, and its view."""

    path: str
    view: type[ContractView]

    def at(self, row_id: str) -> str:
        return self.path.replace("{id}", row_id)


def routes() -> list[Route]:
    found = [Route("/" + path, view) for path, view in _walk(get_resolver().url_patterns, "")]
    assert len({route.path for route in found}) == len(found), "two routes with one path"
    return found


def _walk(patterns: list[URLPattern | URLResolver], prefix: str) -> Iterator[tuple[str, type[ContractView]]]:
    for pattern in patterns:
        path = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern.url_patterns, path)
        elif path.startswith(API) and not path.endswith("$"):
            yield _with_ids(path.removeprefix(API)), pattern.callback.cls


def _with_ids(path: str) -> str:
    return "/".join("{id}" if part.startswith("<") else part for part in path.split("/"))
