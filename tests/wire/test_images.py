"""Pillow images and arrays as they are sent: what is judged here, Pillow and NumPy judge."""

from __future__ import annotations

import base64
import io
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vlmrun import content
from vlmrun.client.exceptions import DependencyError, InputError

# `Any` where Pillow and NumPy are used: both may be missing, and then these tests are skipped.
np: Any = pytest.importorskip("numpy", reason="makes pictures, and compares them")
Image: Any = pytest.importorskip("PIL.Image", reason="makes pictures, and opens them")
ImageOps: Any = pytest.importorskip("PIL.ImageOps")
ImageCms: Any = pytest.importorskip("PIL.ImageCms")

ORIENTATION = 0x0112
MODES = ["1", "L", "I", "F", "P", "RGB", "RGBX", "RGBA", "CMYK", "YCbCr", "LAB", "HSV", "La", "LA", "PA", "RGBa"]
SIXTEEN = ["I;16", "I;16L", "I;16B", "I;16N"]

image: Callable[..., Any] = content.image


def sent(source: object, **options: Any) -> tuple[str, bytes]:
    """The media type and the bytes that are sent for a source."""
    head, _, payload = image(source, **options)["image_url"]["url"].partition(",")
    return head.removeprefix("data:").removesuffix(";base64"), base64.b64decode(payload)


def decoded(source: object, **options: Any) -> Any:
    """What is sent, opened by Pillow; its format is what the media type says."""
    media_type, data = sent(source, **options)
    opened = Image.open(io.BytesIO(data))
    opened.load()
    assert f"image/{opened.format.lower()}" == media_type
    return opened


def refusal(source: object, **options: Any) -> InputError:
    """The error of a source that is refused; it says what to do."""
    with pytest.raises(InputError) as caught:
        image(source, **options)
    assert caught.value.suggestion
    return caught.value


def pixels(picture: Any, mode: str = "RGBA") -> Any:
    """The values of a picture, which may be compared."""
    return np.asarray(picture.convert(mode)).astype(int)


def quarters(width: int = 48, height: int = 32) -> Any:
    """A picture that shows how it was turned: four colours that do not meet again in any other order."""
    made = np.zeros((height, width, 3), np.uint8)
    made[: height // 2, : width // 2] = (220, 30, 30)
    made[: height // 2, width // 2 :] = (30, 200, 30)
    made[height // 2 :, : width // 2] = (30, 30, 210)
    made[height // 2 :, width // 2 :] = (230, 230, 60)
    return Image.fromarray(made)


def photo(width: int = 640, height: int = 480) -> Any:
    """A picture as cameras make them: soft, with noise."""
    y, x = np.mgrid[0:height, 0:width]
    soft = 128 + 60 * np.sin(x / 70) + 50 * np.cos(y / 50)
    noise = np.random.default_rng(0).normal(0, 5, (height, width, 3))
    return Image.fromarray((soft[..., None] + noise).clip(0, 255).astype(np.uint8))


def saved(picture: Any, file_format: str, **options: Any) -> bytes:
    """A picture in a file."""
    file = io.BytesIO()
    picture.save(file, format=file_format, **options)
    return file.getvalue()


def opened(data: bytes) -> Any:
    return Image.open(io.BytesIO(data))


def tagged(orientation: int) -> Any:
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    return exif


# Orientation ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_sent_upright(orientation: int, file_format: str) -> None:
    """As `ImageOps.exif_transpose` turns it, and without a tag that would turn it again."""
    # Of a PNG, as the first releases of Pillow 10 turn a TIFF twice.
    expected = ImageOps.exif_transpose(opened(saved(quarters(), "PNG", exif=tagged(orientation))))
    found = decoded(opened(saved(quarters(), file_format, exif=tagged(orientation))))
    assert found.size == expected.size
    assert found.size == ((48, 32) if orientation < 5 else (32, 48))
    assert abs(pixels(found) - pixels(expected)).mean() < 5  # turned otherwise, it is 80
    assert found.getexif().get(ORIENTATION, 1) == 1


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_that_was_made_of_another_is_sent_upright(orientation: int) -> None:
    """Pillow hands the tag on to what it resizes or converts."""
    with opened(saved(quarters(), "PNG", exif=tagged(orientation))) as whole:
        small = whole.resize((24, 16)).convert("L")
    expected = ImageOps.exif_transpose(small)
    assert np.array_equal(pixels(decoded(small)), pixels(expected))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_file_that_is_made_smaller_is_sent_upright(orientation: int) -> None:
    """Its own bytes keep the tag; new ones have none."""
    data = saved(quarters(), "JPEG", exif=tagged(orientation))
    assert sent(data) == ("image/jpeg", data)
    found = decoded(data, max_pixels=400)
    expected = ImageOps.exif_transpose(opened(data)).resize(found.size)
    assert found.width * found.height <= 400
    assert (found.width > found.height) == (orientation < 5)
    assert abs(pixels(found) - pixels(expected)).mean() < 12  # the edges between the colours are soft


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x02\0\0\0\x01"]
)
def test_exif_that_cannot_be_read_says_nothing(exif: bytes) -> None:
    """The picture is sent as it lies."""
    picture = quarters()
    picture.info["exif"] = exif
    assert np.array_equal(pixels(decoded(picture)), pixels(picture))


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_an_orientation_that_does_not_exist_turns_nothing(orientation: int) -> None:
    """There are eight."""
    picture = opened(saved(quarters(), "PNG", exif=tagged(orientation)))
    assert np.array_equal(pixels(decoded(picture)), pixels(quarters()))


def test_the_picture_itself_is_not_changed() -> None:
    """It belongs to the caller."""
    picture = opened(saved(quarters(), "JPEG", exif=tagged(6)))
    picture.load()
    before = (picture.mode, picture.size, picture.format, dict(picture.info), picture.tobytes())
    decoded(picture, max_pixels=100, quality=50)
    assert (picture.mode, picture.size, picture.format, dict(picture.info), picture.tobytes()) == before


# Modes ----------------------------------------------------------------------------------------------------------------


def in_mode(mode: str) -> Any:
    """A picture with many colours in a mode, and with alpha where there is any."""
    colours = np.indices((8, 8, 3)).sum(0) * 11 % 256
    whole = Image.fromarray(colours.astype(np.uint8))
    if mode == "LAB":
        profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
        return ImageCms.profileToProfile(whole, *profiles, outputMode="LAB")
    if mode in ("La", "LA", "RGBA", "RGBa", "PA"):
        alpha = Image.fromarray((np.indices((8, 8)).sum(0) * 17).astype(np.uint8))
        base = whole.convert("P").convert("PA") if mode == "PA" else whole.convert("LA" if "L" in mode else "RGBA")
        base.putalpha(alpha)
        return base.convert(mode)
    return whole.convert(mode)


@pytest.mark.parametrize("mode", [mode for mode in MODES if mode not in ("I", "F", "LAB")])
def test_a_picture_looks_the_same_in_every_mode(mode: str) -> None:
    """As Pillow itself converts it, value for value."""
    picture = in_mode(mode)
    assert picture.mode == mode
    found = decoded(picture)
    # Pillow has no way from some modes to RGBA but that by the mode without premultiplied alpha.
    plain = picture.convert({"La": "LA", "RGBa": "RGBA"}.get(mode, mode))
    expected = plain if mode in ("LA", "La", "RGBA", "RGBa", "PA") else plain.convert("RGB")
    assert np.array_equal(pixels(found), pixels(expected))


def test_the_modes_are_all_that_there_are() -> None:
    """Of this Pillow."""
    assert set(Image.MODES) <= {*MODES, *SIXTEEN}


def test_lab_is_converted_by_the_formulas() -> None:
    """Of CIE and sRGB, with the white of D50, as they stand in every book."""
    picture = in_mode("LAB")
    lightness, a, b = (np.asarray(band).astype(float) for band in picture.split())
    fy = (lightness * 100 / 255 + 16) / 116
    xyz: list[Any] = []
    for f, white in ((fy + (a - 128) / 500, 0.9642), (fy, 1.0), (fy - (b - 128) / 200, 0.8249)):
        xyz.append(white * np.where(f > 6 / 29, f**3, 3 * (6 / 29) ** 2 * (f - 4 / 29)))
    to_linear = np.array([[3.1339, -1.6169, -0.4906], [-0.9788, 1.9161, 0.0335], [0.0719, -0.2290, 1.4052]])
    linear = np.einsum("ij,jyx->yxi", to_linear, np.array(xyz)).clip(0, 1)
    expected = 255 * np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    assert abs(pixels(decoded(picture), "RGB") - expected).max() <= 4


@pytest.mark.parametrize("mode", SIXTEEN)
def test_sixteen_bits_are_kept(mode: str) -> None:
    """However they lie in memory."""
    values = (np.arange(64, dtype=np.uint16) * 1040).reshape(8, 8)
    raw = values.astype(">u2" if mode == "I;16B" else "<u2").tobytes()
    picture = Image.frombytes(mode, (8, 8), raw)
    assert np.array_equal(np.asarray(decoded(picture)).astype(int), values)


@pytest.mark.parametrize("file_format", ["PNG", "TIFF", "PPM"])
def test_files_with_sixteen_bits_keep_them(file_format: str) -> None:
    """Also where Pillow reads them as integers of 32 bits."""
    values = (np.arange(64, dtype=np.uint16) * 1040).reshape(8, 8)
    file = b"P5 8 8 65535\n" + values.astype(">u2").tobytes()
    picture = opened(file if file_format == "PPM" else saved(Image.fromarray(values), file_format))
    assert np.array_equal(np.asarray(decoded(picture)).astype(int), values)


RANGES = {
    "from 0 to 1": (0.0, 1.0),
    "from 0 to 255": (0.0, 255.0),
    "from 0 to 65535": (0.0, 65535.0),
    "below 0": (-1000.0, 3000.0),
    "of a telescope": (3.5e8, 3.7e9),
}


@pytest.mark.parametrize("name", RANGES)
@pytest.mark.parametrize("mode", ["F", "I"])
def test_values_without_a_scale_are_refused_with_a_remedy_that_works(mode: str, name: str) -> None:
    """The image that the suggestion makes is sent, with the lowest value darkest, and nothing cut off."""
    low, high = RANGES[name]
    if mode == "I":
        high = min(high, 2.0**31 - 1024)
    values = np.linspace(low, high, 64).reshape(8, 8)
    picture = Image.fromarray(values.astype(np.float32 if mode == "F" else np.int32))
    assert picture.mode == mode
    suggestion = refusal(picture).suggestion or ""
    found = np.asarray(decoded(eval(suggestion.removeprefix("pass ").removesuffix("."), {"source": picture})))  # noqa: S307  # our own text
    held = np.asarray(picture).astype(float)
    scale = 65535 if found.max() > 255 else 255
    top = {"from 0 to 255": 255.0, "from 0 to 65535": high if mode == "F" else 65535.0}.get(name, high)
    if mode == "I" and name == "from 0 to 1":  # as integers they are 0 and 1, which may be of 0 to 255
        top = 255.0
    expected = (held - low) / (top - low) * scale
    assert abs(found.astype(float) - expected).max() <= 1.01


def test_values_that_are_not_finite_are_refused() -> None:
    """With what to do about them."""
    values = np.array([[0.0, np.nan], [1.0, np.inf]], np.float32)
    assert "finite" in (refusal(Image.fromarray(values)).suggestion or "")


# Transparency, profiles, metadata -------------------------------------------------------------------------------------


def transparent(kind: str) -> Any:
    """A picture, some of which is transparent."""
    if kind == "a colour of RGB":
        return opened(saved(quarters(), "PNG", transparency=(30, 200, 30)))
    if kind == "a value of L":
        return opened(saved(quarters().convert("L"), "PNG", transparency=int(quarters().convert("L").getpixel((0, 0)))))
    indexed = quarters().quantize(4)
    if kind == "a colour of a palette":
        return opened(saved(indexed, "GIF", transparency=1))
    if kind == "colours of a palette":
        return opened(saved(indexed, "PNG", transparency=bytes([0, 80, 160, 255])))
    alpha = Image.linear_gradient("L").resize((48, 32))
    picture = quarters()
    picture.putalpha(alpha)
    return picture if kind == "alpha" else picture.convert("RGBa")


@pytest.mark.parametrize(
    "kind",
    [
        "a colour of RGB",
        "a value of L",
        "a colour of a palette",
        "colours of a palette",
        "alpha",
        "premultiplied alpha",
    ],
)
def test_what_is_transparent_stays_transparent(kind: str) -> None:
    """Turned and made smaller, too; and it is no JPEG."""
    picture = transparent(kind)
    whole = picture.convert("RGBA")
    assert whole.getextrema()[3][0] < 255
    found = decoded(picture)
    assert np.array_equal(pixels(found), pixels(whole))
    small = decoded(picture, max_pixels=24 * 16)
    assert small.size == (24, 16)
    assert abs(pixels(small, "RGBA")[..., 3] - pixels(whole.resize((24, 16)))[..., 3]).mean() < 4
    assert refusal(picture, quality=80).suggestion == "omit quality."


def test_alpha_that_hides_nothing_is_no_obstacle() -> None:
    """As screenshots have it."""
    picture = quarters()
    picture.putalpha(255)
    assert decoded(picture, quality=90).mode == "RGB"
    assert decoded(picture.convert("LA"), quality=90).mode == "L"


def profile_of(space: str) -> bytes:
    made: bytes = ImageCms.ImageCmsProfile(ImageCms.createProfile(space)).tobytes()
    return made


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "TIFF"])
def test_a_colour_profile_is_kept(file_format: str) -> None:
    """Without it, the colours are others."""
    profile = profile_of("sRGB")
    picture = opened(saved(quarters(), file_format, icc_profile=profile, exif=tagged(6)))
    for options in ({}, {"max_pixels": 100}, {"quality": 80}):
        assert decoded(picture, **options).info["icc_profile"] == profile


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_a_profile_of_other_colours_is_not_sent(mode: str) -> None:
    """Readers refuse such files, or show other colours."""
    picture = quarters().convert(mode)
    picture.info["icc_profile"] = profile_of("sRGB")
    found = decoded(picture)
    assert "icc_profile" not in found.info
    assert np.array_equal(pixels(found), pixels(picture.convert("RGB")))


def test_a_picture_that_is_converted_has_no_profile() -> None:
    """It is sRGB, as one without a profile is. One that is made for it has the time in it: no two would be equal."""
    assert "icc_profile" not in decoded(in_mode("LAB")).info


@pytest.mark.parametrize("profile", [b"", b"junk", "text", 7])
def test_a_profile_that_is_none_is_not_sent(profile: object) -> None:
    """Whatever lies there."""
    for mode in ("RGB", "CMYK"):
        picture = quarters().convert(mode)
        picture.info["icc_profile"] = profile
        assert not decoded(picture).info.get("icc_profile")


@pytest.mark.parametrize("file_format", ["JPEG", "PNG"])
def test_other_metadata_is_not_sent(file_format: str) -> None:
    """It may say where and by whom a picture was taken."""
    exif = tagged(1)
    exif[0x013B] = "sesame-4711"
    comment = {"comment": b"sesame-4711"} if file_format == "JPEG" else {}
    picture = opened(saved(quarters(), file_format, exif=exif, **comment))
    assert b"sesame-4711" in saved(quarters(), file_format, exif=exif, **comment)
    for one in ({}, {"quality": 80}, {"max_pixels": 100}):
        assert b"sesame-4711" not in sent(picture, **one)[1]


# JPEG, quality, size --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["RGB", "L", "CMYK", "MPO", "progressive", "4:4:4"])
def test_a_picture_that_came_from_a_jpeg_is_sent_as_one(kind: str) -> None:
    """About as large as it was, and the same to the eye: as PNG it is ten times as large."""
    picture = photo().convert(kind) if kind in ("L", "CMYK") else photo()
    kinds: dict[str, dict[str, Any]] = {
        "progressive": {"progressive": True},
        "4:4:4": {"subsampling": 0},
        "MPO": {"save_all": True, "append_images": [quarters()]},
    }
    options = kinds.get(kind, {})
    data = saved(picture, "MPO" if kind == "MPO" else "JPEG", quality=80, **options)
    whole = opened(data)
    media_type, again = sent(whole)
    assert media_type == "image/jpeg"
    assert len(again) < 1.25 * len(data)
    assert abs(pixels(opened(again)) - pixels(whole)).mean() < (1 if kind != "CMYK" else 3)
    if kind != "CMYK":
        assert opened(again).quantization == whole.quantization


def test_a_jpeg_to_which_alpha_was_added_is_sent_as_png() -> None:
    """Which has alpha."""
    picture = opened(saved(quarters(), "JPEG"))
    picture.putalpha(100)
    assert np.array_equal(pixels(decoded(picture)), pixels(picture))
    assert sent(picture)[0] == "image/png"


@pytest.mark.parametrize("kind", ["PNG", "made here", "array", "bytes", "path"])
def test_quality_makes_a_jpeg(kind: str, tmp_path: Path) -> None:
    """Of whatever is read here; a lower one is smaller."""
    (tmp_path / "a.png").write_bytes(saved(photo(), "PNG"))
    sources = {
        "PNG": opened(saved(photo(), "PNG")),
        "made here": photo(),
        "array": np.asarray(photo()),
        "bytes": saved(photo(), "PNG"),
        "path": tmp_path / "a.png",
    }
    sizes: list[int] = []
    for quality in (95, 60):
        found = decoded(sources[kind], quality=quality)
        assert (found.format, found.size) == ("JPEG", (640, 480))
        assert saved(photo(), "JPEG", quality=quality) == sent(sources[kind], quality=quality)[1]
        sizes.append(len(sent(sources[kind], quality=quality)[1]))
    assert sizes[0] > 1.5 * sizes[1]


@pytest.mark.parametrize("mode", [*(mode for mode in MODES if mode not in ("I", "F")), *SIXTEEN])
@pytest.mark.parametrize(
    ("width", "height", "most"), [(40, 30, 300), (40, 30, 1200), (7, 1, 3), (1, 999, 2), (3, 3, 1)]
)
def test_a_picture_has_at_most_so_many_pixels(mode: str, width: int, height: int, most: int) -> None:
    """In every mode, with its aspect ratio, as far as whole pixels have it; a smaller one stays as it is."""
    picture = Image.new("RGB", (width, height), (200, 100, 50))
    picture = Image.new(mode, (width, height), 1000) if mode in SIXTEEN else in_mode(mode).resize((width, height), 0)
    found = decoded(picture, max_pixels=most)
    assert found.width * found.height <= most
    if width * height <= most:
        assert sent(picture, max_pixels=most) == sent(picture)
    elif (width, height) == (40, 30):
        assert found.size == (20, 15)
    if mode in SIXTEEN:
        assert found.getextrema() == (1000, 1000)


def test_bytes_that_are_small_enough_are_sent_as_they_are(tmp_path: Path) -> None:
    """Nothing is lost without need."""
    data = saved(quarters(), "JPEG", exif=tagged(6))
    (tmp_path / "a.jpg").write_bytes(data)
    for source in (data, io.BytesIO(data), tmp_path / "a.jpg", str(tmp_path / "a.jpg")):
        assert sent(source, max_pixels=48 * 32) == ("image/jpeg", data)


def test_arguments_that_do_not_fit_are_refused() -> None:
    """By name."""
    for quality in (0, 101, True, 80.0, "80"):
        assert "quality" in refusal(quarters(), quality=quality).message
    for most in (0, -1, True, 1e6, "1"):
        assert "max_pixels" in refusal(quarters(), max_pixels=most).message
    for url in ("https://example.com/a.png", "data:image/png;base64,AAAA"):
        assert "URL" in refusal(url, quality=80).message
        assert "URL" in refusal(url, max_pixels=80).message
    assert "video/mp4" in refusal(b"\0\0\0\x18ftypmp42" + b"\0" * 20, quality=80).message
    assert "image/heic" in refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", quality=80).message
    assert "media_type" in refusal(quarters(), quality=80, media_type="image/jpeg").message


def test_a_picture_that_is_too_large_says_how_to_make_it_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """And so it is."""
    monkeypatch.setattr("vlmrun._inputs.sources.MAX_INLINE_BYTES", 20_000)
    suggestion = refusal(photo()).suggestion or ""
    assert "max_pixels=" in suggestion
    assert "quality=" in suggestion
    assert len(sent(photo(), quality=30)[1]) <= 20_000
    assert len(sent(photo(), max_pixels=3000)[1]) <= 20_000


def test_without_pillow_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """By the options that need it."""
    data = saved(quarters(), "PNG")
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert sent(data) == ("image/png", data)
    for options in ({"quality": 80}, {"max_pixels": 80}):
        with pytest.raises(DependencyError, match="quality or max_pixels"):
            image(data, **options)


# Frames ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("file_format", ["GIF", "PNG", "TIFF", "WEBP"])
def test_the_frame_that_is_shown_is_sent(file_format: str) -> None:
    """Where the caller stands, in a file of several."""
    frames = [Image.new("RGB", (8, 8), colour) for colour in ((250, 0, 0), (0, 250, 0), (0, 0, 250))]
    options: dict[str, Any] = {"lossless": True} if file_format == "WEBP" else {}
    data = saved(frames[0], file_format, save_all=True, append_images=frames[1:], **options)
    picture = opened(data)
    for index in (0, 2, 1):
        picture.seek(index)
        expected = pixels(picture.copy())
        assert np.array_equal(expected, pixels(frames[index]))
        assert np.array_equal(pixels(decoded(picture)), expected)
        assert getattr(decoded(picture), "n_frames", 1) == 1


# Arrays ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1), (4, 6, 3), (4, 6, 4)])
def test_a_mask_is_black_and_white(shape: tuple[int, ...]) -> None:
    """`True` is white."""
    mask = np.indices(shape).sum(0) % 2 == 0
    expected = mask.reshape(4, 6) if shape[2:] == (1,) else mask
    assert np.array_equal(np.asarray(decoded(mask)).astype(int), expected * 255)


@pytest.mark.parametrize("dtype", ["<u2", ">u2"])
@pytest.mark.parametrize("shape", [(4, 6), (4, 6, 1)])
def test_an_array_of_sixteen_bits_keeps_them(dtype: str, shape: tuple[int, ...]) -> None:
    """In either order of bytes, and whichever view it is."""
    values = (np.arange(24) * 2700).astype(dtype).reshape(shape)
    for view in (values, values[::-1, ::2]):
        assert np.array_equal(np.asarray(decoded(view)).astype(int), view.reshape(view.shape[:2]))


@pytest.mark.parametrize(
    ("dtype", "shape", "top"),
    [
        ("float32", (4, 6), 1),
        ("float64", (4, 6, 3), 1),
        ("float16", (4, 6), 1),
        ("uint16", (4, 6, 3), 65535),
        ("uint16", (4, 6, 4), 65535),
        ("int64", (4, 6, 3), 255),
        ("int32", (4, 6), 255),
        ("int16", (4, 6), 255),
        ("uint8", (3, 4, 6), 255),
        ("uint8", (4, 5, 6), 255),
    ],
)
def test_an_array_is_refused_with_a_remedy_that_works(dtype: str, shape: tuple[int, ...], top: int) -> None:
    """The array that the suggestion makes is sent, and its values are those that were meant."""
    values = np.linspace(0, top, np.prod(shape)).reshape(shape).astype(dtype)
    error = refusal(values)
    assert f"{values.dtype} with shape {shape}" in error.message
    remedy = (error.suggestion or "").removeprefix("pass ").rpartition(" if its")[0] or (error.suggestion or "")
    code = remedy.removeprefix("pass ").partition(": ")[0].removesuffix(".")
    made = eval(code, {"source": values, "numpy": np})  # noqa: S307  # our own text
    found = np.asarray(decoded(made))
    expected = np.moveaxis(values, 0, -1) if dtype == "uint8" else values
    assert abs(found.astype(float) - expected.astype(float) * 255 / top).max() <= 1


# Files that are broken ------------------------------------------------------------------------------------------------


def small_files() -> dict[str, bytes]:
    """A small file of each format that Pillow writes."""
    exif = tagged(6)
    exif[0x013B] = "somebody"
    made = {
        "png": saved(quarters(), "PNG", exif=exif, icc_profile=profile_of("sRGB")),
        "png of a palette": saved(quarters().quantize(4), "PNG", transparency=b"\0\x80"),
        "png of 16 bits": saved(Image.fromarray(np.arange(64, dtype=np.uint16).reshape(8, 8)), "PNG"),
        "jpeg": saved(quarters(), "JPEG", exif=exif, icc_profile=profile_of("sRGB")),
        "jpeg of CMYK": saved(quarters().convert("CMYK"), "JPEG", icc_profile=profile_of("sRGB")),
        "gif": saved(quarters(), "GIF", save_all=True, append_images=[quarters().rotate(90)]),
        "webp": saved(quarters(), "WEBP", exif=exif),
        "bmp": saved(quarters(), "BMP"),
    }
    for compression in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg"):
        made[f"tiff of {compression}"] = saved(quarters(), "TIFF", compression=compression, exif=exif)
    made["tiff of LAB"] = saved(in_mode("LAB"), "TIFF")
    return made


FILES = small_files()


@st.composite
def broken_files(draw: st.DrawFn) -> bytes:
    """A small file, cut, with bytes overwritten, removed and repeated."""
    data = bytearray(FILES[draw(st.sampled_from(sorted(FILES)))])
    for _ in range(draw(st.integers(1, 6))):
        place = draw(st.integers(0, max(0, len(data) - 1)))
        how = draw(st.sampled_from(["overwrite", "overwrite", "remove", "repeat", "cut", "number"]))
        if how == "overwrite":
            data[place : place + 1] = draw(st.binary(min_size=1, max_size=4))
        elif how == "number":
            data[place : place + 4] = draw(
                st.sampled_from([b"\xff" * 4, b"\0" * 4, b"\x7f\xff\xff\xff", b"\0\0\0\x01"])
            )
        elif how == "remove":
            del data[place : place + draw(st.integers(1, 40))]
        elif how == "repeat":
            data[place:place] = data[place : place + draw(st.integers(1, 40))]
        else:
            del data[max(place, 16) :]
    return bytes(data)


OPTIONS: list[dict[str, Any]] = [{}, {"quality": 50}, {"max_pixels": 100}, {"quality": 50, "max_pixels": 5}]


@given(broken_files(), st.sampled_from(OPTIONS))
def test_a_broken_file_is_sent_or_refused(data: bytes, options: dict[str, Any]) -> None:
    """As bytes and as a Pillow image: what comes of it is a part or an `InputError`, and nothing else."""
    sources: list[Callable[[], object]] = [lambda: data, lambda: Image.open(io.BytesIO(data))]
    for source in sources:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of much that is odd
            try:
                given_source = source()
            except Exception:  # noqa: BLE001, S112  # the caller's own, before ours is reached
                continue
            made = outcome(given_source, options)
        assert made.suggestion if isinstance(made, InputError) else made["image_url"]["url"].startswith("data:image/")


def test_a_picture_that_another_program_draws_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pillow opens EPS, and cannot draw it without Ghostscript: the file is not broken."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("PIL.EpsImagePlugin.gs_binary", None)
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, format="EPS")
    error = refusal(Image.open(file))
    assert "Ghostscript" in error.message
    assert (
        error.suggestion
        == "install Ghostscript, or convert the picture to PNG first: Pillow draws no PostScript itself."
    )


def test_a_picture_that_pillow_only_recognises_is_to_be_converted() -> None:
    """WMF except on Windows, HDF5 and the like: the file is not broken."""
    error = refusal(Image.open(io.BytesIO(b"\x89HDF\r\n\x1a\n" + bytes(100))))
    assert "HDF5" in error.message
    assert (
        error.suggestion == "convert the picture to PNG first: Pillow recognises this format, and cannot read it here."
    )


def test_a_picture_of_too_many_pixels_for_pillow_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file whose size shows only when it is read: the file is not broken."""
    file = io.BytesIO()
    Image.new("RGBA", (64, 64)).save(file, format="ICNS", sizes=[(64, 64)])
    opened = Image.open(file)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert refusal(opened).suggestion == "resize the image, or check the file: it has more pixels than Pillow reads."


def outcome(source: object, options: dict[str, Any]) -> Any:
    """The part, or the error that says why there is none."""
    try:
        return image(source, **options)
    except InputError as error:
        return error
