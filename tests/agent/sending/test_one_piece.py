"""How many packets a request is."""

from __future__ import annotations

import socket
import struct
import threading

import requests

from agent.sending.one_piece import InOnePiece

DATA_SEGMENTS_IN = 152  # struct tcp_info, include/uapi/linux/tcp.h: tcpi_data_segs_in
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_head_and_body_are_one_packet() -> None:
    """Two requests on one kept connection are two packets with bytes in them, each complete."""
    counted: list[int] = []
    received = bytearray()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            for number in (1, 2):
                while received.count(b"body") < number:
                    received.extend(connection.recv(4096))
                connection.sendall(ANSWER)
            info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 232)
            counted.append(struct.unpack_from("I", info, DATA_SEGMENTS_IN)[0])

    with socket.create_server(("127.0.0.1", 0)) as listener, requests.Session() as session:
        server = threading.Thread(target=serve, args=(listener,))
        server.start()
        session.mount("http://", InOnePiece())
        for _ in range(2):
            session.post(f"http://127.0.0.1:{listener.getsockname()[1]}/", data=b"body", timeout=5)
        server.join(5)

    assert counted == [2]
