"""A program that holds a port, in each way a POS application may."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

_OPEN = "import ctypes, fcntl, os, sys, threading; port = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)\n"
_STAY = "print(flush=True); sys.stdin.read()"
_LOCK = "fcntl.flock(port, fcntl.LOCK_EX)\n"
_NEW_NAME = "open('/proc/self/comm', 'wb').write(b'pos\\nend')\n"
# The thread that began the program ends, as a Go program's may, and the others go on.
_LEAVE = """
def stay():
    print(flush=True)
    os.read(0, 1)
    os._exit(0)
threading.Thread(target=stay).start()
ctypes.CDLL(None).pthread_exit(None)
"""
_OTHER_USER = "os.setgid(65534); os.setuid(65534)\n" if os.geteuid() == 0 else ""
_INHERIT = """
import subprocess
program = 'import sys; print(flush=True); sys.stdin.read()'
child = subprocess.Popen([sys.executable, '-c', program], pass_fds=(port,))
os.close(port)
child.wait()
"""

WAYS = {
    "without a lock": _OPEN + _STAY,
    "with a lock": _OPEN + _LOCK + _STAY,
    "as another user": _OPEN + _OTHER_USER + _STAY,
    "inherited": _OPEN + _INHERIT,
    "in a thread that outlived the first": _OPEN + _LEAVE,
    "under a name of two lines": _OPEN + _NEW_NAME + _STAY,
}


@contextlib.contextmanager
def held(port: str, way: str = "without a lock") -> Iterator[int]:
    """The process's number; it holds the port until the end."""
    command = [sys.executable, "-c", WAYS[way], port]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as pos:
        assert pos.stdout is not None
        pos.stdout.readline()
        yield pos.pid
        pos.communicate()
