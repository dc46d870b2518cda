"""What a message is made of: text, images, video, audio, documents and files, ready for `messages=`.

    from vlmrun._inputs import parts as content

    message = content.user("What is the total?", content.document(Path("invoice.pdf")))
    client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])

A source is a URL, a path, bytes or an open binary file. A URL goes out as it is and is fetched by the server; the rest
is read here and goes out as a `data:` URL, byte for byte. What it is, its bytes tell, never its name.

Source: API.md §8.
"""

from vlmrun._inputs.parts import (
    MAX_INLINE_BYTES,
    FileSource,
    ImageSource,
    Source,
    SupportsArray,
    SupportsId,
    SupportsImage,
    SupportsRead,
    audio,
    document,
    document_pages,
    file,
    image,
    system,
    text,
    user,
    video,
)

__all__ = [
    "MAX_INLINE_BYTES",
    "FileSource",
    "ImageSource",
    "Source",
    "SupportsArray",
    "SupportsId",
    "SupportsImage",
    "SupportsRead",
    "audio",
    "document",
    "document_pages",
    "file",
    "image",
    "system",
    "text",
    "user",
    "video",
]
