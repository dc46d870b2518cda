"""Receive webhooks with FastAPI: `VLMRUN_WEBHOOK_SECRET=... uvicorn fastapi_app:app`.

Pass `callback_url="https://your-host/webhook"` to the calls whose results should arrive here.
"""

from __future__ import annotations

import os

from fastapi import FastAPI, HTTPException, Request
from pydantic import BaseModel

from vlmrun import VLMRunError, webhooks


class Invoice(BaseModel):
    """What is read from an invoice."""

    total: float


app = FastAPI()
invoices: dict[str, Invoice] = {}
"""The invoices that were read, by the key of the event; in production, a table whose primary key is that key."""


@app.post("/webhook")
async def webhook(request: Request) -> dict[str, str]:
    """Keep an invoice. VLM Run retries a webhook that is answered with an error, so one may come twice."""
    body = await request.body()  # the bytes as they arrived: the signature is theirs
    signature = request.headers.get(webhooks.SIGNATURE_HEADER)
    secret = os.environ["VLMRUN_WEBHOOK_SECRET"]
    if not webhooks.verify(body, signature, secret):
        raise HTTPException(401, "The signature is wrong.")
    try:
        event = webhooks.parse(body, signature, secret, response_model=Invoice)
    except VLMRunError as error:
        raise HTTPException(422, error.message) from error
    if event.key in invoices:
        return {"status": "seen before"}
    if event.response is None:
        return {"status": f"ignored: {event.status}"}
    invoices[event.key] = event.response
    return {"status": "kept"}
