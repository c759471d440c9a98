"""The page from which a request was made (所在页面): a full page of this site, never a part of one."""

from urllib.parse import urlsplit

from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django.utils.http import url_has_allowed_host_and_scheme

from config.frames.desk.middleware import SCREENS

#: Headers of requests that a script of a page makes; the page stays open, so it is not redirected.
BY_SCRIPT = ("HX-Request", "X-Desk-Script", "X-Desk-Poll")


def page_of_request(request: HttpRequest) -> str:
    """Return the address of the page where the caller is; empty if it cannot be opened by its address.

    A request for a part of a page, or with a form, comes from the page that contains it.
    """
    for asked in ("HX-Current-URL", "Referer") if _comes_from_a_page(request) else ():
        if page := page_at(request, request.headers.get(asked, "")):
            return page
    return page_at(request, request.get_full_path()) if request.method in ("GET", "HEAD") else ""


def page_at(request: HttpRequest, url: str) -> str:
    """Return path and query of a full page of this site; empty for any other address."""
    here = {request.get_host()}
    if not url or not url_has_allowed_host_and_scheme(url, here, require_https=request.is_secure()):
        return ""
    parts = urlsplit(url)
    if not parts.path.startswith(SCREENS):
        return ""
    try:
        view = resolve(parts.path).func
    except Resolver404:
        return ""
    if getattr(view, "desk_part", False):
        return ""
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def asked_by_script(request: HttpRequest) -> bool:
    """Return whether a script made the request, so that its page stays open."""
    return any(name in request.headers for name in BY_SCRIPT)


def _comes_from_a_page(request: HttpRequest) -> bool:
    return asked_by_script(request) or request.method not in ("GET", "HEAD")


def is_same_site(request: HttpRequest) -> bool:
    """Return whether the browser's headers prove that a page of this site sent the request."""
    headers, own = request.headers, f"{request.scheme}://{request.get_host()}"
    said = []
    if "Origin" in headers:
        said.append(headers["Origin"] == own)
    if "Sec-Fetch-Site" in headers:
        said.append(headers["Sec-Fetch-Site"] == "same-origin")
    if "Referer" in headers:
        said.append(bool(page_at(request, headers["Referer"])))
    return bool(said) and all(said)
