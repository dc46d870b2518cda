"""The built-in JSON schemas, one for each domain of the catalogue. They are this project's own, not the platform's."""

from __future__ import annotations

__all__ = ["AUDIO_TRANSCRIPTION", "CAPTION", "INVOICE", "MARKDOWN", "RECEIPT", "VIDEO_TRANSCRIPTION"]

_Schema = dict[str, object]


def _field(kind: str, description: str, **keywords: object) -> _Schema:
    return {"type": kind, "description": description, **keywords}


def _text(description: str) -> _Schema:
    return _field("string", description)


def _date(description: str) -> _Schema:
    return _field("string", description, format="date")


def _amount(description: str) -> _Schema:
    return _field("number", description)


def _seconds(description: str) -> _Schema:
    return _field("number", description, minimum=0)


def _list(items: _Schema, description: str) -> _Schema:
    return _field("array", description, items=items)


def _object(title: str, properties: dict[str, _Schema], *required: str) -> _Schema:
    return {"title": title, "type": "object", "properties": properties, "required": list(required)}


_ADDRESS = _object(
    "Address",
    {
        "street": _text("Street and house number"),
        "city": _text("City"),
        "state": _text("State or region"),
        "postal_code": _text("Postal code"),
        "country": _text("Country"),
    },
)

_ITEM = _object(
    "Item",
    {
        "description": _text("What was sold"),
        "quantity": _amount("How many"),
        "unit_price": _amount("Price of one"),
        "amount": _amount("Price of all"),
    },
    "description",
)

INVOICE = _object(
    "Invoice",
    {
        "invoice_id": _text("Invoice number"),
        "invoice_date": _date("Date of issue"),
        "due_date": _date("Date by which payment is due"),
        "issuer": _text("Name of the seller"),
        "issuer_address": _ADDRESS,
        "customer": _text("Name of the buyer"),
        "customer_address": _ADDRESS,
        "items": _list(_ITEM, "Line items"),
        "subtotal": _amount("Sum of the line items"),
        "tax": _amount("Tax"),
        "total": _amount("Amount due"),
        "currency": _text("ISO 4217 currency code"),
    },
    "invoice_id",
    "items",
    "total",
)

RECEIPT = _object(
    "Receipt",
    {
        "receipt_id": _text("Receipt number"),
        "transaction_date": _date("Date of the purchase"),
        "merchant_name": _text("Name of the merchant"),
        "merchant_address": _ADDRESS,
        "items": _list(_ITEM, "Items that were bought"),
        "tax": _amount("Tax"),
        "tip": _amount("Tip"),
        "total": _amount("Amount paid"),
        "currency": _text("ISO 4217 currency code"),
        "payment_method": _text("How it was paid, such as cash or card"),
    },
    "merchant_name",
    "total",
)

_TABLE = _object(
    "Table",
    {
        "content": _text("The table in Markdown"),
        "headers": _list(
            _object(
                "Header",
                {
                    "id": _text("Identifier of the column"),
                    "column": _field("integer", "Index of the column", minimum=0),
                    "name": _text("Name of the column"),
                },
                "id",
                "column",
                "name",
            ),
            "Columns of the table",
        ),
        "data": _list({"type": "object"}, "Rows of the table"),
    },
)

_FIGURE = _object(
    "Figure",
    {
        "id": _field("integer", "Number of the figure on its page", minimum=0),
        "title": _text("Title"),
        "caption": _text("Caption"),
        "content": _text("What the figure shows"),
    },
    "id",
)

MARKDOWN = _object(
    "MarkdownDocument",
    {
        "pages": _list(
            _object(
                "MarkdownPage",
                {
                    "content": _text("The page in Markdown"),
                    "tables": _list(_TABLE, "Tables of the page"),
                    "figures": _list(_FIGURE, "Figures of the page"),
                },
                "content",
            ),
            "Pages of the document",
        ),
    },
    "pages",
)

CAPTION = _object(
    "ImageCaption",
    {
        "caption": _text("One sentence that describes the image"),
        "tags": _list({"type": "string"}, "Keywords"),
    },
    "caption",
    "tags",
)

_METADATA = _object("Metadata", {"duration": _seconds("Length in seconds")}, "duration")

AUDIO_TRANSCRIPTION = _object(
    "AudioTranscription",
    {
        "metadata": _METADATA,
        "segments": _list(
            _object(
                "AudioSegment",
                {
                    "start_time": _seconds("Start in seconds"),
                    "end_time": _seconds("End in seconds"),
                    "content": _text("What is said"),
                },
                "start_time",
                "end_time",
                "content",
            ),
            "Segments in order",
        ),
    },
    "metadata",
    "segments",
)

VIDEO_TRANSCRIPTION = _object(
    "VideoTranscription",
    {
        "metadata": _METADATA,
        "segments": _list(
            _object(
                "VideoSegment",
                {
                    "start_time": _seconds("Start in seconds"),
                    "end_time": _seconds("End in seconds"),
                    "audio": _object("Audio", {"content": _text("What is said")}, "content"),
                    "video": _object("Video", {"content": _text("What is seen")}, "content"),
                },
                "start_time",
                "end_time",
            ),
            "Segments in order",
        ),
    },
    "metadata",
    "segments",
)
