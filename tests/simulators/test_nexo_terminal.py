"""The simulated payment terminal, asked by clients nobody here wrote: Python's http.client, and curl."""

from __future__ import annotations

import http.client
import json
import shutil
import ssl
import subprocess
from pathlib import Path
from typing import Any

from simulators.certificates import CertificateFolder
from simulators.nexo_terminal import NexoTerminal

# docs.adyen.com/point-of-sale/diagnostics/request-diagnosis/diagnosis_1.json
REQUEST = """{"SaleToPOIRequest":{"MessageHeader":{"ProtocolVersion":"3.0","MessageClass":"Service",
"MessageCategory":"Diagnosis","MessageType":"Request","ServiceID":"282","SaleID":"POSSystemID12345",
"POIID":"V400m-346403161"},"DiagnosisRequest":{"HostDiagnosisFlag":true}}}"""


def post(terminal: NexoTerminal, context: ssl.SSLContext, body: str = REQUEST) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPSConnection(*terminal.address, timeout=5, context=context)
    try:
        connection.request("POST", "/nexo", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, json.loads(response.read() or b"{}")
    finally:
        connection.close()


def test_the_documents_request_gets_the_documents_response(tmp_path: Path) -> None:
    """Every name and value of the page's example, for the state that it shows."""
    certificates = CertificateFolder(tmp_path)
    context = ssl.create_default_context(cafile=str(certificates.authority_path))
    with NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        status, said = post(terminal, context)
    answer = said["SaleToPOIResponse"]

    assert status == 200
    assert answer["DiagnosisResponse"]["HostStatus"] == [{"IsReachableFlag": True, "AcquirerID": "0"}]
    assert answer["DiagnosisResponse"]["POIStatus"] == {
        "CommunicationOKFlag": True,
        "PrinterStatus": "OK",
        "GlobalStatus": "OK",
    }
    assert answer["DiagnosisResponse"]["Response"] == {
        "Result": "Success",
        "AdditionalResponse": "batteryLevel=100%25&firmwareVersion=adyen_v1_49p5&networkProfile="
        "WyB7ICJBZGRyZXNzIjogIjE5Mi4xNjguMi4yIiwgIklmYWNlIjogIndsYW4wIiB9IF0%3D"
        "&merchantAccount=ADYEN_MERCHANT_ACCOUNT&unconfirmedBatchCount=0"
        "&terminalId=V400m-346403161&storeId=YOUR_STORE",
    }
    assert answer["MessageHeader"]["MessageType"] == "Response"
    assert answer["MessageHeader"]["ServiceID"] == "282"


def test_curl_reads_it_too(tmp_path: Path) -> None:
    """With the authority's certificate and nothing else, in chunks."""
    curl = shutil.which("curl")
    assert curl is not None
    certificates = CertificateFolder(tmp_path)
    with NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        terminal.faults.chunked = True
        url = "https://{}:{}/nexo".format(*terminal.address)
        command = [curl, "-sS", "--cacert", str(certificates.authority_path), "-d", REQUEST, url]
        done = subprocess.run(command, capture_output=True, check=True, timeout=20)

    assert (
        json.loads(done.stdout)["SaleToPOIResponse"]["DiagnosisResponse"]["POIStatus"]["GlobalStatus"] == "OK"
    )


def test_anything_but_a_diagnosis_is_counted_and_refused(tmp_path: Path) -> None:
    """As is a service id that comes twice."""
    certificates = CertificateFolder(tmp_path)
    context = ssl.create_default_context(cafile=str(certificates.authority_path))
    with NexoTerminal(tls=certificates.server_context("valid")) as terminal:
        post(terminal, context)
        post(terminal, context)
        post(terminal, context, REQUEST.replace("Diagnosis", "Payment"))

    assert terminal.forbidden == 2
    assert terminal.asked == [True]
