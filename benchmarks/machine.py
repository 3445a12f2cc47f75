"""What every result states: machine, date and versions."""

import json
import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results"


def describe(*packages: str) -> dict[str, Any]:
    """Return machine, date and the versions of some packages."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}",
        "python": platform.python_version(),
        "versions": {name: version(name) for name in packages},
    }


def keep(name: str, result: dict[str, Any], *, shown: bool = True) -> None:
    """Keep a result as JSON, and print it."""
    RESULTS.mkdir(exist_ok=True)
    text = json.dumps(result, indent=1)
    if shown:
        print(text)
    (RESULTS / f"{name}.json").write_text(text + "\n", encoding="utf-8")
