"""Reads the documents of a table with Ray Data: `python ray_invoices.py documents.parquet invoices done 100`.

The table has a column `path`; `invoices` is a folder of Parquet files of 100 rows. Start it again after a crash: Ray
keeps in `done` what it has written. On a cluster, all of these are on shared storage.
"""

import sys

import pyarrow
import ray
from pydantic import BaseModel
from ray.data.checkpoint import CheckpointConfig

from vlmrun import VLMRun
from vlmrun.batch import Extractor

WORKERS, SHARE = 2, 300  # requests a minute of each worker: half of the account's, for they know nothing of each other


class Invoice(BaseModel):
    number: str
    total: float


class Reader:
    def __init__(self, extractor: Extractor[Invoice]) -> None:
        self.extractor = extractor

    async def __call__(self, batch: pyarrow.Table) -> pyarrow.Table:
        return await self.extractor.table(batch)


documents, invoices, done, rows = sys.argv[1:]
extractor = Extractor(VLMRun(), prompt="Read it.", response_model=Invoice, column="path", requests_per_minute=SHARE)
ray.data.DataContext.get_current().checkpoint_config = CheckpointConfig("path", done)
table = ray.data.read_parquet(documents).repartition(target_num_rows_per_block=int(rows))
pool = ray.data.ActorPoolStrategy(size=WORKERS)
table.map_batches(
    Reader, fn_constructor_args=[extractor], compute=pool, batch_size=4, batch_format="pyarrow"
).write_parquet(invoices)
