"""Fine-tuning: models of one's own."""

from vlmrun._resources._async.fine_tuning import AsyncFinetuning
from vlmrun._resources._sync.fine_tuning import Finetuning

__all__ = ["AsyncFinetuning", "Finetuning"]
