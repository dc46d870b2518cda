"""References to artifacts, for a `response_model`, and message parts as models.

```python
class Report(BaseModel):
    summary: str
    chart: ImageRef

run = client.agent.run("Chart the totals.", inputs=[...], response_model=Report)
client.artifacts.image(run.output.chart, session_id=run.session_id).show()
```

`MessageContent` and the URLs in it are those of the official SDK; `vlmrun.content` makes message parts from more
sources. The models of requests and responses are in `vlmrun.client.types`.

May import: client.exceptions, client.types.
"""

from vlmrun.client.types._message_content import AudioUrl, DocumentUrl, FileUrl, ImageUrl, MessageContent, VideoUrl
from vlmrun.client.types._refs import (
    ArrayRef,
    ArtifactRef,
    AudioRef,
    DocumentRef,
    ImageRef,
    ReconRef,
    UrlRef,
    VideoRef,
)

__all__ = [
    "ArrayRef",
    "ArtifactRef",
    "AudioRef",
    "AudioUrl",
    "DocumentRef",
    "DocumentUrl",
    "FileUrl",
    "ImageRef",
    "ImageUrl",
    "MessageContent",
    "ReconRef",
    "UrlRef",
    "VideoRef",
    "VideoUrl",
]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
