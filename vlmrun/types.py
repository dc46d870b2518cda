"""References to artifacts, for a `response_model`.

```python
class Report(BaseModel):
    summary: str
    chart: ImageRef

run = client.agent.run("Chart the totals.", inputs=[...], response_model=Report)
client.artifacts.image(run.output.chart, session_id=run.session_id).show()
```

The models of requests and responses are in `vlmrun.client.types`.
"""

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

__all__ = ["ArrayRef", "ArtifactRef", "AudioRef", "DocumentRef", "ImageRef", "ReconRef", "UrlRef", "VideoRef"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
