"""The client's side of RFC 2217: a serial port with its speed, parity and modem lines over Telnet."""

from __future__ import annotations

from typing import Final

_IAC, _DONT, _DO, _WONT, _WILL, _SB, _SE = 255, 254, 253, 252, 251, 250, 240  # RFC 854
_BINARY, _NO_GO_AHEAD, COM_PORT = 0, 3, 44  # RFC 856, RFC 858, RFC 2217 section 2

SET_SPEED, SET_DATA_BITS, SET_PARITY, SET_STOP_BITS, SET_CONTROL, SET_MODEM_MASK = 1, 2, 3, 4, 5, 11
_NOTIFY_MODEM = 7
_FROM_SERVER = 100  # added to a command's number in the server's answer
_LONGEST_COMMAND = 64  # the longest one defined holds a signature; ours hold five bytes

NO_FLOW_CONTROL, XON_XOFF, HARDWARE, DTR_ON, RTS_ON = 1, 2, 3, 8, 11  # values of SET_CONTROL
# NOTIFY-MODEMSTATE, section 3
MODEM_LINES: Final = {"CTS": 0x10, "DSR": 0x20, "CD": 0x80}

OPENING: Final = bytes(
    (_IAC, _WILL, COM_PORT, _IAC, _WILL, _BINARY, _IAC, _DO, _BINARY, _IAC, _WILL, _NO_GO_AHEAD)
) + bytes((_IAC, _DO, _NO_GO_AHEAD))
_WE_WILL: Final = (COM_PORT, _BINARY, _NO_GO_AHEAD)
_THEY_MAY: Final = (COM_PORT, _BINARY, _NO_GO_AHEAD)


def escaped(payload: bytes) -> bytes:
    """A data byte FF is sent twice (RFC 854)."""
    return payload.replace(b"\xff", b"\xff\xff")


def command(number: int, value: bytes) -> bytes:
    """One COM-PORT-OPTION command, section 3."""
    return bytes((_IAC, _SB, COM_PORT, number)) + escaped(value) + bytes((_IAC, _SE))


class Stream:
    """What the server sends. Any bytes are accepted.

    `accepted`: whether it speaks RFC 2217; None before it said so. `confirmed` maps a command's number to the
    value the server answered. `modem_state` is its last NOTIFY-MODEMSTATE.
    """

    def __init__(self) -> None:
        self.accepted: bool | None = None
        self.confirmed: dict[int, bytes] = {}
        self.modem_state: int | None = None
        self._escape: int | None = None  # IAC, or the verb whose option comes next
        self._inside: bytearray | None = None  # a command under way
        self._refused: set[tuple[int, int]] = set()

    def feed(self, received: bytes) -> tuple[bytes, bytes]:
        """The data in it, and what must be sent back."""
        plain, answer = bytearray(), bytearray()
        for byte in received:
            if self._escape is None and byte != _IAC:
                self._keep(byte, plain)
            elif self._escape is None:
                self._escape = _IAC
            elif self._escape == _IAC:
                self._after_escape(byte, plain)
            else:
                answer += self._negotiate(self._escape, byte)
                self._escape = None
        return bytes(plain), bytes(answer)

    def _keep(self, byte: int, plain: bytearray) -> None:
        if self._inside is None:
            plain.append(byte)
        elif len(self._inside) < _LONGEST_COMMAND:
            self._inside.append(byte)

    def _after_escape(self, byte: int, plain: bytearray) -> None:
        self._escape = byte if byte in (_DONT, _DO, _WONT, _WILL) else None
        if byte == _IAC:
            self._keep(byte, plain)
        elif byte == _SB:
            self._inside = bytearray()
        elif byte == _SE:
            self._take(bytes(self._inside or b""))
            self._inside = None

    def _take(self, said: bytes) -> None:
        if len(said) < 3 or said[0] != COM_PORT:
            return
        number, value = said[1] - _FROM_SERVER, said[2:]
        if number == _NOTIFY_MODEM:
            self.modem_state = value[0]
        else:
            self.confirmed[number] = value

    def _negotiate(self, verb: int, option: int) -> bytes:
        """OPENING has offered and asked for all we want, so only what is unwanted is answered, and once."""
        if option == COM_PORT and verb in (_DO, _DONT):
            self.accepted = verb == _DO
        unwanted = (verb == _DO and option not in _WE_WILL) or (verb == _WILL and option not in _THEY_MAY)
        if not unwanted or (verb, option) in self._refused:
            return b""
        self._refused.add((verb, option))
        return bytes((_IAC, _WONT if verb == _DO else _DONT, option))
