"""Receive webhooks with Flask: `VLMRUN_WEBHOOK_SECRET=... flask --app flask_app run`.

Pass `callback_url="https://your-host/webhook"` to the calls whose results should arrive here.
"""

from __future__ import annotations

import os

from flask import Flask, Response, abort, jsonify, request
from pydantic import BaseModel

from vlmrun import VLMRunError, webhooks


class Invoice(BaseModel):
    """What is read from an invoice."""

    total: float


app = Flask(__name__)
invoices: dict[str, Invoice] = {}
"""The invoices that were read, by the key of the event; in production, a table whose primary key is that key."""


@app.post("/webhook")
def webhook() -> Response:
    """Keep an invoice. VLM Run retries a webhook that is answered with an error, so one may come twice."""
    body = request.get_data()  # the bytes as they arrived: the signature is theirs
    signature = request.headers.get(webhooks.SIGNATURE_HEADER)
    secret = os.environ["VLMRUN_WEBHOOK_SECRET"]
    if not webhooks.verify(body, signature, secret):
        abort(401, "The signature is wrong.")
    try:
        event = webhooks.parse(body, signature, secret, response_model=Invoice)
    except VLMRunError as error:
        abort(422, error.message)
    if event.key in invoices:
        return jsonify(status="seen before")
    if event.response is None:
        return jsonify(status=f"ignored: {event.status}")
    invoices[event.key] = event.response
    return jsonify(status="kept")
