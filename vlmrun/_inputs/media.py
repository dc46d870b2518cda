"""Media types: what bytes are, and the kind of message part that each type belongs to.

The table is our own. `puremagic` 2 and `filetype` 1.2 were compared on `tests/corpora`: the one takes every zip archive
for a Word document, the other neither looks behind ID3 tags nor into OLE files, and both miss brands of MP4.

The formats that VLM Run accepts are documented at https://docs.vlm.run/agents/inputs.
"""

from __future__ import annotations

import functools
import os
import re

from vlmrun._inputs.containers import DOCX, HEAD_BYTES, Window, after_tag, in_ogg, in_ole, in_zip

__all__ = [
    "DOCX",
    "HEAD_BYTES",
    "MAX_PIXELS",
    "UNREAD",
    "Window",
    "by_name",
    "fits",
    "is_text",
    "kind_of",
    "media_type_of",
    "sniff",
]

MAX_PIXELS = 89_478_485
"""The maximum pixels of an image: Pillow's own limit, at which Pillow only warns."""

_ZIP = "application/zip"
_OLE = "application/x-ole-storage"

# A frame of MPEG audio, layer II or III: the bitrate is not 15, the sampling rate not 3.
_FRAME = b"\xff[\xe2\xe3\xf2\xf3\xf4\xf5\xfa\xfb\xfc\xfd][%s]" % b"".join(
    re.escape(bytes([byte])) for byte in range(0xF0) if byte >> 2 & 3 != 3
)

# The first bytes, as a regular expression, and the media type; the first match counts. Where a signature is only
# letters, the pattern requires more, because text may start with "BM" or "ID3" as well.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"(?:\xef\xbb\xbf)?\s*%PDF-", "application/pdf"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"BM.{12}[\x0c\x10\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp"),  # the last four bytes: the size of a header
    (rb"II\*\0.{4}CR\x02", "image/x-canon-cr2"),
    (rb"II[*+]\0|MM\0[*+]", "image/tiff"),
    (rb"RIFF.{4}WEBP", "image/webp"),
    (rb"R(?:IFF|F64).{4}WAVE", "audio/wav"),
    (rb"RIFF.{4}AVI ", "video/x-msvideo"),
    # ISO base media: the brand, and for generic image brands the compatible brands.
    (rb"\0\0..ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){0,8}?avi[fs])", "image/avif"),
    (rb"\0\0..ftyp(?:hei[cmsx]|hev[cmsx]|m[is]f1)", "image/heic"),
    (rb"\0\0..ftypcrx ", "image/x-canon-cr3"),
    (rb"\0\0..ftyp(?:M4[ABP]|F4[AB])[ \0]", "audio/mp4"),
    (rb"\0\0..ftyp3g2", "video/3gpp2"),
    (rb"\0\0..ftyp3g", "video/3gpp"),
    (rb"\0\0..ftypqt  ", "video/quicktime"),
    (rb"\0\0..ftyp", "video/mp4"),
    # QuickTime older than brands: the first box, with a size that is no text.
    (rb"\0\0\0\x08wide|\0...(?:moov|free|skip|pnot)|[\0-\x08]...mdat", "video/quicktime"),
    # EBML: the element DocType tells WebM from Matroska.
    (rb"\x1aE\xdf\xa3.{0,64}?\x42\x82.webm", "video/webm"),
    (rb"\x1aE\xdf\xa3.{0,64}?\x42\x82.matroska", "video/x-matroska"),
    (rb"\0\0\x01[\xb3\xba]", "video/mpeg"),
    (rb"(?:G..[\x10-\x3f].{184}){2}G", "video/mp2t"),
    (rb"FLV\x01[\0-\x05]\0\0\0\x09", "video/x-flv"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "video/x-ms-asf"),
    (rb"ID3[\x02-\x04][\0-\x0f]", "audio/mpeg"),  # but see `sniff`
    (_FRAME, "audio/mpeg"),
    (rb"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),  # ADTS: the frame of a layer that does not exist
    (rb"fLaC[\0\x80]", "audio/flac"),
    (rb"MPCK(?:SH|SE|RG)|MP\+[\x07\x17]", "audio/x-musepack"),
    (rb"MAC [\x80-\xff][\x0c-\x0f]", "audio/x-ape"),
    (rb"wvpk....[\x02-\x10]\x04", "audio/x-wavpack"),
    (rb"FORM.{4}AIF[FC]", "audio/x-aiff"),
    (rb"#!AMR(?:-WB)?\n", "audio/amr"),
    (rb"MThd\0\0\0\x06", "audio/midi"),
    (rb"OggS\0", "audio/ogg"),  # but see `sniff`
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", _OLE),  # but see `sniff`
    (rb"PK(?:\x03\x04|\x05\x06)", _ZIP),  # but see `sniff`
    (rb"\x1f\x8b\x08", "application/gzip"),
    (rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)", "application/x-bzip2"),
    (rb"\xfd7zXZ\0", "application/x-xz"),
    (rb"\x28\xb5\x2f\xfd", "application/zstd"),
    (rb"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (rb"Rar!\x1a\x07", "application/x-rar"),
    (rb"\{\\rtf1?[\\}\s]", "text/rtf"),
    # Those that VLM Run does not read.
    (rb"\xff\x0a[^\0]|\0\0\0\x0cJXL \r\n\x87\n", "image/jxl"),
    (rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51\0", "image/jp2"),
    (rb"8BPS\0[\x01\x02]", "image/vnd.adobe.photoshop"),
    (rb"%!PS-Adobe-|%!PS\s|\xc5\xd0\xd3\xc6", "application/postscript"),
    (rb"\0\0\x01\0[\x01-\x7f]\0.{3}\0[\0\x01]\0[\0\x01\x04\x08\x18\x20]\0", "image/x-icon"),
    (rb"AT&TFORM.{4}DJV[UM]", "image/vnd.djvu"),
    (rb"gimp xcf ", "image/x-xcf"),
    (rb"\x76\x2f\x31\x01", "image/x-exr"),
    (rb"#\?(?:RADIANCE|RGBE)\n", "image/vnd.radiance"),
    (rb"\x01\0\0\0.{36} EMF", "image/emf"),
    (rb"\xd7\xcd\xc6\x9a\0\0", "image/wmf"),
    (rb"P[1-6]\n(?:#[^\n]*\n)*\d+ \d+\s", "image/x-portable-anymap"),
    (rb"DDS \x7c\0\0\0", "image/x-dds"),
    (rb".{128}DICM", "application/dicom"),
    (rb"icns\0", "image/x-icns"),
    (rb"qoif\0", "image/x-qoi"),
    (rb"\x0a[\0-\x05]\x01[\x01\x02\x04\x08]", "image/x-pcx"),
    (rb"SIMPLE  = +T", "image/fits"),
    (rb"/\* XPM \*/", "image/x-xpixmap"),
    (rb"\.snd\0\0", "audio/basic"),
    (rb".{257}ustar[\0 ]", "application/x-tar"),
)

# What VLM Run does not read: what people call it, and what to convert it to.
UNREAD: dict[str, tuple[str, str]] = {
    "image/svg+xml": ("SVG", "PNG"),
    "image/jxl": ("JPEG XL", "PNG or JPEG"),
    "image/jp2": ("JPEG 2000", "PNG or JPEG"),
    "image/vnd.adobe.photoshop": ("Photoshop", "PNG or JPEG"),
    "application/postscript": ("PostScript or EPS", "PDF or PNG"),
    "image/x-icon": ("ICO", "PNG"),
    "image/vnd.djvu": ("DjVu", "PDF"),
    "image/x-xcf": ("XCF", "PNG or JPEG"),
    "image/x-exr": ("OpenEXR", "PNG or JPEG"),
    "image/vnd.radiance": ("Radiance HDR", "PNG or JPEG"),
    "image/emf": ("WMF or EMF", "PNG"),
    "image/wmf": ("WMF or EMF", "PNG"),
    "image/x-portable-anymap": ("Netpbm", "PNG"),
    "image/x-dds": ("DDS", "PNG"),
    "image/x-canon-cr2": ("camera raw", "JPEG"),
    "image/x-canon-cr3": ("camera raw", "JPEG"),
    "application/dicom": ("DICOM", "PNG"),
    "image/x-icns": ("ICNS", "PNG"),
    "image/x-qoi": ("QOI", "PNG"),
    "image/x-pcx": ("PCX", "PNG"),
    "image/fits": ("FITS", "PNG"),
    "image/x-xpixmap": ("XPM", "PNG"),
    "audio/midi": ("MIDI", "MP3"),
    "application/encrypted": ("encrypted office files", "one without a password"),
}

_DOCUMENTS = {"application/pdf", "application/msword", DOCX}

# What a container may hold besides its usual content.
_ALSO = {
    ("video/mp4", "audio"),
    ("video/quicktime", "audio"),
    ("video/webm", "audio"),
    ("video/x-matroska", "audio"),
    ("video/x-ms-asf", "audio"),
    ("video/ogg", "audio"),
    ("audio/ogg", "video"),
    (_ZIP, "document"),
    (_OLE, "document"),
}

# What a name says, where the bytes show only a container, or text. Systems differ in what they know of names.
_NAMES = {
    _ZIP: {
        ".docx": DOCX,
        ".docm": "application/vnd.ms-word.document.macroenabled.12",
        ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ".xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
        ".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        ".odt": "application/vnd.oasis.opendocument.text",
        ".ods": "application/vnd.oasis.opendocument.spreadsheet",
        ".odp": "application/vnd.oasis.opendocument.presentation",
        ".epub": "application/epub+zip",
        ".apk": "application/vnd.android.package-archive",
        ".jar": "application/java-archive",
        ".cbz": "application/vnd.comicbook+zip",
        ".kmz": "application/vnd.google-earth.kmz",
    },
    _OLE: {
        ".doc": "application/msword",
        ".dot": "application/msword",
        ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint",
        ".msg": "application/vnd.ms-outlook",
        ".vsd": "application/vnd.visio",
        ".msi": "application/x-msi",
        ".pub": "application/vnd.ms-publisher",
    },
    "text/plain": {
        ".txt": "text/plain",
        ".text": "text/plain",
        ".log": "text/plain",
        ".ini": "text/plain",
        ".md": "text/markdown",
        ".markdown": "text/markdown",
        ".csv": "text/csv",
        ".tsv": "text/tab-separated-values",
        ".html": "text/html",
        ".htm": "text/html",
        ".xml": "text/xml",
        ".rst": "text/x-rst",
        ".py": "text/x-python",
        ".css": "text/css",
        ".js": "text/javascript",
        ".ics": "text/calendar",
        ".vcf": "text/vcard",
        ".vtt": "text/vtt",
        ".json": "application/json",
        ".yaml": "application/yaml",
        ".yml": "application/yaml",
    },
}
_ENCODINGS = {
    "gzip": "application/gzip",
    "bzip2": "application/x-bzip2",
    "xz": "application/x-xz",
    "compress": "application/x-compress",
    "br": "application/x-brotli",
}


def sniff(data: bytes) -> str | None:
    """Detect the media type of bytes; `None` if it is not recognised."""
    return _detect(Window.of(data))


def _detect(data: Window) -> str | None:
    head = data.at(0, HEAD_BYTES)
    found = _signed(head)
    if found == "audio/mpeg" and head[:3] == b"ID3":
        behind = _signed(after_tag(data))
        return behind if behind is not None and behind.startswith("audio/") else found
    if found == "audio/ogg":
        return in_ogg(data)
    if found == _ZIP:
        return in_zip(data) or found
    if found == _OLE:
        return in_ole(data) or found
    if found is None and _is_svg(head):
        return "image/svg+xml"
    # Readers of PDF accept anything before it in the first kilobyte. Text may quote its first line, not its objects.
    if found is None and (start := head[:1024].find(b"%PDF-")) >= 0 and re.search(rb"\d \d+ obj\b", head[start:]):
        return "application/pdf"
    return found


def _signed(head: bytes) -> str | None:
    found = _signature().match(head)
    return None if found is None or found.lastindex is None else _SIGNATURES[found.lastindex - 1][1]


@functools.cache
def _signature() -> re.Pattern[bytes]:
    """All signatures in one expression, each a group: some sixty of their own take longer than the rest of a part."""
    return re.compile(b"|".join(b"(%s)" % pattern for pattern, _ in _SIGNATURES), re.DOTALL)


def media_type_of(data: Window, name: str | None) -> str | None:
    """Detect the media type of bytes with a name, which counts where they are only a container, or text.

    Args:
        data: The bytes.
        name: The name of the file, or `None`.
    """
    found = _detect(data)
    head = data.at(0, HEAD_BYTES)
    if found == "application/pdf" and _signed(head) is None and is_text(head):  # text that quotes a PDF
        return _by_suffix(name, "text/plain") or found
    if found in (_ZIP, _OLE):
        return _by_suffix(name, found) or found
    if found is None and is_text(head):
        guess = _by_suffix(name, "text/plain") or by_name(name)
        return guess if guess is not None and _is_textual(guess) else None
    return found


def by_name(name: str | None) -> str | None:
    """What a name says of the media type of a file, with its compression."""
    if name is None:
        return None
    import mimetypes  # not at the top: it reads files of the system

    guess, encoding = mimetypes.guess_type(f"./{name}")  # as a path: some names would be parsed as URLs
    if encoding is not None:
        return _ENCODINGS.get(encoding)
    return _by_suffix(name, "text/plain") or guess


def _by_suffix(name: str | None, container: str) -> str | None:
    return _NAMES[container].get(os.path.splitext(name or "")[1].lower())


def _is_textual(media_type: str) -> bool:
    return media_type.startswith("text/") or media_type in _NAMES["text/plain"].values()


def is_text(head: bytes) -> bool:
    """Whether the first bytes of a file are text: of Unicode, or of a code page."""
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = head[: len(head) // 2 * 2].decode("utf-16", "replace")
        return "\0" not in text and text.count("\ufffd") <= 1  # the head may end within a pair
    return bool(head) and re.search(rb"[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]", head) is None


def _is_svg(head: bytes) -> bool:
    """Whether bytes are SVG, which is text and has no signature."""
    before = rb"(?:\xef\xbb\xbf|\s|<\?xml[^>]*>|<!--(?:(?!-->).)*-->|<!DOCTYPE\s+svg[^\[>]*(?:\[[^\]]*\]\s*)?>)*"
    return re.match(before + rb"<svg[\s>]", head, re.DOTALL) is not None


def kind_of(media_type: str) -> str | None:
    """Return the kind of part for a media type: `image`, `video`, `audio` or `document`, or `None`."""
    top = media_type.partition("/")[0]
    if top in ("image", "video", "audio"):
        return top
    return "document" if top == "text" or media_type in _DOCUMENTS else None


def fits(sniffed: str, kind: str, declared: str | None) -> bool:
    """Whether bytes of the detected type may be of a kind; for a container, the declared type decides."""
    return kind_of(sniffed) == kind or (declared is not None and (sniffed, kind) in _ALSO)
