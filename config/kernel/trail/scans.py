"""Scans of papers (扫描件): allowed files, sealed storage, and a record of each opening.

A picture is decoded and encoded again: metadata, further frames and bytes outside the picture are dropped,
and a file that cannot be decoded is refused. Size and digest of a scan belong to the stored file, which for a
picture differs from the uploaded one.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING, Any
from uuid import UUID

from config.kernel.access.keys import Caller
from config.kernel.database.transactions import transaction_required
from config.kernel.law.refusals import BadRequest, RequestError
from config.kernel.law.text import Text
from config.kernel.models.scans import SealedScan
from config.kernel.trail.evidence import Fact
from config.kernel.trail.unmasking import record_unmasking

# Pillow is imported with the first picture: most processes never need it.
if TYPE_CHECKING:
    from PIL import Image

#: Maximum pixels: A4 at 600 dpi has 35 million. A picture is decoded only if its header names fewer.
PIXELS_MAX = 40_000_000
#: Maximum passes of a progressive JPEG, each decoded over all pixels; encoders write about ten.
_PASSES_MAX = 40
_BEGIN_OF_PASS = b"\xff\xda"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
#: Colour modes that PNG and JPEG keep; all others are converted to RGB.
_PNG_MODES = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})
_JPEG_MODES = frozenset({"L", "RGB"})
#: A JPEG is written at the first of these qualities that makes it small enough.
_QUALITIES = (90, 80, 65, 50)
#: A decoded picture takes up to 160 MB, twice that while it is rotated or converted: one at a time in a process.
_ONE_AT_A_TIME = Lock()
#: Seconds to wait for the previous picture; the request is inside its transaction meanwhile.
_WAIT_SECONDS = 3


class BrokenPicture(Exception):
    """Raised for content that does not decode as a picture of its type."""


class TooManyPixels(Exception):
    """Raised for a picture with more than `PIXELS_MAX` pixels."""


class PicturesBusy(RequestError):
    """Error for a picture while too many others are being decoded."""

    status = 503
    code = "PICTURES_BUSY"
    title = Text("图片处理繁忙", "Too many pictures at once")
    zh = "当前正在处理其他图片，本次未作任何处理。请稍候再次提交。"
    en = "Other pictures are being worked on; nothing was done. Send it again shortly."


def encode_again(content: bytes, media_type: str, *, most: int) -> bytes:
    """Decode a picture and encode it again.

    :param most: its largest size in bytes; a JPEG is written at a lower quality to fit, a PNG may turn out larger.
    :raises BrokenPicture: when it does not decode as its type.
    :raises TooManyPixels: by its header, before it is decoded.
    :raises PicturesBusy: when other pictures are not decoded within a few seconds.
    """
    form = _FORMATS[media_type]
    if form == "JPEG" and content.count(_BEGIN_OF_PASS) > _PASSES_MAX:
        raise BrokenPicture
    if not _ONE_AT_A_TIME.acquire(timeout=_WAIT_SECONDS):
        raise PicturesBusy(retry_after=_WAIT_SECONDS)
    try:
        return _decoded_and_encoded(content, form, most)
    finally:
        _ONE_AT_A_TIME.release()


def _decoded_and_encoded(content: bytes, form: str, most: int) -> bytes:
    from PIL import Image

    try:
        with Image.open(BytesIO(content), formats=[form]) as image:
            if image.width * image.height > PIXELS_MAX:
                raise TooManyPixels
            image.load()
            return _encoded(_plain(image, form), form, most)
    except (TooManyPixels, Image.DecompressionBombError):
        raise TooManyPixels from None
    except Exception:  # noqa: BLE001 - whatever the library meets in a broken picture
        raise BrokenPicture from None


def _plain(image: "Image.Image", form: str) -> "Image.Image":
    """Return only the pixels, rotated as the metadata says."""
    from PIL import ImageOps

    ImageOps.exif_transpose(image, in_place=True)
    if form == "PNG" and ("transparency" in image.info or image.mode in {"PA", "La"}):
        image = image.convert("RGBA")
    elif image.mode not in (_PNG_MODES if form == "PNG" else _JPEG_MODES):
        image = image.convert("RGB")
    image.info = {}
    return image


def _encoded(image: "Image.Image", form: str, most: int) -> bytes:
    if form == "PNG":
        return _saved(image, form)
    written = b""
    for quality in _QUALITIES:
        written = _saved(image, form, quality=quality)
        if len(written) <= most:
            break
    return written


def _saved(image: "Image.Image", form: str, **options: int) -> bytes:
    file = BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


#: Maximum bytes of a scan.
SCAN_MAX = 5 * 1024 * 1024
SCAN_NAME_MAX = 120
#: The allowed types, with the first bytes of their files.
SCAN_TYPES = {
    "application/pdf": b"%PDF-",
    "image/png": b"\x89PNG\r\n\x1a\n",
    "image/jpeg": b"\xff\xd8\xff",
}
#: Types that are decoded and encoded again.
PICTURES = frozenset({"image/png", "image/jpeg"})
#: The suffix of a file name for each type.
SUFFIXES = {"application/pdf": "pdf", "image/png": "png", "image/jpeg": "jpg"}
#: The names of a scan's facts in evidence.
SCAN_FACTS = {
    "media_type": Fact(Text("文件类型", "Type of file")),
    "size_bytes": Fact(Text("大小（字节）", "Size (bytes)")),
    "sha256": Fact(Text("文件摘要（SHA-256）", "Digest (SHA-256)")),
}
_OF_A_SCAN = frozenset({"name", "media_type", "content"})
_NAME = Text("文件名须为1至120个字符。", "A file name has 1 to 120 characters.")
_UNKNOWN_TYPE = Text("只接受PDF、PNG或JPEG文件。", "Only PDF, PNG and JPEG files are accepted.")
_OTHER_TYPE = Text("文件内容与文件类型不符。", "The content of the file is not of its type.")
_TOO_LARGE = Text("文件不能超过5MB。", "A file must not be larger than 5 MB.")
_GROWN = Text(
    "图片重新保存后超过5MB，请另存为JPEG后再上传。",
    "Saved again, the picture is larger than 5 MB: send it as a JPEG.",
)
_BROKEN = Text("图片已损坏，无法读取。", "The picture is broken and cannot be read.")
_TOO_MANY_PIXELS = Text("图片像素过多，最多4000万像素。", "The picture has too many pixels: 40 million at most.")
_EMPTY = Text("文件为空。", "The file is empty.")


@dataclass(frozen=True, slots=True)
class Scan:
    """A scan as uploaded and as opened.

    :ivar name: the sender's file name, which may contain a person's name.
    """

    name: str = field(repr=False)
    media_type: str
    content: bytes = field(repr=False)

    @property
    def facts(self) -> Mapping[str, Any]:
        """Return the facts of the scan for evidence."""
        return {"media_type": self.media_type, "size_bytes": len(self.content), "sha256": _digest(self.content)}


def check_scan(scan: Scan) -> Scan:
    """Return a file as a scan to store: a picture is encoded again, a PDF is unchanged.

    :raises BadRequest: for a type outside `SCAN_TYPES`, a file that does not decode as its type, an empty or too
        large file.
    """
    faults: dict[str, list[Any]] = {}
    if not scan.name.strip() or len(scan.name) > SCAN_NAME_MAX:
        faults["name"] = [_NAME]
    if scan.media_type not in SCAN_TYPES:
        faults["media_type"] = [_UNKNOWN_TYPE]
    elif not scan.content:
        faults["content"] = [_EMPTY]
    elif len(scan.content) > SCAN_MAX:
        faults["content"] = [_TOO_LARGE]
    elif not scan.content.startswith(SCAN_TYPES[scan.media_type]):
        faults["content"] = [_OTHER_TYPE]
    if faults:
        raise BadRequest(faults)
    return _drawn_again(scan) if scan.media_type in PICTURES else scan


def _drawn_again(scan: Scan) -> Scan:
    try:
        content = encode_again(scan.content, scan.media_type, most=SCAN_MAX)
    except BrokenPicture:
        raise BadRequest({"content": [_BROKEN]}) from None
    except TooManyPixels:
        raise BadRequest({"content": [_TOO_MANY_PIXELS]}) from None
    if len(content) > SCAN_MAX:
        raise BadRequest({"content": [_GROWN]})
    return replace(scan, content=content)


def errors_at_file(bad: BadRequest) -> BadRequest:
    """Return a bad request with its messages about the scan moved to the field `file`."""
    fields: dict[str, list[Any]] = {}
    for path, messages in bad.fields.items():
        fields.setdefault("file" if path in _OF_A_SCAN else path, []).extend(messages)
    return BadRequest(fields)


def scan_of(name: str, content: bytes) -> Scan:
    """Return a file as a scan, with the type found from its first bytes; without a type if unknown."""
    found = (each for each, begins in SCAN_TYPES.items() if content.startswith(begins))
    return Scan(name, next(found, ""), content)


def keep_scan[T: SealedScan](row: T, scan: Scan, *, principal: Caller, at: datetime) -> T:
    """Save a row with the sealed content of a scan that `check_scan` has returned."""
    row.media_type, row.digest, row.size = scan.media_type, _digest(scan.content), len(scan.content)
    row.at, row.principal_id = at, principal.id
    row.name, row.content = scan.name, b64encode(scan.content).decode()
    row.save(force_insert=True)
    return row


@transaction_required
def open_scan(row: SealedScan, *, principal: Caller, reason: str, customer_id: UUID | None = None) -> Scan:
    """Open a scan, and record the view (查看附件).

    :param reason: a code of `LookReason`.
    :param customer_id: its customer, if it belongs to one.
    """
    record_unmasking(principal, reason, customer_id=customer_id, object_id=row.id)
    return Scan(row.name, row.media_type, b64decode(row.content))


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
