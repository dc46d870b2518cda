"""One small file of each format that people have, made by code. what each is, others judge: see `tests/corpora`."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import struct
import tarfile
import wave
import zipfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest

__all__ = ["SAMPLES", "make_ole", "make_zip"]

_OFFICE = {"[Content_Types].xml": b"<Types/>", "_rels/.rels": b"<Relationships/>"}
_PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<</Type/Catalog>>\nendobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"
_NOISE = bytes(range(256)) * 400


def make_zip(members: Mapping[str, bytes]) -> bytes:
    """A zip archive, nothing compressed."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def make_ole(names: Sequence[str], inner: Sequence[str] = (), *, far: int = 0) -> bytes:
    """An OLE file with empty streams at its root, others in a folder, and sectors before its directory."""
    free, end, none = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF
    folder = ["Embedded", *inner] if inner else []
    all_names = ["Root Entry", *names, *folder]
    entries = b""
    for index, name in enumerate(all_names):
        encoded = name.encode("utf-16-le")
        kind = 5 if index == 0 else 1 if name == "Embedded" else 2
        # Brothers are in a chain to the right: those at the root with the folder, those in the folder for themselves.
        is_inner = index > len(names) + 1
        last = len(all_names) - 1 if is_inner else len(names) + bool(inner)
        right = index + 1 if 0 < index < last else none
        child = 1 if index == 0 else len(names) + 2 if name == "Embedded" else none
        head = encoded.ljust(64, b"\0") + struct.pack("<HBB3I", len(encoded) + 2, kind, 1, none, right, child)
        entries += head + bytes(36) + struct.pack("<IQ", end, 0)
    entries += (bytes(64) + struct.pack("<HBB3I", 0, 0, 0, none, none, none) + bytes(48)) * (-len(all_names) % 4)
    sectors = len(entries) // 512
    first = 1 + far  # of the directory, behind the allocation table
    table = [0xFFFFFFFD, *[free] * far, *range(first + 1, first + sectors), end]
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<5H", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    header += (
        struct.pack("<9I", 0, 1, first, 0, 4096, end, 0, end, 0) + struct.pack("<I", 0) + struct.pack("<I", free) * 108
    )
    return header + struct.pack(f"<{len(table)}I", *table).ljust(512, b"\xff") + bytes(512 * far) + entries


def _pillow(kind: str, mode: str = "RGB", **options: Any) -> Callable[[], bytes]:
    def make() -> bytes:
        pillow = pytest.importorskip("PIL.Image", reason="makes images")
        file = io.BytesIO()
        try:
            pillow.new(mode, (16, 16), 1).save(file, kind, **options)
        except (KeyError, OSError) as error:
            pytest.skip(f"this Pillow writes no {kind}: {error}")
        return file.getvalue()

    return make


def _wav() -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(200))
    return file.getvalue()


def _tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"))
    return file.getvalue()


def _brand(brand: bytes) -> bytes:
    return struct.pack(">I", 24) + b"ftyp" + brand + b"\0\0\0\x01" + brand + b"isom" + struct.pack(">I", 8) + b"free"


def _id3(size: int, data: bytes) -> bytes:
    length = bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\x04\0\0" + length + bytes(size) + data


def _page(flags: int, serial: int, data: bytes) -> bytes:
    head = b"OggS\0" + bytes([flags]) + bytes(8) + struct.pack("<II", serial, 0) + bytes(4)
    return head + bytes([1, len(data)]) + data


_VORBIS = b"\x01vorbis\0\0\0\0\x01\x44\xac\0\0" + bytes(13) + b"\xb8\x01"
_THEORA = b"\x80theora\x03\x02\x01" + bytes(32)
_OGM = b"\x01video\0\0\0DIVX" + bytes(40)
_SKELETON = b"fishead\0\x03\0\0\0" + bytes(52)
_MP3 = (b"\xff\xfb\x90\x64" + bytes(413)) * 4
_LAYER_2 = (b"\xff\xfd\x84\x04" + bytes(413)) * 4
_AAC = (b"\xff\xf1\x50\x80\x02\x1f\xfc" + bytes(9)) * 8
_FLAC = b"fLaC\x80\0\0\x22\x10\0\x10\0\0\0\0\0\0\0\x0a\xc4\x42\xf0\0\0\0\0" + bytes(16)


def _of(data: bytes) -> Callable[[], bytes]:
    return lambda: data


def _office(member: str, first: Mapping[str, bytes] | None = None) -> Callable[[], bytes]:
    return lambda: make_zip({**(first or {}), **_OFFICE, member: b"<x/>"})


def _stored(media_type: str) -> Callable[[], bytes]:
    return lambda: make_zip({"mimetype": media_type.encode(), "content.xml": b"<x/>", "META-INF/manifest.xml": b""})


# By the name of the file: how it is made, and what it is.
SAMPLES: dict[str, tuple[Callable[[], bytes], str]] = {
    # Images
    "a.png": (_pillow("PNG"), "image/png"),
    "a.jpg": (_pillow("JPEG"), "image/jpeg"),
    "a.gif": (_pillow("GIF", "P"), "image/gif"),
    "a.bmp": (_pillow("BMP"), "image/bmp"),
    "a.tif": (_pillow("TIFF"), "image/tiff"),
    "big-endian.tif": (_of(b"MM\0*\0\0\0\x08\0\0\0\0\0\0"), "image/tiff"),
    "a.webp": (_pillow("WEBP"), "image/webp"),
    "a.avif": (_pillow("AVIF"), "image/avif"),
    "a.heic": (_of(_brand(b"heic")), "image/heic"),
    "a.cr3": (_of(_brand(b"crx ")), "image/x-canon-cr3"),
    "a.cr2": (_of(b"II*\0\x10\0\0\0CR\x02\0" + bytes(20)), "image/x-canon-cr2"),
    "a.svg": (_of(b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>'), "image/svg+xml"),
    "doctype.svg": (
        _of(
            b'<?xml version="1.0"?>\n<!-- a > b -->\n<!DOCTYPE svg PUBLIC "x" "y" [<!ENTITY a "b">]>\n<svg width="1"/>'
        ),
        "image/svg+xml",
    ),
    "a.jxl": (_of(b"\xff\x0a\xfa\x7f\x01\x90" + bytes(20)), "image/jxl"),
    "container.jxl": (_of(b"\0\0\0\x0cJXL \r\n\x87\n\0\0\0\x14ftypjxl \0\0\0\0jxl "), "image/jxl"),
    "a.jp2": (_pillow("JPEG2000"), "image/jp2"),
    "a.psd": (_of(b"8BPS\0\x01" + bytes(6) + b"\0\x03\0\0\0\x01\0\0\0\x01\0\x08\0\x03"), "image/vnd.adobe.photoshop"),
    "a.eps": (_pillow("EPS"), "application/postscript"),
    "a.ico": (_pillow("ICO"), "image/x-icon"),
    "a.ppm": (_pillow("PPM"), "image/x-portable-anymap"),
    "a.dds": (_pillow("DDS"), "image/x-dds"),
    "a.djvu": (_of(b"AT&TFORM\0\0\0\x20DJVUINFO" + bytes(20)), "image/vnd.djvu"),
    "a.xcf": (_of(b"gimp xcf v011\0" + bytes(20)), "image/x-xcf"),
    "a.exr": (_of(b"\x76\x2f\x31\x01\x02\0\0\0" + bytes(20)), "image/x-exr"),
    "a.hdr": (_of(b"#?RADIANCE\nFORMAT=32-bit_rle_rgbe\n\n-Y 1 +X 1\nabcd"), "image/vnd.radiance"),
    "a.emf": (_of(b"\x01\0\0\0\x6c\0\0\0" + bytes(32) + b" EMF" + bytes(60)), "image/emf"),
    "a.wmf": (_of(b"\xd7\xcd\xc6\x9a\0\0" + bytes(40)), "image/wmf"),
    "a.dcm": (_of(bytes(128) + b"DICM" + bytes(20)), "application/dicom"),
    "a.icns": (_of(b"icns\0\0\0\x10ic07\0\0\0\x08"), "image/x-icns"),
    "a.qoi": (_of(b"qoif\0\0\0\x10\0\0\0\x10\x03\0" + bytes(20)), "image/x-qoi"),
    "a.pcx": (_pillow("PCX"), "image/x-pcx"),
    "a.fits": (_of(b"SIMPLE  =                    T".ljust(2880)), "image/fits"),
    "a.xpm": (_of(b'/* XPM */\nstatic char *a[] = {"1 1 1 1", "a c #000", "a"};\n'), "image/x-xpixmap"),
    "os2.bmp": (_of(b"BM" + bytes(12) + b"\x10\0\0\0" + bytes(12)), "image/bmp"),
    # Video
    "a.mp4": (_of(_brand(b"mp42")), "video/mp4"),
    "a.m4v": (_of(_brand(b"M4V ")), "video/mp4"),
    "a.f4v": (_of(_brand(b"F4V ")), "video/mp4"),
    "a.3gp": (_of(_brand(b"3gp5")), "video/3gpp"),
    "a.3g2": (_of(_brand(b"3g2a")), "video/3gpp2"),
    "a.mov": (_of(_brand(b"qt  ")), "video/quicktime"),
    "moov.mov": (_of(b"\0\0\0\x6cmoov\0\0\0\x64mvhd" + bytes(92)), "video/quicktime"),
    "wide.mov": (_of(b"\0\0\0\x08wide\0\0\0\x10mdat" + bytes(8)), "video/quicktime"),
    "mdat.mov": (_of(b"\0\0\x01\0mdat" + bytes(300)), "video/quicktime"),
    "large-mdat.mov": (_of(b"\0\0\0\x01mdat" + bytes(300)), "video/quicktime"),
    "a.avi": (_of(b"RIFF\x40\0\0\0AVI LIST" + bytes(50)), "video/x-msvideo"),
    "a.webm": (
        _of(b"\x1aE\xdf\xa3\x9fB\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x84webm"),
        "video/webm",
    ),
    "a.mkv": (
        _of(b"\x1aE\xdf\xa3\xa3B\x86\x81\x01B\xf7\x81\x01B\xf2\x81\x04B\xf3\x81\x08B\x82\x88matroska"),
        "video/x-matroska",
    ),
    "a.mpg": (_of(b"\0\0\x01\xba\x21\0\x01\0\x01" + bytes(30)), "video/mpeg"),
    "stream.mpg": (_of(b"\0\0\x01\xb3\x16\0\xf0\x15" + bytes(30)), "video/mpeg"),
    "a.ts": (_of((b"G@\0\x10" + bytes(184)) * 5), "video/mp2t"),
    "a.flv": (_of(b"FLV\x01\x05\0\0\0\x09\0\0\0\0"), "video/x-flv"),
    "a.wmv": (_of(bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c") + bytes(30)), "video/x-ms-asf"),
    "a.ogv": (_of(_page(2, 1, _THEORA)), "video/ogg"),
    "late.ogv": (_of(_page(2, 1, _VORBIS) + _page(2, 2, _THEORA)), "video/ogg"),
    "skeleton.ogv": (_of(_page(2, 1, _SKELETON) + _page(2, 2, _THEORA)), "video/ogg"),
    "a.ogm": (_of(_page(2, 1, _OGM)), "video/ogg"),
    "late.ogm": (_of(_page(2, 1, _VORBIS) + _page(2, 2, _OGM)), "video/ogg"),
    # Audio
    "a.mp3": (_of(_MP3), "audio/mpeg"),
    "tagged.mp3": (_of(_id3(200, _MP3)), "audio/mpeg"),
    "a.mp2": (_of(_LAYER_2), "audio/mpeg"),
    "a.m4a": (_of(_brand(b"M4A ")), "audio/mp4"),
    "nul.m4a": (_of(_brand(b"M4A\0")), "audio/mp4"),
    "a.m4b": (_of(_brand(b"M4B ")), "audio/mp4"),
    "a.m4p": (_of(_brand(b"M4P ")), "audio/mp4"),
    "a.f4a": (_of(_brand(b"F4A ")), "audio/mp4"),
    "a.f4b": (_of(_brand(b"F4B ")), "audio/mp4"),
    "a.wav": (_wav, "audio/wav"),
    "a.flac": (_of(_FLAC), "audio/flac"),
    "tagged.flac": (_of(_id3(200, _FLAC)), "audio/flac"),
    "large-tag.flac": (_of(_id3(100_000, _FLAC)), "audio/flac"),
    "two-tags.flac": (_of(_id3(20, _id3(30, _FLAC))), "audio/flac"),
    "a.aac": (_of(_AAC), "audio/aac"),
    "tagged.aac": (_of(_id3(200, _AAC)), "audio/aac"),
    "a.mpc": (_of(b"MPCKSH\x0f" + bytes(40)), "audio/x-musepack"),
    "tagged.mpc": (_of(_id3(200, b"MP+\x07" + bytes(40))), "audio/x-musepack"),
    "a.ogg": (_of(_page(2, 1, _VORBIS)), "audio/ogg"),
    "a.opus": (_of(_page(2, 1, b"OpusHead\x01\x02" + bytes(9))), "audio/ogg"),
    "a.aiff": (_of(b"FORM\0\0\0\x20AIFFCOMM" + bytes(30)), "audio/x-aiff"),
    "a.au": (_of(b".snd\0\0\0\x18\0\0\0\0\0\0\0\x01\0\0\x1f\x40\0\0\0\x01"), "audio/basic"),
    "a.amr": (_of(b"#!AMR\n" + bytes(20)), "audio/amr"),
    "a.ape": (_of(b"MAC \x96\x0f\0\0" + bytes(50)), "audio/x-ape"),
    "a.wv": (_of(b"wvpk\x20\0\0\0\x10\x04" + bytes(40)), "audio/x-wavpack"),
    "a.mid": (_of(b"MThd\0\0\0\x06\0\x01\0\x01\0\x60MTrk"), "audio/midi"),
    # Documents
    "a.pdf": (_of(_PDF), "application/pdf"),
    "mark.pdf": (_of(b"\xef\xbb\xbf" + _PDF), "application/pdf"),
    "line.pdf": (_of(b"\r\n" + _PDF), "application/pdf"),
    "junk.pdf": (_of(b"HTTP/1.1 200 OK\r\nServer: x\r\n\r\n" + _PDF), "application/pdf"),
    "late.pdf": (_of(b"\0" * 1000 + _PDF), "application/pdf"),
    "too-late.bin": (_of(b"\0" * 1030 + _PDF), "application/octet-stream"),
    "a.doc": (lambda: make_ole(["WordDocument", "1Table"]), "application/msword"),
    "with-a-table.doc": (lambda: make_ole(["WordDocument"], ["Workbook"]), "application/msword"),
    "far.doc": (lambda: make_ole(["1Table", "Data", "WordDocument"], far=120), "application/msword"),
    "a.xls": (lambda: make_ole(["Workbook"]), "application/vnd.ms-excel"),
    "old.xls": (lambda: make_ole(["Book"]), "application/vnd.ms-excel"),
    "with-a-letter.xls": (lambda: make_ole(["Workbook"], ["WordDocument"]), "application/vnd.ms-excel"),
    "a.ppt": (lambda: make_ole(["Current User", "PowerPoint Document"]), "application/vnd.ms-powerpoint"),
    "a.msg": (lambda: make_ole(["__nameid_version1.0", "__properties_version1.0"]), "application/vnd.ms-outlook"),
    "encrypted.docx": (lambda: make_ole(["EncryptionInfo", "EncryptedPackage"]), "application/encrypted"),
    "a.docx": (
        _office("word/document.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "thumbnail.docx": (
        _office("word/document.xml", {"docProps/thumbnail.jpeg": _NOISE}),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    "a.xlsx": (_office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "a.pptx": (
        _office("ppt/presentation.xml"),
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
    "a.vsdx": (_office("visio/document.xml"), "application/vnd.ms-visio.drawing.main+xml"),
    "a.odt": (_stored("application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text"),
    "a.ods": (
        _stored("application/vnd.oasis.opendocument.spreadsheet"),
        "application/vnd.oasis.opendocument.spreadsheet",
    ),
    "a.epub": (_stored("application/epub+zip"), "application/epub+zip"),
    "a.apk": (
        lambda: make_zip({"AndroidManifest.xml": b"\x03\0\x08\0", "classes.dex": b"dex\n035\0"}),
        "application/vnd.android.package-archive",
    ),
    "a.jar": (lambda: make_zip({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n"}), "application/java-archive"),
    "a.rtf": (_of(b"{\\rtf1\\ansi hello}"), "text/rtf"),
    # Containers and text, which only names tell
    "a.zip": (lambda: make_zip({"a.docx": b"x", "word/a": b""}), "application/zip"),
    "a.cbz": (lambda: make_zip({"1.png": b"x"}), "application/vnd.comicbook+zip"),
    "a.msi": (lambda: make_ole(["Tables"]), "application/x-msi"),
    "data.csv.gz": (lambda: gzip.compress(b"a,b\n"), "application/gzip"),
    "a.svgz": (lambda: gzip.compress(b"<svg/>"), "application/gzip"),
    "a.tar.bz2": (lambda: bz2.compress(b"a"), "application/x-bzip2"),
    "a.xz": (lambda: lzma.compress(b"a"), "application/x-xz"),
    "a.tar": (_tar, "application/x-tar"),
    "a.7z": (_of(b"7z\xbc\xaf\x27\x1c\0\x04" + bytes(24)), "application/x-7z-compressed"),
    "a.rar": (_of(b"Rar!\x1a\x07\x01\0" + bytes(20)), "application/x-rar"),
    "notes.txt": (_of("Notes: Ärger\n".encode()), "text/plain"),
    "latin.txt": (_of("Notes: Ärger\n".encode("latin-1")), "text/plain"),
    "utf-16.txt": (_of("Notes: Ärger\n".encode("utf-16")), "text/plain"),
    "README.md": (_of(b"# Read me\n\nFirst line of a PDF: %PDF-1.7\n"), "text/markdown"),
    "quoting.md": (_of(b"A PDF: `%PDF-1.7\n1 0 obj`\n"), "text/markdown"),
    "table.csv": (_of(b"a,b\n1,2\n"), "text/csv"),
    "page.html": (_of(b"<!DOCTYPE html><html><body>Hi</body></html>"), "text/html"),
    "with-a-drawing.html": (
        _of(b"<!DOCTYPE html><!-- a --><html><body><!-- b --><svg></svg></body></html>"),
        "text/html",
    ),
    "data.json": (_of(b'{"a": 1}'), "application/json"),
}
