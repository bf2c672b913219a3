"""Diagnosis messages: the documents' own bytes, names in any capitals, and nothing else from hostile ones."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.nexo import Diagnosis, GlobalStatus, NotNexoError, PrinterStatus, read, request, service_id

POI = "V400m-346403161"
# docs.adyen.com/point-of-sale/diagnostics/request-diagnosis/diagnosis_1_response.json
RESPONSE = """{"SaleToPOIResponse": {"DiagnosisResponse": {
"HostStatus": [{"IsReachableFlag": true, "AcquirerID": "0"}],
"POIStatus": {"CommunicationOKFlag": true, "PrinterStatus": "OK", "GlobalStatus": "OK"},
"Response": {"Result": "Success", "AdditionalResponse": "batteryLevel=100%25&firmwareVersion=adyen_v1_49p5&networkProfile=WyB7ICJBZGRyZXNzIjogIjE5Mi4xNjguMi4yIiwgIklmYWNlIjogIndsYW4wIiB9IF0%3d&merchantAccount=ADYEN_MERCHANT_ACCOUNT&unconfirmedBatchCount=0&terminalId=V400m-346403161&storeId=YOUR_STORE"}},
"MessageHeader": {"ProtocolVersion": "3.0", "SaleID": "POSSystemID12345", "MessageClass": "Service",
"MessageCategory": "Diagnosis", "ServiceID": "0403104626", "POIID": "V400m-346403161", "MessageType": "Response"}}}"""  # fmt: skip  # noqa: E501  as the page has it


def said(text: str = RESPONSE) -> Diagnosis:
    return read(text.encode(), service="0403104626", poi_id=POI)


def test_the_documents_response_is_read() -> None:
    """Status, host, version, merchant binding and unsent payments, from one message."""
    assert said() == Diagnosis(
        status=GlobalStatus.OK,
        printer=PrinterStatus.OK,
        communicates=True,
        hosts={"0": True},
        unconfirmed=0,
        firmware_version="adyen_v1_49p5",
        merchant_account="ADYEN_MERCHANT_ACCOUNT",
        store_id="YOUR_STORE",
        terminal_id=POI,
        battery_level="100%",
    )


@pytest.mark.parametrize("spelling", ["CommunicationOkFlag", "communicationokflag", "COMMUNICATIONOKFLAG"])
def test_capitals_do_not_matter(spelling: str) -> None:
    """The documents and the library of the same maker disagree."""
    changed = RESPONSE.replace("CommunicationOKFlag", spelling).replace("HostStatus", "hostStatus")

    assert said(changed) == said()


def test_the_documents_request_is_made() -> None:
    """Name for name as diagnosis_1.json, which asks for the hosts."""
    made = json.loads(request(service="282", sale_id="POSSystemID12345", poi_id=POI, ask_hosts=True))

    assert made == {
        "SaleToPOIRequest": {
            "MessageHeader": {
                "ProtocolVersion": "3.0",
                "MessageClass": "Service",
                "MessageCategory": "Diagnosis",
                "MessageType": "Request",
                "ServiceID": "282",
                "SaleID": "POSSystemID12345",
                "POIID": POI,
            },
            "DiagnosisRequest": {"HostDiagnosisFlag": True},
        }
    }


@pytest.mark.parametrize(
    ("old", "new", "field", "value"),
    [
        ('"GlobalStatus": "OK"', '"GlobalStatus": "Busy"', "status", GlobalStatus.BUSY),
        ('"GlobalStatus": "OK"', '"GlobalStatus": "Dancing"', "status", GlobalStatus.UNKNOWN),
        ('"GlobalStatus": "OK"', '"GlobalStatus": 7', "status", GlobalStatus.UNKNOWN),
        ('"PrinterStatus": "OK"', '"PrinterStatus": "NoPaper"', "printer", PrinterStatus.NO_PAPER),
        ('"PrinterStatus": "OK", ', "", "printer", PrinterStatus.UNKNOWN),
        ('"CommunicationOKFlag": true', '"CommunicationOKFlag": "true"', "communicates", None),
        ("unconfirmedBatchCount=0", "unconfirmedBatchCount=12", "unconfirmed", 12),
        ("unconfirmedBatchCount=0", "unconfirmedBatchCount=-1", "unconfirmed", None),
        ("unconfirmedBatchCount=0", "unconfirmedBatchCount=99999999", "unconfirmed", None),
        ("YOUR_STORE", "%00%1b", "store_id", ""),
        ("YOUR_STORE", "x" * 61, "store_id", ""),
        ("YOUR_STORE", "store 4000-0000 00000002", "store_id", ""),
        ('"Result": "Success"', '"Result": "Failure", "ErrorCondition": "Busy"', "refusal", "busy"),
        ('"Result": "Success"', '"Result": "Failure"', "refusal", "failure"),
        ('"AcquirerID": "0"', '"AcquirerID": "\\u0000"', "hosts", {}),
    ],
)
def test_what_else_it_may_say(old: str, new: str, field: str, value: object) -> None:
    """A word nobody knows is no word, and text from outside has bounds."""
    assert old in RESPONSE
    assert getattr(said(RESPONSE.replace(old, new)), field) == value


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("", "bytes that are not JSON"),
        ("<html>", "bytes that are not JSON"),
        ("[" * 100_000, "bytes that are not JSON"),
        ("[]", "no answer to a diagnosis"),
        ('{"SaleToPOIResponse": 1}', "no answer to a diagnosis"),
        (
            '{"SaleToPOIRequest": {"EventNotification": {"EventToNotify": "Reject"}}}',
            "no answer to a diagnosis",
        ),
        ('{"SaleToPOIResponse": {"NexoBlob": "x", "SecurityTrailer": {}}}', "it wants encrypted messages"),
        (
            RESPONSE.replace('"POIID": "V400m-346403161"', '"POIID": "P400Plus-1"'),
            "the answer of another terminal",
        ),
        (RESPONSE.replace("0403104626", "0403104627"), "the answer to another question"),
        (RESPONSE.replace('"Diagnosis",', '"Payment",'), "no answer to a diagnosis"),
    ],
)
def test_what_is_no_answer_to_us(text: str, phrase: str) -> None:
    """Each by its own name."""
    with pytest.raises(NotNexoError, match=phrase):
        said(text)


@settings(max_examples=2000, deadline=None)
@given(at=st.integers(0, len(RESPONSE)), cut=st.integers(0, 40), put=st.text(max_size=8))
def test_a_mangled_answer_raises_nothing_else(at: int, cut: int, put: str) -> None:
    """And no control character becomes a fact."""
    try:
        found = said(RESPONSE[:at] + put + RESPONSE[at + cut :])
    except NotNexoError:
        return
    for text in (found.firmware_version, found.merchant_account, found.store_id, *found.hosts):
        assert text.isprintable()
        assert len(text) <= 60


def test_service_ids_are_short_and_different() -> None:
    """Up to ten letters and digits, whatever the clock says."""
    made = [service_id(number) for number in (0, 1, 36, 1_793_491_200_000, 1_793_491_200_001, 36**12)]

    assert all(len(each) <= 10 and each.isalnum() for each in made)
    assert made[3] != made[4]
