"""One line of the table: ours, the peer's in the same run, their ratio, and whether the promise is kept."""

from __future__ import annotations

from msgspec import Struct

HEADER = f"{'what':<43} {'ours':>9} {'peer':>9}  {'the peer':<32} {'ratio':>6}  {'promise':<21} kept"


class Row(Struct, frozen=True, kw_only=True):
    """`ours` and `peer` are figures with their unit; `command` prints this row (and its twins) alone.

    `promise` is empty where there is none; then `kept` says nothing.
    """

    what: str
    ours: str
    peer: str = ""
    beside: str = ""
    ratio: float | None = None
    promise: str = ""
    kept: bool | None = None
    command: str

    def show(self) -> None:
        ratio = f"{self.ratio:.2f}" if self.ratio is not None else ""
        kept = {True: "yes", False: "NO", None: ""}[self.kept]
        print(
            f"{self.what:<43} {self.ours:>9} {self.peer:>9}  {self.beside:<32} {ratio:>6}"
            f"  {self.promise:<21} {kept}\n    {self.command}",
            flush=True,
        )


if __name__ == "__main__":
    print(HEADER)
