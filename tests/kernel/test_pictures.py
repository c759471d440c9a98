"""A stored picture has its upright pixels only, without metadata; other files are refused."""

import struct
import zlib
from io import BytesIO

import pytest
from PIL import Image, PngImagePlugin

from config.kernel.law.refusals import BadRequest
from config.kernel.trail import scans
from config.kernel.trail.scans import (
    SCAN_MAX,
    BrokenPicture,
    PicturesBusy,
    Scan,
    TooManyPixels,
    check_scan,
    encode_again,
)
from tests.pictures import PNG, picture

TYPES = {"PNG": "image/png", "JPEG": "image/jpeg"}
SCRIPT = b"<script>alert(1)</script>"


def again(content: bytes, form: str = "PNG", most: int = SCAN_MAX) -> bytes:
    return encode_again(content, TYPES[form], most=most)


def opened(content: bytes) -> Image.Image:
    found = Image.open(BytesIO(content))
    found.load()
    return found


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGB", "RGBA"])
def test_a_png_keeps_every_pixel(mode):
    sent = picture(mode=mode)
    kept, before = opened(again(sent)), opened(sent)
    assert kept.format == "PNG"
    assert kept.size == before.size
    if mode == "I;16":
        assert kept.tobytes() == before.tobytes()
    else:
        assert kept.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()
    assert again(again(sent)) == again(sent)


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
def test_a_jpeg_stays_a_jpeg_that_looks_the_same(mode):
    sent = picture("JPEG", mode)
    kept = opened(again(sent, "JPEG"))
    assert (kept.format, kept.size) == ("JPEG", (40, 20))
    left, right = (kept.convert("L").getpixel((column, 10)) for column in (3, 36))
    assert (left > 240, right < 15) == (True, True)


def test_metadata_and_trailing_data_of_a_picture_are_dropped():
    exif = Image.Exif()
    exif[0x010E] = "13800138000"
    exif[0x8825] = {1: "N"}
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SCRIPT.decode())
    sent = {
        "PNG": picture(pnginfo=text, exif=exif, icc_profile=SCRIPT, dpi=(300, 300)) + SCRIPT,
        "JPEG": picture("JPEG", exif=exif, comment=SCRIPT, icc_profile=SCRIPT) + b"PK\x03\x04" + SCRIPT,
    }
    for form, content in sent.items():
        assert SCRIPT in content
        kept = again(content, form)
        for gone in (SCRIPT, b"PK\x03\x04", b"13800138000", b"Exif", b"eXIf", b"iCCP"):
            assert gone not in kept, (form, gone)
        assert not opened(kept).getexif()


def test_a_picture_is_turned_upright_before_its_metadata_is_dropped():
    exif = Image.Exif()
    exif[0x0112] = 6  # a quarter turn
    kept = opened(again(picture("JPEG", exif=exif), "JPEG"))
    assert kept.size == (20, 40)
    assert kept.convert("L").getpixel((10, 3)) > 240


def test_first_picture_of_an_animation_is_kept():
    frames = [Image.new("L", (8, 8), shade) for shade in (10, 200)]
    file = BytesIO()
    frames[0].save(file, "PNG", save_all=True, append_images=frames[1:])
    kept = opened(again(file.getvalue()))
    assert (getattr(kept, "n_frames", 1), kept.getpixel((0, 0))) == (1, 10)


def png_of_size(width: int, height: int) -> bytes:
    """Return a truncated PNG whose header states a size."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(b"\0" * 1000)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize("size", [(60_000, 60_000), (40_001, 1000), (8000, 5001)])
def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded(size, monkeypatch):
    monkeypatch.setattr(PngImagePlugin.PngImageFile, "load", lambda _: pytest.fail("decoded"))
    with pytest.raises(TooManyPixels):
        again(png_of_size(*size))


@pytest.mark.parametrize(
    ("form", "content"),
    [
        ("JPEG", b"\xff\xd8\xff" + b"x" * 26),
        ("JPEG", picture("JPEG")[:-200]),
        ("JPEG", PNG),
        ("PNG", picture("JPEG")),
        ("PNG", PNG[:-40]),
        ("PNG", b"\x89PNG\r\n\x1a\n" + SCRIPT),
        ("PNG", png_of_size(100, 100)),
        ("JPEG", picture("JPEG").replace(b"\xff\xda", b"\xff\xda" * 50)),
    ],
)
def test_a_broken_picture_is_refused(form, content):
    with pytest.raises(BrokenPicture):
        again(content, form)
    with pytest.raises(BadRequest) as bad:
        check_scan(Scan("a", TYPES[form], content))
    assert list(bad.value.fields) == ["content"]


def test_a_jpeg_of_more_passes_than_any_encoder_writes_is_not_decoded(monkeypatch):
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("opened"))
    with pytest.raises(BrokenPicture):
        again(picture("JPEG") + b"\xff\xda" * 40, "JPEG")


def test_a_jpeg_is_written_at_a_lower_quality_to_stay_below_the_limit():
    noise = Image.effect_noise((400, 400), 90)
    file = BytesIO()
    noise.save(file, "JPEG", quality=60)
    sent = file.getvalue()
    large = again(sent, "JPEG")
    assert len(large) > len(sent)
    assert len(again(sent, "JPEG", most=len(sent) + 8000)) <= len(sent) + 8000


def test_size_and_digest_of_a_scan_are_of_the_stored_bytes():
    kept = check_scan(Scan("证.png", "image/png", PNG + SCRIPT))
    assert kept == Scan("证.png", "image/png", PNG)
    assert kept.facts["size_bytes"] == len(PNG)
    paper = Scan("a.pdf", "application/pdf", b"%PDF-1.7 paper")
    assert check_scan(paper) == paper


def test_a_picture_that_has_to_wait_too_long_is_to_be_sent_again(monkeypatch):
    monkeypatch.setattr(scans, "_WAIT_SECONDS", 0)
    with scans._ONE_AT_A_TIME, pytest.raises(PicturesBusy):
        again(PNG)
    assert again(PNG), "the lock was left"


def test_a_png_that_grows_beyond_the_limit_is_asked_for_as_a_jpeg(monkeypatch):
    monkeypatch.setattr(scans, "encode_again", lambda *_, **__: b"x" * (SCAN_MAX + 1))
    with pytest.raises(BadRequest) as refused:
        check_scan(Scan(name="a.png", media_type="image/png", content=PNG))
    assert "JPEG" in str(refused.value.fields["content"][0])
