"""Pictures of predictions: where each field was read.

```python
from vlmrun import viz

prediction = client.document.generate(file="invoice.pdf", domain="document.invoice", config={"grounding": True})
viz.draw("invoice.pdf", prediction).save("grounding.png")
```

Requires Pillow, and pypdfium2 for PDFs: `pip install 'vlmrun[all]'`.
"""

from vlmrun._drawing.drawing import draw
from vlmrun._drawing.results import ResultsTable, show_results

__all__ = ["ResultsTable", "draw", "show_results"]


def __dir__() -> list[str]:
    return __all__  # and not what is imported here
