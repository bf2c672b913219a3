"""Sorts what a printer sent, by the fixed bits, into replies, frames, blocks and what is none of these."""

from __future__ import annotations

from enum import Enum, auto

from msgspec import Struct

from protocols.escpos.fixed_bits import is_frame_head, is_frame_tail, is_real_time_reply

_FLOW = b"\x11\x13"  # XON, XOFF; XOFF may stand inside an ASB frame (TM-T88III guide p. 316)

# Headers of block data, which runs to a NUL: GS I 65-69 and GS g 2, GS ( H, GS I 33 and others.
INFORMATION = 0x5F
PRINT_ENDED = 0x37
_BLOCK_HEADS = (INFORMATION, PRINT_ENDED, 0x3D, 0x35, 0x3B)
_LONGEST_BLOCK = 82  # header, 80 characters at most (TM-J2000 guide p. 469), NUL


class Block(Struct, frozen=True):
    head: int
    body: bytes


class Sorted(Struct, frozen=True, kw_only=True):
    """`unfinished` began as a frame or block and may still be completed by bytes to come."""

    replies: tuple[int, ...] = ()
    frames: tuple[bytes, ...] = ()
    blocks: tuple[Block, ...] = ()
    junk: bytes = b""
    unfinished: bytes = b""

    @property
    def is_clean(self) -> bool:
        return not self.junk and not self.unfinished

    @property
    def is_silence(self) -> bool:
        """Frames and blocks nobody asked for explain themselves and answer nothing."""
        return not self.replies and self.is_clean

    @property
    def only_reply(self) -> int | None:
        """The one byte that answers a DLE EOT; None where nothing, too much or anything unexplained came."""
        return self.replies[0] if len(self.replies) == 1 and self.is_clean else None


def sort(received: bytes) -> Sorted:
    """Any bytes are accepted; each ends up in exactly one field, except XON and XOFF, which are dropped."""
    found: dict[_Kind, list[bytes]] = {kind: [] for kind in _Kind}
    rest = received
    while rest:
        kind, length = _first(rest)
        found[kind].append(rest[:length])
        rest = rest[length:]
    return Sorted(
        replies=tuple(piece[0] for piece in found[_Kind.REPLY]),
        frames=tuple(piece.translate(None, _FLOW) for piece in found[_Kind.FRAME]),
        blocks=tuple(Block(piece[0], piece[1:-1]) for piece in found[_Kind.BLOCK]),
        junk=b"".join(found[_Kind.JUNK]),
        unfinished=b"".join(found[_Kind.UNFINISHED]),
    )


class _Kind(Enum):
    FLOW = auto()
    REPLY = auto()
    FRAME = auto()
    BLOCK = auto()
    JUNK = auto()
    UNFINISHED = auto()


def _first(rest: bytes) -> tuple[_Kind, int]:
    """What stands first in `rest`, which is not empty, and how many bytes it takes."""
    if rest[0] in _FLOW:
        return _Kind.FLOW, 1
    if is_real_time_reply(rest[0]):
        return _Kind.REPLY, 1
    if is_frame_head(rest[0]):
        return _frame(rest)
    if rest[0] in _BLOCK_HEADS:
        return _block(rest)
    return _Kind.JUNK, 1


def _frame(rest: bytes) -> tuple[_Kind, int]:
    kept = 0
    for index, byte in enumerate(rest):
        if byte in _FLOW:
            continue
        kept += 1
        if kept > 1 and not is_frame_tail(byte):
            return _Kind.JUNK, 1
        if kept == 4:
            return _Kind.FRAME, index + 1
    return _Kind.UNFINISHED, len(rest)


def _block(rest: bytes) -> tuple[_Kind, int]:
    end = rest.find(0, 0, _LONGEST_BLOCK)
    if end > 0:
        return _Kind.BLOCK, end + 1
    return (_Kind.JUNK, 1) if len(rest) >= _LONGEST_BLOCK else (_Kind.UNFINISHED, len(rest))
