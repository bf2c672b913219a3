"""A payment terminal on the store's network that answers nexo Diagnosis requests over HTTPS.

`python -m simulators.nexo_terminal`; the requests on its control port are those of `control`. Written from
docs.adyen.com/point-of-sale, pages diagnostics/request-diagnosis and design-your-integration/terminal-api.
"""

import argparse
import base64
import http.server
import json
import ssl
import tempfile
import threading
import urllib.parse
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from simulators import control
from simulators.certificates import CertificateFolder


@dataclass
class State:
    """What the terminal says of itself, in nexo's words.

    `hosts`: acquirer to "does it reach it". `unconfirmed`: payments it has not got rid of. `says_hosts`: it
    lists its hosts also where nobody asked for them.
    """

    global_status: str = "OK"
    printer_status: str = "OK"
    communicates: bool = True
    hosts: dict[str, bool] = field(default_factory=lambda: {"0": True})
    says_hosts: bool = False
    unconfirmed: int = 0
    firmware: str = "adyen_v1_49p5"
    merchant_account: str = "ADYEN_MERCHANT_ACCOUNT"
    store: str = "YOUR_STORE"
    battery: str = "100%"


@dataclass
class Faults:
    """`busy`: refuses with ErrorCondition Busy. `other_poi`, `other_service`: answers somebody else.

    `status`: of HTTP. `body`: sent as it is. `silent`: reads and says nothing. `small_names`: JSON names with
    other capitals. `encrypted`: wants encrypted messages. `chunked`: without a Content-Length.
    """

    busy: bool = False
    other_poi: bool = False
    other_service: bool = False
    status: int = 200
    body: str | None = None
    silent: bool = False
    small_names: bool = False
    encrypted: bool = False
    chunked: bool = False


class NexoTerminal:
    """`asked` keeps the HostDiagnosisFlag of each diagnosis, `forbidden` counts everything else that came."""

    def __init__(
        self,
        *,
        tls: ssl.SSLContext | None = None,
        poi_id: str = "V400m-346403161",
        host: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        self.tls = tls
        self.poi_id = poi_id
        self.state = State()
        self.faults = Faults()
        self.asked: list[bool] = []
        self.services: list[str] = []
        self.forbidden = 0
        self.closing = threading.Event()
        self._server = _Server((host, port), self)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), port

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def answer(self, body: bytes) -> dict[str, Any]:
        """Raises KeyError or ValueError for what is no request."""
        request = json.loads(body)["SaleToPOIRequest"]
        header = request["MessageHeader"]
        if self.faults.encrypted:
            return {"SaleToPOIResponse": {"MessageHeader": header, "NexoBlob": "AAAA", "SecurityTrailer": {}}}
        if header["MessageCategory"] != "Diagnosis" or header["ServiceID"] in self.services:
            self.forbidden += 1
            return {"SaleToPOIRequest": {"EventNotification": {"EventToNotify": "Reject"}}}
        self.services.append(header["ServiceID"])
        with_hosts = request["DiagnosisRequest"].get("HostDiagnosisFlag", False)
        self.asked.append(with_hosts)
        told = header | {"MessageType": "Response"}
        told["POIID"] = "P400Plus-000000001" if self.faults.other_poi else self.poi_id
        if self.faults.other_service:
            told["ServiceID"] = "0"
        return {
            "SaleToPOIResponse": {"MessageHeader": told, "DiagnosisResponse": self._diagnosis(with_hosts)}
        }

    def _diagnosis(self, with_hosts: bool) -> dict[str, Any]:
        if self.faults.busy:
            return {"Response": {"Result": "Failure", "ErrorCondition": "Busy"}}
        state = self.state
        said: dict[str, Any] = {
            "POIStatus": {
                "CommunicationOKFlag": state.communicates,
                "PrinterStatus": state.printer_status,
                "GlobalStatus": state.global_status,
            },
            "Response": {"Result": "Success", "AdditionalResponse": self._additional()},
        }
        if with_hosts or state.says_hosts:
            said["HostStatus"] = [
                {"IsReachableFlag": reached, "AcquirerID": acquirer}
                for acquirer, reached in state.hosts.items()
            ]
        return said

    def _additional(self) -> str:
        """In the order of the documents' example; spaces and percent signs escaped."""
        state = self.state
        profile = base64.b64encode(b'[ { "Address": "192.168.2.2", "Iface": "wlan0" } ]').decode()
        pairs = {
            "batteryLevel": state.battery,
            "firmwareVersion": state.firmware,
            "networkProfile": profile,
            "merchantAccount": state.merchant_account,
            "unconfirmedBatchCount": str(state.unconfirmed),
            "terminalId": self.poi_id,
            "storeId": state.store,
        }
        return urllib.parse.urlencode(pairs, quote_via=urllib.parse.quote)


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], owner: NexoTerminal) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A probe that breaks off its handshake is no error of the terminal's."""


class _Handler(http.server.BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def setup(self) -> None:
        if self.server.owner.tls is not None:
            self.request = self.server.owner.tls.wrap_socket(self.request, server_side=True)
        super().setup()

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def do_POST(self) -> None:
        owner, faults = self.server.owner, self.server.owner.faults
        asked = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if faults.silent:
            owner.closing.wait(self.timeout)
            self.close_connection = True
            return
        if self.path != "/nexo":
            self.send_error(404)
            return
        try:
            said = faults.body if faults.body is not None else json.dumps(owner.answer(asked))
        except (KeyError, ValueError):
            owner.forbidden += 1
            self.send_error(400)
            return
        self._send(_small(said) if faults.small_names else said)

    def do_GET(self) -> None:
        self.send_error(405)

    def _send(self, said: str) -> None:
        faults, body = self.server.owner.faults, said.encode()
        self.send_response(faults.status)
        self.send_header("Content-Type", "application/json")
        if faults.chunked:
            self.send_header("Transfer-Encoding", "chunked")
            body = (
                b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in (body[:7], body[7:])) + b"0\r\n\r\n"
            )
        else:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Nothing on standard error."""


def _small(said: str) -> str:
    """The names, and only they, in small letters."""

    def lowered(value: Any) -> Any:  # noqa: ANN401  any JSON
        if isinstance(value, dict):
            return {name.lower(): lowered(inner) for name, inner in value.items()}
        return [lowered(each) for each in value] if isinstance(value, list) else value

    return json.dumps(lowered(json.loads(said)))


FIELDS = ("state.*", "faults.*", "asked", "forbidden")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.nexo_terminal", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--poi-id", default="V400m-346403161")
    parser.add_argument("--certificate", choices=CertificateFolder.KINDS, default="valid")
    control.add_arguments(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificates = CertificateFolder(Path(folder))
        tls = certificates.server_context(options.certificate)
        with NexoTerminal(tls=tls, poi_id=options.poi_id, port=options.port) as terminal:
            where = {"tcp": "{}:{}".format(*terminal.address), "authority": str(certificates.authority_path)}
            control.serve(control.Controls(terminal, fields=FIELDS, calls=()), where, options)


if __name__ == "__main__":
    main()
