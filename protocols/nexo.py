"""The Diagnosis message of the nexo Retailer Protocol, as Adyen's Terminal API speaks it, in JSON.

Bytes: docs.adyen.com/point-of-sale/diagnostics/request-diagnosis, diagnosis_1.json and its response. Names
are read whatever their capitals: that page writes CommunicationOKFlag, the maker's own Node library
CommunicationOkFlag.
"""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Any, Final, TypeVar
from urllib.parse import parse_qsl

import msgspec
from msgspec import Struct

Word = TypeVar("Word", bound=StrEnum)

PATH: Final = "/nexo"
PORT: Final = 8443
_PRINTABLE: Final = re.compile(r"[ -~]{1,60}")
_LIKE_A_CARD: Final = re.compile(r"\d(?:[ -]?\d){12,18}")  # never taken over, whatever it is
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_MOST_HOSTS: Final = 8


class NotNexoError(ValueError):
    """What came is no answer to our question; the message is a fixed phrase."""


class GlobalStatus(StrEnum):
    """nexo's GlobalStatusType; UNKNOWN where the terminal does not say, or says another word."""

    OK = "ok"
    BUSY = "busy"
    MAINTENANCE = "maintenance"
    UNREACHABLE = "unreachable"
    UNKNOWN = ""


class PrinterStatus(StrEnum):
    """nexo's PrinterStatusType; UNKNOWN for a terminal without a printer."""

    OK = "ok"
    PAPER_LOW = "paperlow"
    NO_PAPER = "nopaper"
    PAPER_JAM = "paperjam"
    OUT_OF_ORDER = "outoforder"
    UNKNOWN = ""


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What a terminal says of itself; None and "" where it does not say.

    `refusal`: nexo's ErrorCondition in small letters, where it does not answer. `hosts`: acquirer to whether
    the terminal reaches it. `unconfirmed`: payments its host has not confirmed.
    """

    refusal: str = ""
    status: GlobalStatus = GlobalStatus.UNKNOWN
    printer: PrinterStatus = PrinterStatus.UNKNOWN
    communicates: bool | None = None
    hosts: dict[str, bool] = {}
    unconfirmed: int | None = None
    firmware_version: str = ""
    merchant_account: str = ""
    store_id: str = ""
    terminal_id: str = ""
    battery_level: str = ""


def service_id(number: int) -> str:
    """One to ten letters and digits; a terminal takes each once in 48 hours (Terminal API, ServiceID)."""
    text = ""
    while number:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return text[-10:] or "0"


def request(*, service: str, sale_id: str, poi_id: str, ask_hosts: bool) -> bytes:
    """A Diagnosis and nothing else: no payment, no reversal, no print."""
    header = {
        "ProtocolVersion": "3.0",
        "MessageClass": "Service",
        "MessageCategory": "Diagnosis",
        "MessageType": "Request",
        "ServiceID": service,
        "SaleID": sale_id,
        "POIID": poi_id,
    }
    question = {"MessageHeader": header, "DiagnosisRequest": {"HostDiagnosisFlag": ask_hosts}}
    return msgspec.json.encode({"SaleToPOIRequest": question})


def read(body: bytes, *, service: str, poi_id: str) -> Diagnosis:
    """Raise NotNexoError, nothing else, whatever the bytes."""
    try:
        whole = _small(msgspec.json.decode(body))
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise NotNexoError("bytes that are not JSON") from error
    message = _table(_table(whole).get("saletopoiresponse"))
    if "nexoblob" in message:
        raise NotNexoError("it wants encrypted messages")
    header, answer = _table(message.get("messageheader")), _table(message.get("diagnosisresponse"))
    if not header or not answer or header.get("messagecategory") != "Diagnosis":
        raise NotNexoError("no answer to a diagnosis")
    if str(header.get("poiid", "")).lower() != poi_id.lower():
        raise NotNexoError("the answer of another terminal")
    if str(header.get("serviceid", "")).lower() != service.lower():
        raise NotNexoError("the answer to another question")
    return _diagnosis(answer)


def _diagnosis(answer: dict[str, Any]) -> Diagnosis:
    response, status = _table(answer.get("response")), _table(answer.get("poistatus"))
    more = _extras(response.get("additionalresponse"))
    unconfirmed = more.get("unconfirmedbatchcount", "")
    failed = str(response.get("result", "")).lower() == "failure"
    return Diagnosis(
        refusal=_word(response.get("errorcondition")) or "failure" if failed else "",
        status=_member(GlobalStatus, status.get("globalstatus")),
        printer=_member(PrinterStatus, status.get("printerstatus")),
        communicates=_flag(status.get("communicationokflag")),
        hosts=_hosts(answer.get("hoststatus")),
        unconfirmed=int(unconfirmed) if re.fullmatch("[0-9]{1,6}", unconfirmed) else None,
        firmware_version=more.get("firmwareversion", ""),
        merchant_account=more.get("merchantaccount", ""),
        store_id=more.get("storeid", ""),
        terminal_id=more.get("terminalid", ""),
        battery_level=more.get("batterylevel", ""),
    )


def _hosts(listed: object) -> dict[str, bool]:
    entries = [_table(entry) for entry in listed] if isinstance(listed, list) else []
    said = [
        (_shown(str(each.get("acquirerid", "0"))), _flag(each.get("isreachableflag"))) for each in entries
    ]
    return {acquirer: flag for acquirer, flag in said[:_MOST_HOSTS] if acquirer and flag is not None}


def _extras(text: object) -> dict[str, str]:
    """A query string, as the response carries it in AdditionalResponse."""
    if not isinstance(text, str):
        return {}
    try:
        pairs = parse_qsl(text, max_num_fields=50)
    except ValueError:
        return {}
    return {name.lower(): shown for name, value in pairs if (shown := _shown(value))}


def _small(value: object) -> object:
    """Names in small letters, at every depth. Raise RecursionError."""
    if isinstance(value, dict):
        return {str(name).lower(): _small(inner) for name, inner in value.items()}
    return [_small(inner) for inner in value] if isinstance(value, list) else value


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _word(value: object) -> str:
    return value.lower() if isinstance(value, str) and re.fullmatch("[A-Za-z]{1,30}", value) else ""


def _shown(text: str) -> str:
    """Text from outside that may become a fact, "" for any other."""
    return text if _PRINTABLE.fullmatch(text) and not _LIKE_A_CARD.search(text) else ""


def _member(kind: type[Word], value: object) -> Word:
    try:
        return kind(_word(value))
    except ValueError:
        return kind("")
