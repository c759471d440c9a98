"""Pictures of papers, decoded and encoded again: what is kept has the pixels of what was sent, and nothing else of it.

Metadata, further frames, and bytes that are no picture are dropped; a file that does not decode is refused.
"""

from io import BytesIO
from threading import Lock
from typing import TYPE_CHECKING

from config.kernel.law.refusals import RequestError

# Pillow is imported for the first picture: most processes see none.
if TYPE_CHECKING:
    from PIL import Image

#: Pixels of a picture: A4 at 600 dpi has 35 million. A picture is decoded only if its header names fewer.
PIXELS_MAX = 40_000_000
#: Passes of a progressive JPEG, each of which is decoded over all pixels: encoders write about ten.
_PASSES_MAX = 40
_BEGIN_OF_PASS = b"\xff\xda"
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG"}
#: Colours that PNG and JPEG keep; all others are turned into RGB.
_PNG_MODES = frozenset({"1", "L", "LA", "I;16", "P", "RGB", "RGBA"})
_JPEG_MODES = frozenset({"L", "RGB"})
#: A JPEG is written at the first of these qualities at which it is small enough.
_QUALITIES = (90, 80, 65, 50)
#: Decoded, a picture takes up to 160 MB, and as much again while it is turned or converted: one at a time in a process.
_ONE_AT_A_TIME = Lock()
#: Seconds to wait for the one before; a request waits inside its transaction.
_WAIT_SECONDS = 3


class BrokenPicture(Exception):
    """Raised for content that does not decode as a picture of its type."""


class TooManyPixels(Exception):
    """Raised for a picture with more than `PIXELS_MAX` pixels."""


class PicturesBusy(RequestError):
    """Reject a picture while others are being decoded."""

    status = 503
    code = "PICTURES_BUSY"
    zh = "当前正在处理其他图片，本次未作任何处理。请稍候再次提交。"
    en = "Other pictures are being worked on; nothing was done. Send it again shortly."


def encode_again(content: bytes, media_type: str, *, most: int) -> bytes:
    """Return a picture, decoded and encoded again.

    :param most: its largest size in bytes; a JPEG is written at a lower quality to fit, a PNG may turn out larger.
    :raises BrokenPicture: when it does not decode as its type.
    :raises TooManyPixels: by what its header says, before it is decoded.
    :raises PicturesBusy: when others have not been decoded within a few seconds.
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
    """Return the pixels alone, turned as the metadata says."""
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
