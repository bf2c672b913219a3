"""Write docs/report.schema.json, what an endpoint of the customer's own gets, from the types themselves."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from vocabulary.plain import schema

SCHEMA = Path(__file__).parents[1] / "docs" / "report.schema.json"


def main() -> int:
    SCHEMA.write_text(json.dumps(schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{SCHEMA} written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
