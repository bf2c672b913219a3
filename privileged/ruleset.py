"""The rules of this machine's packet filter: the one question that needs a right the agent does not have.

systemd starts it for each connection to its socket, which is its standard input and output. A line "list" is
answered by one line of JSON: {"legacy": ..., "nft": what `nft -j list ruleset` prints}, or {"unknown": why}.
Nothing else can be asked, so nothing can be changed.
"""

from __future__ import annotations

import fcntl
import json
import os
import select
import subprocess
import sys
import time

from protocols.nft.ruleset import MAX_BYTES

_REQUEST = b"list\n"
_LONGEST_SECONDS = 10.0  # a probe asks up to ten times within three
_NFT_SECONDS = 3.0
_SIOCGSKNS = 0x894C  # the network namespace of a socket, include/uapi/linux/sockios.h (Linux 4.10)
_LEGACY_TABLES = (("ip", "/proc/self/net/ip_tables_names"), ("ip6", "/proc/self/net/ip6_tables_names"))


class UnknownError(Exception):
    """`args[0]` says why the rules cannot be told."""


def main() -> int:
    """Questions one by one, until the other end hangs up, stops asking, or asks for something else."""
    until = time.monotonic() + _LONGEST_SECONDS
    while request := _request(until):
        is_understood = request == _REQUEST
        sys.stdout.buffer.write(_answer() if is_understood else _unknown("what"))
        sys.stdout.buffer.flush()
        if not is_understood:
            break
    return 0


def _request(until: float) -> bytes:
    """A whole line, or what is too long for one; b"" at the end and where none comes in time."""
    received = b""
    while not received.endswith(b"\n") and len(received) < len(_REQUEST):
        if not select.select([0], [], [], max(0.0, until - time.monotonic()))[0]:
            return b""
        piece = os.read(0, len(_REQUEST) - len(received))
        if not piece:
            return b""
        received += piece
    return received


def _answer() -> bytes:
    try:
        _check_namespace(0)
        legacy = json.dumps(_legacy_tables()).encode()
        return b'{"legacy":' + legacy + b',"nft":' + _ruleset() + b"}\n"
    except UnknownError as error:
        return _unknown(str(error))


def _unknown(why: str) -> bytes:
    return json.dumps({"unknown": why}).encode() + b"\n"


def _check_namespace(asker: int) -> None:
    """Raise UnknownError. In a network namespace of its own nft lists no rule at all, and that would be told
    as "nothing blocks here". A connected Unix socket belongs to the namespace of whoever connected.
    """
    try:
        namespace = fcntl.ioctl(asker, _SIOCGSKNS)
    except OSError as error:
        raise UnknownError(f"the asker's network namespace cannot be seen: {error.strerror}") from error
    theirs = os.fstat(namespace)
    os.close(namespace)
    if not os.path.samestat(theirs, os.stat("/proc/self/ns/net")):  # noqa: PTH116  start-up time
        raise UnknownError("the service is not in the asker's network namespace")


def _legacy_tables() -> list[str] | None:
    """Tables of iptables-legacy, which nft does not list; None where they cannot be seen.

    The kernel lists their names to root and to root's group; without legacy iptables there is no such file.
    """
    found: list[str] = []
    for family, path in _LEGACY_TABLES:
        try:
            with open(path, encoding="ascii", errors="replace") as file:  # noqa: PTH123  start-up time
                found += [f"{family} {name}" for name in file.read(4096).split()]
        except FileNotFoundError:
            continue
        except OSError:
            return None
    return found


def _ruleset() -> bytes:
    """One line of JSON. Raise UnknownError."""
    try:
        done = subprocess.run(
            ("nft", "-j", "list", "ruleset"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_NFT_SECONDS,
            check=False,
        )
    except FileNotFoundError as error:
        raise UnknownError("nft is not installed: apt-get install nftables") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UnknownError("nft does not answer") from error
    if done.returncode:
        raise UnknownError(f"nft: {done.stderr.decode('utf-8', 'replace').strip()[:80]}")
    if len(done.stdout) > MAX_BYTES:
        raise UnknownError(f"the ruleset is larger than {MAX_BYTES >> 20} MiB")
    return done.stdout.replace(b"\n", b" ").strip() or b'{"nftables":[]}'


if __name__ == "__main__":
    sys.exit(main())
