"""Decodes the picture commands into rows of dots."""

from simulators.escpos_printer.paper import Bitmap


def raster(parameters: bytes) -> Bitmap:
    """GS v 0, from m on: `m xL xH yL yH d...`; m 1 and 3 double the width, 2 and 3 the height."""
    mode = parameters[0] % 48
    across, down = _pair(parameters, 1), _pair(parameters, 3)
    return _rows_of(parameters[5:], across, down, 2 if mode & 1 else 1, 2 if mode & 2 else 1)


def stored_raster(parameters: bytes) -> Bitmap:
    """GS ( L function 112, from a on: `a bx by c xL xH yL yH d...`; x counts dots here, not bytes."""
    across = (_pair(parameters, 4) + 7) // 8
    return _rows_of(parameters[8:], across, _pair(parameters, 6), parameters[1], parameters[2])


def columns(parameters: bytes) -> Bitmap:
    """ESC *, from m on: `m nL nH d...`, columns of 8 or 24 dots, top bit uppermost.

    Modes 0 and 32 have half the dots across, the 8-dot modes a third of the dots down.
    """
    mode, count = parameters[0], _pair(parameters, 1)
    depth = 3 if mode >= 32 else 1
    scale = 1 if mode & 1 else 2
    rows = _turn(parameters[3:], count, depth)
    return Bitmap(count * scale, rows, scale, 3 // depth)


def _rows_of(body: bytes, across: int, down: int, wide: int, high: int) -> Bitmap:
    rows = tuple(body[row * across : (row + 1) * across] for row in range(down))
    return Bitmap(across * 8 * wide, rows, wide, high)


def _turn(body: bytes, count: int, depth: int) -> tuple[bytes, ...]:
    rows = [bytearray((count + 7) // 8) for _ in range(depth * 8)]
    for at, value in enumerate(body):
        column, part = divmod(at, depth)
        for bit in range(8):
            if value & (0x80 >> bit):
                rows[part * 8 + bit][column // 8] |= 0x80 >> (column % 8)
    return tuple(bytes(row) for row in rows)


def _pair(values: bytes, at: int) -> int:
    return values[at] + (values[at + 1] << 8)
