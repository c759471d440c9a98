"""The served OpenAPI document, generated once for each process and format."""

from functools import lru_cache
from typing import Any

from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request

from config.kernel.law.text import language


class DocumentView(SpectacularAPIView):
    """`GET /api/schema`, as YAML or JSON."""

    # It is no call of the contract.
    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        name = f"schema.{'json' if 'json' in renderer.format else 'yaml'}"
        return HttpResponse(
            _written(renderer.__class__, language()),
            content_type=renderer.media_type,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )


@lru_cache(maxsize=16)
def _written(renderer: Any, _language: str) -> bytes:
    # The class of a renderer, and the language that choices are written in.
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    written: bytes | str = renderer().render(document, renderer_context={})
    return written if isinstance(written, bytes) else written.encode()
