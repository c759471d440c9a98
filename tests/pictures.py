"""Small valid pictures for tests."""

from io import BytesIO
from typing import Any

from PIL import Image


def picture(form: str = "PNG", mode: str = "RGB", size: tuple[int, int] = (40, 20), **options: Any) -> bytes:
    """Return a picture whose left half is white and whose right half is black."""
    drawn = Image.new(mode, size, (0, 0, 0, 255) if mode == "CMYK" else 0)
    white = {"1": 1, "L": 255, "P": 255, "I;16": 65535, "LA": (255, 255), "CMYK": (0, 0, 0, 0)}
    left = white.get(mode, (255,) * len(drawn.getbands()))
    drawn.paste(left, (0, 0, size[0] // 2, size[1]))
    file = BytesIO()
    drawn.save(file, form, **options)
    return file.getvalue()


#: What is kept of it is the same: it has nothing but its pixels.
PNG = picture()
