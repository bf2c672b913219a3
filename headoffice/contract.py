"""The HTTP contract as an OpenAPI document: `python -m headoffice.contract > docs/openapi.json`."""

from __future__ import annotations

import json
from typing import Any, Final

import msgspec

from headoffice.listing import EVIDENCE_PATH, LIST_PATH, Detail, Evidence, Listing
from headoffice.receiver import Refusal
from vocabulary.wire import (
    GZIP,
    MAX_PARCEL_BYTES,
    MAX_PARCEL_RECORDS,
    PACKED_HEADER,
    PATH,
    SIGNATURE_HEADER,
    TERMINAL_HEADER,
    VERSION,
    Answer,
    Parcel,
)

_REFUSALS: Final = {
    "400": "The body is no parcel: a record may be at fault.",
    "401": "The signature is missing or wrong. Nothing was stored.",
    "403": "The terminal or spool has no proper name, or not the header's. Nothing was stored.",
    "408": "The body came too slowly.",
    "413": f"More than {MAX_PARCEL_BYTES} bytes (unpacked, too) or {MAX_PARCEL_RECORDS} records: send half.",
    "415": "The body is packed otherwise than with gzip.",
    "501": "A version of the contract this head office does not speak. Nothing was stored.",
    "503": "Nothing was stored. Try again after Retry-After seconds.",
}


def document() -> dict[str, Any]:
    bodies, components = msgspec.json.schema_components(
        (Parcel, Answer, Refusal, Listing, Detail, Evidence), ref_template="#/components/schemas/{name}"
    )
    parcel, answer, refusal, listing, detail, evidence = bodies
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "poshealth head office",
            "version": str(VERSION),
            "description": "What terminals send and what head office answers; in words: docs/protocol.md.",
        },
        "paths": {
            PATH: {"post": _parcels(parcel, answer, refusal)},
            LIST_PATH: {"get": _reading("Every terminal, worst first.", listing, refusal)},
            LIST_PATH + "/{terminal}": {
                "parameters": [_parameter("terminal", "path", "The terminal's name.")],
                "get": _reading("One terminal with its newest report and its history.", detail, refusal)
                | {"operationId": "terminal"},
            },
            EVIDENCE_PATH: {
                "get": _reading("How often each condition was right, as people said.", evidence, refusal)
                | {"operationId": "evidence"}
            },
            "/healthz": {"get": _health()},
        },
        "components": {
            "schemas": components,
            "securitySchemes": {"viewer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _parcels(parcel: object, answer: object, refusal: object) -> dict[str, Any]:
    refused = {status: _response(text, refusal, signed=True) for status, text in _REFUSALS.items()}
    refused["503"]["headers"]["Retry-After"] = {"schema": {"type": "integer"}}
    return {
        "operationId": "parcels",
        "summary": "Hand over records; each is stored once.",
        "parameters": [
            _parameter(TERMINAL_HEADER, "header", "The terminal's name, as in the body."),
            _parameter(
                SIGNATURE_HEADER,
                "header",
                "HMAC-SHA256 of the body as it is sent, under the fleet's token, in hex.",
            ),
            _packing(),
        ],
        "requestBody": {"required": True, "content": _json(parcel)},
        "responses": {"200": _response("Committed to disk.", answer, signed=True), **refused},
    }


def _reading(summary: str, body: object, refusal: object) -> dict[str, Any]:
    return {
        "operationId": "terminals",
        "summary": summary,
        "security": [{"viewer": []}],
        "responses": {
            "200": _response("As of now.", body),
            "401": _response("Not the viewer's token.", refusal),
            "404": _response("No such terminal.", refusal),
            "429": _response("Too many failures; see Retry-After.", refusal),
        },
    }


def _health() -> dict[str, Any]:
    alive = {"description": "Alive.", "content": {"text/plain": {"schema": {"type": "string"}}}}
    return {"operationId": "healthz", "summary": "Alive; no data.", "responses": {"200": alive}}


def _response(text: str, body: object, *, signed: bool = False) -> dict[str, Any]:
    response: dict[str, Any] = {"description": text, "content": _json(body)}
    if signed:
        response["headers"] = {SIGNATURE_HEADER: {"schema": {"type": "string"}}}
    return response


def _parameter(name: str, place: str, text: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "description": text, "schema": {"type": "string"}}


def _packing() -> dict[str, Any]:
    parameter = _parameter(PACKED_HEADER, "header", "Absent or identity: the body is plain.")
    return parameter | {"required": False, "schema": {"type": "string", "enum": [GZIP, "identity"]}}


def _json(schema: object) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}


if __name__ == "__main__":
    print(json.dumps(document(), indent=2, ensure_ascii=False))
