"""Message parts and messages for `messages=`: text, images, video, audio, documents and files.

```python
from vlmrun import content

message = content.user("What is the total?", content.document("invoice.pdf"))
client.agent.completions.create(model="vlmrun-orion-1:auto", messages=[message])
```

A source is a URL, a path, bytes or an open binary file. A URL is sent as it is, and the server fetches it. Any other
source is read locally and sent as a `data:` URL with its bytes unmodified. The type is detected from the content; the
file name counts only for text, and for what is in a container such as a zip archive.

`content.Message` and `content.Part` are the types of what these functions return. They are OpenAI's own types, so
`messages=` accepts lists of them.

The forms of the parts are documented at https://docs.vlm.run/agents/inputs.
"""

from vlmrun._inputs.parts import (
    MAX_INLINE_BYTES,
    FileSource,
    ImageSource,
    Input,
    Inputs,
    Message,
    Part,
    SupportsArray,
    SupportsId,
    SupportsImage,
    assistant,
    audio,
    document,
    document_pages,
    document_url,
    file,
    image,
    system,
    text,
    user,
    video,
)
from vlmrun._inputs.reading import (
    AsyncSource,
    Source,
    SupportsAsyncRead,
    SupportsFile,
    SupportsRead,
    SupportsStream,
)

__all__ = [
    "MAX_INLINE_BYTES",
    "AsyncSource",
    "FileSource",
    "ImageSource",
    "Input",
    "Inputs",
    "Message",
    "Part",
    "Source",
    "SupportsArray",
    "SupportsAsyncRead",
    "SupportsFile",
    "SupportsId",
    "SupportsImage",
    "SupportsRead",
    "SupportsStream",
    "assistant",
    "audio",
    "document",
    "document_pages",
    "document_url",
    "file",
    "image",
    "system",
    "text",
    "user",
    "video",
]
