"""Media types: detected from the first bytes, and the kind of message part that each belongs to.

The formats that VLM Run accepts are documented at https://docs.vlm.run/agents/inputs.
"""

from __future__ import annotations

import re

__all__ = ["DOCX", "HEAD_BYTES", "MAX_PIXELS", "fits", "is_svg", "kind_of", "sniff"]

MAX_PIXELS = 89_478_485
"""The maximum pixels of an image: Pillow's own limit, at which Pillow only warns."""

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

HEAD_BYTES = 65_536  # bytes: the folders of a docx and the brands of an mp4 come much earlier

# The first bytes, as a regular expression, and the media type; the first match counts. Where a signature is only
# letters, the pattern requires more, because text may start with "BM" or "ID3" as well.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"%PDF-", "application/pdf"),
    (rb"\x89PNG\r\n\x1a\n", "image/png"),
    (rb"\xff\xd8\xff", "image/jpeg"),
    (rb"GIF8[79]a", "image/gif"),
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0", "image/bmp"),  # the last four bytes: the size of a header
    (rb"II[*+]\0|MM\0[*+]", "image/tiff"),
    (rb"RIFF.{4}WEBP", "image/webp"),
    (rb"R(?:IFF|F64).{4}WAVE", "audio/wav"),
    (rb"RIFF.{4}AVI ", "video/x-msvideo"),
    # ISO base media: the brand, and for generic image brands the compatible brands.
    (rb"\0\0..ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){0,8}?avi[fs])", "image/avif"),
    (rb"\0\0..ftyp(?:hei[cmsx]|hev[cmsx]|m[is]f1)", "image/heic"),
    (rb"\0\0..ftypM4[AB] ", "audio/mp4"),
    (rb"\0\0..ftypqt  ", "video/quicktime"),
    (rb"\0\0..ftyp", "video/mp4"),
    # EBML: the element DocType tells WebM from Matroska.
    (rb"\x1aE\xdf\xa3.{0,64}?\x42\x82.webm", "video/webm"),
    (rb"\x1aE\xdf\xa3.{0,64}?\x42\x82.matroska", "video/x-matroska"),
    (rb"ID3[\x02-\x04][\0-\x0f]|\xff[\xe2\xe3\xf2\xf3\xfa\xfb]", "audio/mpeg"),  # a tag, or a frame of layer III
    (rb"\xff[\xf0\xf1\xf8\xf9]", "audio/aac"),  # ADTS: the frame of a layer that does not exist
    (rb"fLaC[\0\x80]", "audio/flac"),
    (rb"OggS\0.{23}\x80theora", "video/ogg"),
    (rb"OggS\0", "audio/ogg"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),  # OLE: of its formats, the one that VLM Run accepts
    # A zip that starts like an office document and has Word's folder: not a zip that contains a docx.
    (
        rb"PK\x03\x04.{26}(?:word/|(?:\[Content_Types\]|_rels/|docProps/|customXml/).*?PK\x03\x04.{26}word/)",
        DOCX,
    ),
    (rb"PK(?:\x03\x04|\x05\x06)", "application/zip"),
)

_DOCUMENTS = {"application/pdf", "application/msword", DOCX}

# What a container may hold besides its usual content.
_ALSO = {
    ("video/mp4", "audio"),
    ("video/quicktime", "audio"),
    ("video/webm", "audio"),
    ("video/x-matroska", "audio"),
    ("video/ogg", "audio"),
    ("audio/ogg", "video"),
    ("application/zip", "document"),
}


def sniff(head: bytes) -> str | None:
    """Detect the media type from the first bytes; `None` if it is not recognised."""
    head = head[:HEAD_BYTES]
    return next((name for pattern, name in _SIGNATURES if re.match(pattern, head, re.DOTALL)), None)


def is_svg(data: bytes) -> bool:
    """Whether bytes are SVG, which is text and has no signature."""
    head = data[:HEAD_BYTES]
    before = rb"(?:\xef\xbb\xbf)?\s*(?:<\?xml.*?|<!--.*?-->|<!DOCTYPE.*?|\s)*"
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
