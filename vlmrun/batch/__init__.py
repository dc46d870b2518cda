"""Many documents: a job on one machine that loses nothing and does nothing twice, with a journal in SQLite.

```python
from pathlib import Path

from vlmrun import VLMRun
from vlmrun.batch import Batch

batch = Batch("invoices.db", prompt="Read it.", response_model=Invoice, client=VLMRun())
batch.run(Path("inbox").glob("*.pdf"))
for result in batch.results():  # BatchResult[Invoice]
    print(result.source, result.error or result.output.total)
batch.write("invoices.parquet")
```

`Extractor` does the work of a job beyond one machine: a callable for Ray Data and Daft.

May import: client, client.exceptions, client.types, _arguments, _http, _inputs, _lifetimes, _resources.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vlmrun.batch._batch import Batch
    from vlmrun.batch._columns import ArrowSchema, ArrowTable
    from vlmrun.batch._extractor import Extractor
    from vlmrun.batch._results import BatchCounts, BatchError, BatchResult

__all__ = ["ArrowSchema", "ArrowTable", "Batch", "BatchCounts", "BatchError", "BatchResult", "Extractor"]

# A worker of a cluster needs no journal, and a program that reads results no connections: each name loads on first use.
_LAZY_NAMES = {
    "ArrowSchema": "_columns",
    "ArrowTable": "_columns",
    "Batch": "_batch",
    "BatchCounts": "_results",
    "BatchError": "_results",
    "BatchResult": "_results",
    "Extractor": "_extractor",
}

if not TYPE_CHECKING:  # a type checker would accept any name

    def __getattr__(name: str) -> object:
        from importlib import import_module

        if name in _LAZY_NAMES:
            value = globals()[name] = getattr(import_module(f"vlmrun.batch.{_LAZY_NAMES[name]}"), name)
            return value
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")

    def __dir__() -> list[str]:
        return __all__
