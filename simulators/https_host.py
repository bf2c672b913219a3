"""The scan-code gateway: an HTTPS endpoint with settable status, body and certificate.

`python -m simulators.https_host`; the requests on its control port are those of `control`.
"""

import argparse
import datetime as dt
import http.server
import ssl
import tempfile
import threading
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from simulators import control
from simulators.certificates import CertificateFolder


@dataclass(frozen=True)
class HttpRequest:
    method: str
    path: str
    headers: dict[str, str]
    body: bytes


class HttpsHost:
    """Answers every request with `status`, `headers` and `body`; `tls` None is plain HTTP.

    `requests` keeps what came. Another certificate is set with `tls`, for the connections that come after;
    `silent` accepts and says nothing, `slow_seconds` waits before the answer. `ahead_days`: how wrong the
    date it tells is.
    """

    def __init__(self, *, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1", port: int = 0) -> None:
        self.status = 200
        self.body = '{"return_code":"SUCCESS"}'
        self.content_type = "application/json"
        self.headers: dict[str, str] = {}
        self.silent = False
        self.slow_seconds = 0.0
        self.ahead_days = 0.0
        self.tls = tls
        self.requests: list[HttpRequest] = []
        self.closing = threading.Event()
        self._server = _Server((host, port), self)

    @property
    def address(self) -> tuple[str, int]:
        host, port = self._server.server_address[:2]
        return str(host), port

    @property
    def request_count(self) -> int:
        return len(self.requests)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class _Server(http.server.ThreadingHTTPServer):
    def __init__(self, address: tuple[str, int], owner: HttpsHost) -> None:
        self.owner = owner
        super().__init__(address, _Handler)

    def handle_error(self, request: object, client_address: object) -> None:
        """A probe that breaks off its handshake is no error of the host's."""


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

    def _answer(self) -> None:
        owner = self.server.owner
        length = int(self.headers.get("Content-Length", 0))
        request = HttpRequest(self.command, self.path, dict(self.headers), self.rfile.read(length))
        owner.requests.append(request)
        if owner.closing.wait(self.timeout if owner.silent else owner.slow_seconds) or owner.silent:
            self.close_connection = True
            return
        body = owner.body.encode()
        self.send_response(owner.status)
        self.send_header("Content-Type", owner.content_type)
        self.send_header("Content-Length", str(len(body)))
        for name, value in owner.headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def date_time_string(self, timestamp: float | None = None) -> str:
        now = dt.datetime.now(dt.UTC).timestamp() if timestamp is None else timestamp
        return super().date_time_string(int(now + 86400 * self.server.owner.ahead_days))

    do_GET = do_POST = do_HEAD = do_PUT = _answer  # noqa: N815  # http.server looks these names up

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base's name
        """Nothing on standard error."""


FIELDS = (
    "status",
    "body",
    "content_type",
    "headers",
    "silent",
    "slow_seconds",
    "ahead_days",
    "request_count",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m simulators.https_host", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0: any")
    parser.add_argument("--certificate", choices=CertificateFolder.KINDS, help="without: plain HTTP")
    parser.add_argument("--old-tls", action="store_true", help="nothing newer than TLS 1.1")
    control.add_arguments(parser)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        certificates = CertificateFolder(Path(folder))
        tls = None
        if options.certificate:
            tls = certificates.server_context(options.certificate, old_tls=options.old_tls)
        with HttpsHost(tls=tls, port=options.port) as host:
            where = {"tcp": "{}:{}".format(*host.address), "authority": str(certificates.authority_path)}
            control.serve(control.Controls(host, fields=FIELDS, calls=()), where, options)


if __name__ == "__main__":
    main()
