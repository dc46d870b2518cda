"""Reads the documents of a table with Daft: `python daft_invoices.py documents.parquet invoices 100`.

Start it again after a crash: it reads what the folder `invoices` lacks. With `DAFT_RUNNER=ray` it runs on a cluster.
"""

import sys
from pathlib import Path

import daft
import pyarrow
from pydantic import BaseModel

from vlmrun import VLMRun
from vlmrun.batch import Extractor


class Invoice(BaseModel):
    number: str
    total: float


extractor = Extractor(VLMRun(), prompt="Read it.", response_model=Invoice, column="path", requests_per_minute=600)
COLUMNS = daft.DataType.from_arrow_type(pyarrow.struct(pyarrow.schema(extractor.schema)))


@daft.cls(max_concurrency=16)
class Reader:
    @daft.method(return_dtype=COLUMNS, unnest=True)
    async def read(self, path: str) -> dict[str, object]:
        return await extractor({"path": path})


documents, invoices, rows = sys.argv[1:]
table = daft.read_parquet(documents).select("path")
if any(Path(invoices).glob("*.parquet")):
    table = table.join(daft.read_parquet(invoices), on="path", how="anti")
paths, size = table.to_pydict()["path"], int(rows)
for start in range(0, len(paths), size):
    part = daft.from_pydict({"path": paths[start : start + size]})
    part.select("path", Reader().read(part["path"])).write_parquet(invoices)  # type: ignore[arg-type]  # on columns
