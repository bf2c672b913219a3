"""The black hole, the scan-code gateway and the hostile endpoint, seen by a client."""

import gzip
import http.client
import json
import select
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.black_hole import BlackHole
from simulators.certificates import HOST_NAME, CertificateFolder
from simulators.hostile_endpoint import HostileEndpoint
from simulators.https_host import HttpsHost


def test_black_hole() -> None:
    """Connects neither succeed nor fail, from as many clients as one likes."""
    with BlackHole() as hole:
        clients = [socket.socket() for _ in range(5)]
        for client in clients:
            client.setblocking(False)
            client.connect_ex(hole.address)
        assert select.select([], clients, [], 0.5)[1] == []
        for client in clients:
            client.close()


def test_black_hole_closed() -> None:
    """Afterwards the port refuses."""
    with BlackHole() as hole:
        address = hole.address
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address, timeout=1)


def post(
    address: tuple[str, int], body: bytes = b"{}", seconds: float = 2.0
) -> tuple[int, bytes, dict[str, str]]:
    connection = http.client.HTTPConnection(*address, timeout=seconds)
    try:
        connection.request("POST", "/v1/parcels", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        return response.status, response.read(), {key.lower(): value for key, value in response.getheaders()}
    finally:
        connection.close()


def test_gateway_answers_what_it_is_set_to() -> None:
    """Status and body change while it runs; requests are kept."""
    with HttpsHost() as host:
        assert post(host.address, b"first")[0] == 200
        host.status, host.body = 503, "busy"
        assert post(host.address, b"second")[:2] == (503, b"busy")
        assert [(request.method, request.body) for request in host.requests] == [
            ("POST", b"first"),
            ("POST", b"second"),
        ]


def test_gateway_changes_its_certificate(tmp_path: Path) -> None:
    """The next connection sees the expired one."""
    certificates = CertificateFolder(tmp_path)
    with HttpsHost(tls=certificates.server_context()) as host:
        trust = ssl.create_default_context(cafile=str(certificates.authority_path))
        assert handshake(host, trust) == "TLSv1.3"
        host.tls = certificates.server_context("expired")
        with pytest.raises(ssl.SSLCertVerificationError):
            handshake(host, trust)


def handshake(host: HttpsHost, trust: ssl.SSLContext) -> str | None:
    with (
        socket.create_connection(host.address, timeout=2) as raw,
        trust.wrap_socket(raw, server_hostname=HOST_NAME) as channel,
    ):
        return channel.version()


def test_silent_gateway() -> None:
    """It takes the request and says nothing."""
    with HttpsHost() as host:
        host.silent = True
        with pytest.raises(TimeoutError):
            post(host.address, seconds=0.3)


@pytest.fixture
def endpoint() -> Iterator[HostileEndpoint]:
    with HostileEndpoint() as started:
        yield started


@pytest.mark.parametrize(
    ("mode", "status", "body"),
    [
        ("ok", 200, b"{}"),
        ("500", 500, b"oops"),
        ("413", 413, b""),
        ("redirect", 302, b""),
        ("retry-after", 429, b""),
    ],
)
def test_refusals(endpoint: HostileEndpoint, mode: str, status: int, body: bytes) -> None:
    """Plain HTTP answers an agent must not take for success."""
    endpoint.mode = mode
    assert post(endpoint.address)[:2] == (status, body)
    assert endpoint.requests[0].body == b"{}"


def test_headers_that_mislead(endpoint: HostileEndpoint) -> None:
    """A redirect elsewhere and a Retry-After of three thousand years."""
    endpoint.mode = "redirect"
    assert post(endpoint.address)[2]["location"] == "https://192.0.2.1/elsewhere"
    endpoint.mode = "retry-after"
    assert int(post(endpoint.address)[2]["retry-after"]) > 3000 * 365 * 86400


def test_captive_portal(endpoint: HostileEndpoint) -> None:
    """200 with a web page."""
    endpoint.mode = "html"
    status, body, headers = post(endpoint.address)
    assert (status, headers["content-type"]) == (200, "text/html")
    with pytest.raises(json.JSONDecodeError):
        json.loads(body)


def test_never(endpoint: HostileEndpoint) -> None:
    """No byte at all."""
    endpoint.mode = "never"
    with pytest.raises(TimeoutError):
        post(endpoint.address, seconds=0.3)


@pytest.mark.parametrize("mode", ["slow-loris", "slow-body"])
def test_slow_answers_outlive_a_read_timeout(endpoint: HostileEndpoint, mode: str) -> None:
    """Bytes keep coming just within the timeout of each read: only a deadline for the whole call helps."""
    endpoint.mode, endpoint.drip_seconds = mode, 0.05
    with socket.create_connection(endpoint.address, timeout=0.3) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n\r\n")
        end = time.monotonic() + 0.8
        received = b""
        while time.monotonic() < end:
            received += connection.recv(4096)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert 5 < len(received) < 200


def test_huge(endpoint: HostileEndpoint) -> None:
    """It announces 10 GB and really sends."""
    endpoint.mode = "huge"
    with socket.create_connection(endpoint.address, timeout=2) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n\r\n")
        received = 0
        while received < 4 * 1024**2:
            piece = connection.recv(65536)
            assert piece
            received += len(piece)


def test_gzip_bomb(endpoint: HostileEndpoint) -> None:
    """A quarter of a megabyte that unpacks to 256."""
    endpoint.mode = "gzip-bomb"
    _, body, headers = post(endpoint.address, seconds=30)
    assert headers["content-encoding"] == "gzip"
    assert len(body) < 300_000
    assert len(gzip.decompress(body)) == 256 * 1024**2


@pytest.mark.parametrize(
    ("mode", "error"),
    [
        ("truncated", http.client.IncompleteRead),
        ("garbage", http.client.BadStatusLine),
    ],
)
def test_broken_protocol(endpoint: HostileEndpoint, mode: str, error: type[Exception]) -> None:
    """What is no proper HTTP answer."""
    endpoint.mode = mode
    with pytest.raises(error):
        post(endpoint.address)


def test_reset(endpoint: HostileEndpoint) -> None:
    """A RST instead of an answer."""
    endpoint.mode = "reset"
    with socket.create_connection(endpoint.address, timeout=2) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\n\r\n")
        with pytest.raises(ConnectionResetError):
            connection.recv(1)


def test_it_speaks_tls(tmp_path: Path) -> None:
    """The same modes behind a certificate."""
    certificates = CertificateFolder(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificates.authority_path))
    with HostileEndpoint(tls=certificates.server_context()) as endpoint:
        endpoint.mode = "500"
        connection = http.client.HTTPSConnection("localhost", endpoint.address[1], timeout=2, context=trust)
        connection.request("GET", "/")
        assert connection.getresponse().status == 500
        connection.close()
