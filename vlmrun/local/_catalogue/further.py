"""The schemas of further documented domains: a few fields of each, so that requests for them have an answer here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["FURTHER"]

_Schema = dict[str, object]

# A domain, its name, the inputs that it takes, and its fields: text unless a type is named after a colon.
_DOCUMENT, _IMAGE, _AUDIO, _VIDEO = ("document", "image"), ("image",), ("audio",), ("video",)
_TABLE: Sequence[tuple[str, str, Sequence[str], str]] = (
    ("document.resume", "Resume", _DOCUMENT, "name email phone skills:list"),
    ("document.us-drivers-license", "US driver's license", _DOCUMENT, "license_number full_name date_of_birth:date"),
    ("document.layout-detection", "Layout detection", _DOCUMENT, "regions:list"),
    ("document.bank-statement", "Bank statement", _DOCUMENT, "bank_name account_number ending_balance:number"),
    ("document.utility-bill", "Utility bill", _DOCUMENT, "provider account_number amount_due:number due_date:date"),
    ("document.q-and-a", "Questions and answers", _DOCUMENT, "question answer"),
    ("healthcare.patient-referral", "Patient referral", _DOCUMENT, "patient_name referring_provider reason"),
    ("healthcare.patient-identification", "Patient identification", _DOCUMENT, "patient_name date_of_birth:date"),
    ("healthcare.physician-order", "Physician order", _DOCUMENT, "patient_name physician orders:list"),
    ("healthcare.claims-processing", "Claims processing", _DOCUMENT, "claim_number patient_name amount:number"),
    ("healthcare.patient-medical-history", "Medical history", _DOCUMENT, "patient_name conditions:list"),
    ("construction.blueprint", "Blueprint", _DOCUMENT, "project_name sheet_number scale"),
    ("aerospace.remote-sensing", "Remote sensing", _IMAGE, "description objects:list"),
    ("image.object-detection", "Object detection", _IMAGE, "objects:list"),
    ("image.person-detection", "Person detection", _IMAGE, "persons:list"),
    ("retail.product-catalog", "Product catalog", _IMAGE, "product_name description price:number"),
    ("audio.transcription-summary", "Summary of a recording", _AUDIO, "summary topics:list"),
    ("video.transcription-summary", "Summary of a transcription", _VIDEO, "summary topics:list"),
    ("video.product-demo-summary", "Summary of a product demo", _VIDEO, "product_name summary"),
    ("video.conferencing-summary", "Summary of a meeting", _VIDEO, "summary participants:list"),
    ("video.podcast-summary", "Summary of a podcast", _VIDEO, "title summary"),
    ("video.summary", "Summary of a video", _VIDEO, "summary"),
    ("video.dashcam-analytics", "Dashcam analytics", _VIDEO, "summary events:list"),
)

_TYPES: Mapping[str, _Schema] = {
    "": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "number": {"type": "number"},
    "list": {"type": "array", "items": {"type": "string"}},
}


def _schema(name: str, fields: str) -> _Schema:
    members = [field.partition(":") for field in fields.split()]
    properties: _Schema = {
        field: {**_TYPES[kind], "description": field.replace("_", " ").capitalize()} for field, _, kind in members
    }
    return {"title": name, "type": "object", "properties": properties, "required": list(properties)}


FURTHER: Sequence[tuple[str, str, Sequence[str], _Schema]] = [
    (id_, name, inputs, _schema(name, fields)) for id_, name, inputs, fields in _TABLE
]
"""For each domain: its id, its name for people, the inputs that it takes, and its schema."""
