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

May import: client, client.exceptions, client.types, _arguments, _http, _inputs, _lifetimes, _resources.
"""

from vlmrun.batch._batch import Batch
from vlmrun.batch._results import BatchCounts, BatchError, BatchResult

__all__ = ["Batch", "BatchCounts", "BatchError", "BatchResult"]
