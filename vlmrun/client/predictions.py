"""Predictions: what VLM Run has extracted from an image, a document, audio or a video."""

from vlmrun._resources._async.predictions import AsyncPredictions
from vlmrun._resources._sync.predictions import Predictions

__all__ = ["AsyncPredictions", "Predictions"]
