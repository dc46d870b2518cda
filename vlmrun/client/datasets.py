"""Datasets: files for fine-tuning."""

from vlmrun._resources._async.datasets import AsyncDatasets
from vlmrun._resources._sync.datasets import Datasets

__all__ = ["AsyncDatasets", "Datasets"]
