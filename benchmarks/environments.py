"""An environment of its own for a peer that needs other versions than Clew."""

import json
import os
import subprocess
import venv
from pathlib import Path

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "clew-benchmarks"


def python_of(name: str, packages: tuple[str, ...]) -> Path:
    """Return the Python of a peer's environment, made if need be."""
    folder = CACHE / name
    if not (folder / "done").exists():
        venv.create(folder, with_pip=True, clear=True)
        subprocess.run([folder / "bin" / "python", "-m", "pip", "install", "--quiet", *packages], check=True)
        (folder / "done").touch()
    return folder / "bin" / "python"


def versions(name: str, *packages: str) -> dict[str, str]:
    """Return the versions of some packages in a peer's environment."""
    command = [CACHE / name / "bin" / "python", "-m", "pip", "list", "--format=json"]
    listed = subprocess.run(command, check=True, capture_output=True, text=True)
    return {item["name"]: item["version"] for item in json.loads(listed.stdout) if item["name"] in packages}
