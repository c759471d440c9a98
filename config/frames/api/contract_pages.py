"""Views of the OpenAPI document; its generator is imported on demand, because a web process seldom needs it."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponseBase:
    """Return the document."""
    from config.frames.api.document import DocumentView

    return DocumentView.as_view()(request)


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponseBase:
    """Return the page that shows the document."""
    from drf_spectacular.views import SpectacularSwaggerSplitView

    return SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="kernel/docs.html")(request)
