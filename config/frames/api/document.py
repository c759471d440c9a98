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

    # This view is not part of the described API.
    schema = None

    def get(self, request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        renderer: Any = request.accepted_renderer
        name = f"schema.{'json' if 'json' in renderer.format else 'yaml'}"
        return HttpResponse(
            _document_bytes(renderer.__class__, language()),
            content_type=renderer.media_type,
            headers={"Content-Disposition": f'inline; filename="{name}"'},
        )


@lru_cache(maxsize=16)
def _document_bytes(renderer: Any, _language: str) -> bytes:
    # The cache has one entry for each renderer class and language, because choices are translated.
    document = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    written: bytes | str = renderer().render(document, renderer_context={})
    return written if isinstance(written, bytes) else written.encode()
