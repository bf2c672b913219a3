"""The child that watches: many sources, one loop, lines to the supervisor.

It says `run PROBE...`, `covers [PROBE...]` (polled seldom from now on), `released PROBE` and `alive`; it is
told `release PROBE` and `resume PROBE`.
"""

from __future__ import annotations

import select
import socket
import time

from agent.watching.folding import Folding
from agent.watching.post import Post
from agent.watching.source import Source

_LONGEST_LINE = 4096


class Watch:
    """`channel` leads to the supervisor. `is_second`: one before this one died, and events were missed."""

    def __init__(
        self, channel: socket.socket, sources: list[Source], *, beat_seconds: float, is_second: bool
    ) -> None:
        self._channel = channel
        self._posts = [Post(source, was_here_before=is_second) for source in sources]
        self._folding = Folding()
        self._beat_seconds = beat_seconds
        self._beat_at = 0.0
        self._covered: tuple[str, ...] = ()
        self._received = b""

    def run(self) -> None:
        """Until the supervisor's end closes: obey, look everywhere, tell, wait."""
        ready: set[int] = {self._channel.fileno()}
        while self._obey(ready, time.monotonic()):
            now = time.monotonic()
            self._look(ready, now)
            self._tell(now)
            ready = self._wait()
        for post in self._posts:
            post.end(time.monotonic())

    def _obey(self, ready: set[int], now: float) -> bool:
        """False where there is no supervisor any more."""
        if self._channel.fileno() not in ready:
            return True
        try:
            chunk = self._channel.recv(_LONGEST_LINE, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return True
        except OSError:
            return False
        *lines, self._received = (self._received + chunk).split(b"\n")
        for line in lines:
            word, _, name = line.decode().partition(" ")
            self._lend_or_resume(word, name, now)
        return bool(chunk)

    def _lend_or_resume(self, word: str, name: str, now: float) -> None:
        for post in self._posts:
            if not post.source.lends or name not in post.source.probes:
                continue
            if word == "release":
                post.lend()
            else:
                post.take_back(now)
        if word == "release":
            self._say(f"released {name}")

    def _look(self, ready: set[int], now: float) -> None:
        for post in self._posts:
            found = post.step(now, is_readable=post.fileno() in ready)
            self._folding.note(found, now)
            for other in self._posts:
                if other.source.lends and found.intersection(other.source.probes):
                    other.hurry(now)

    def _tell(self, now: float) -> None:
        covered = tuple(name for post in self._posts if post.is_covering for name in post.source.probes)
        if covered != self._covered:
            self._covered = covered
            self._say(" ".join(("covers", *covered)))
        if names := self._folding.due(now):
            self._say(" ".join(("run", *names)))
        if now >= self._beat_at:
            self._beat_at = now + self._beat_seconds
            self._say("alive")

    def _wait(self) -> set[int]:
        poller = select.poll()
        poller.register(self._channel, select.POLLIN)
        for post in self._posts:
            if post.fileno() >= 0:
                poller.register(post.fileno(), select.POLLIN)
        next_at = min(self._beat_at, self._folding.next_at(), *(post.due() for post in self._posts))
        # rounded up: poll(2) counts whole milliseconds, and half a one would be asked for many times over
        milliseconds = max(0.0, next_at - time.monotonic()) * 1000 + 1
        return {descriptor for descriptor, _ in poller.poll(milliseconds)}

    def _say(self, line: str) -> None:
        self._channel.sendall(line.encode() + b"\n")
