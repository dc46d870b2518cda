"""System One: typed decisions about text, JSON, images and PDFs."""

from vlmrun._resources._async.decision_stream import AsyncDecisionStream
from vlmrun._resources._async.systemone import AsyncSystemOne
from vlmrun._resources._sync.decision_stream import DecisionStream
from vlmrun._resources._sync.systemone import SystemOne
from vlmrun._resources.decision_session import FrameDecision

__all__ = ["AsyncDecisionStream", "AsyncSystemOne", "DecisionStream", "FrameDecision", "SystemOne"]
