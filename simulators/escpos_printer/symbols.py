"""GS ( k cn 49: the printer's own QR code generator."""

from dataclasses import dataclass


@dataclass
class QrSymbol:
    """Stored symbol: side of a module in dots, correction 48 (L) to 51 (H), payload up to 7089 bytes."""

    module: int = 3
    correction: int = 48
    payload: bytes = b""

    def set(self, function: int, values: bytes) -> bool:
        """Functions 65 (model), 67 (size), 69 (correction), 80 (store); False for another."""
        if function == 67:
            self.module = values[0]
        elif function == 69:
            self.correction = values[0]
        elif function == 80:
            self.payload = values[1:]
        return function in (65, 67, 69, 80)
