"""Views for uploads (上传): a form with files and texts instead of JSON, with the same checks and idempotency."""

from typing import Any

from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import HttpRequest, HttpResponseBase
from django.http.multipartparser import MultiPartParserError
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import MethodNotAllowed
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from config.frames.api.bodies import is_too_large
from config.frames.api.errors import NotMultipart, UploadTooLarge
from config.frames.api.views import ContractView
from config.kernel.intake.tables.uploaded_files import SentFile
from config.kernel.law.refusals import BadRequest
from config.kernel.law.text import Text
from config.kernel.requests import idempotency

NAME_MAX = 200
_UNREADABLE = Text("正文不是完整的 multipart/form-data 表单。", "The body is no whole multipart/form-data form.")
_TWICE = Text("同名部分重复。", "This part comes twice.")
_NO_FILE = Text("须为文件。", "A file is needed.")
_EMPTY = Text("文件为空。", "The file is empty.")
_NO_NAME = Text("文件名须为1至200个字符。", "A file name has 1 to 200 characters.")


@extend_schema_field({"type": "string", "format": "binary"})
class UploadField(serializers.Field[Any, Any, Any, Any]):
    """A file of a form."""

    def to_internal_value(self, data: Any) -> SentFile:
        if not isinstance(data, SentFile):
            raise serializers.ValidationError([_NO_FILE])
        if not data.content:
            raise serializers.ValidationError([_EMPTY])
        if not 1 <= len(data.name) <= NAME_MAX:
            raise serializers.ValidationError([_NO_NAME])
        return data

    def to_representation(self, value: Any) -> str:
        return str(value)


class UploadView(ContractView):
    """A view with a POST that accepts a form with files; its GET is like any other."""

    parser_classes = (MultiPartParser,)

    def _change(self, method: str, request: Request, path: dict[str, Any]) -> HttpResponseBase:
        if method not in self.roles:
            raise MethodNotAllowed(method)
        body = read_form(request._request)
        key = idempotency.check_key(request.META.get("HTTP_IDEMPOTENCY_KEY"))
        return self._once(request, key, body, path)


def read_form(request: HttpRequest) -> dict[str, str | SentFile]:
    """Return the texts and files of a form by name.

    :raises UploadTooLarge: beyond the size limit of its address.
    :raises NotMultipart: when it is not declared as a form with files.
    :raises BadRequest: when it is malformed, or a part is repeated.
    """
    if is_too_large(request):
        raise UploadTooLarge
    if request.content_type != "multipart/form-data":
        raise NotMultipart
    try:
        texts, files = request.POST, request.FILES
    except (MultiPartParserError, TooManyFieldsSent, TooManyFilesSent):
        raise BadRequest({"body": [_UNREADABLE]}) from None
    except RequestDataTooBig:
        raise UploadTooLarge from None
    names = [name for part in (texts, files) for name in part for _ in part.getlist(name)]
    if twice := {name for name in names if names.count(name) > 1}:
        raise BadRequest({name: [_TWICE] for name in sorted(twice)})
    sent: dict[str, str | SentFile] = {name: texts[name] for name in texts}
    for name in files:
        file: Any = files[name]
        sent[name] = SentFile(str(file.name), file.read())
    return sent
