"""Tells that a file was opened by name, by inotify(7), which the standard library does not speak."""

from __future__ import annotations

import os
from types import TracebackType
from typing import Final, Self

_IN_OPEN: Final = 0x20  # linux/inotify.h
_ENOUGH = 4096  # events without a name are 16 bytes, and equal ones in a row are one event


class OpenWatch:
    """From its making on; needs the right to read the file. Raise OSError. A node of the same device made
    elsewhere, as some containers have one, is another file.
    """

    def __init__(self, path: str) -> None:
        import ctypes  # noqa: PLC0415  only the child that opens a port pays for it

        libc = ctypes.CDLL(None, use_errno=True)

        def checked(result: int) -> int:
            if result < 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), path)
            return result

        self._descriptor = checked(libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC))
        try:
            checked(libc.inotify_add_watch(self._descriptor, os.fsencode(path), _IN_OPEN))
        except OSError:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._descriptor)

    def was_opened(self) -> bool:
        """Since the last time this was asked, or the file went away."""
        try:
            return bool(os.read(self._descriptor, _ENOUGH))
        except BlockingIOError:
            return False
