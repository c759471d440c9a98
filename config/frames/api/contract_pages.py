"""The addresses of the OpenAPI document. What writes it is imported when somebody asks: a web process seldom needs it."""

from django.http import HttpRequest, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt


@csrf_exempt
def schema(request: HttpRequest) -> HttpResponseBase:
    """Answer with the document."""
    from config.frames.api.document import DocumentView

    return DocumentView.as_view()(request)


@csrf_exempt
def docs(request: HttpRequest) -> HttpResponseBase:
    """Answer with the page that shows it."""
    from drf_spectacular.views import SpectacularSwaggerSplitView

    return SpectacularSwaggerSplitView.as_view(url_name="schema", template_name="kernel/docs.html")(request)
