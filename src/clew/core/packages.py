"""Which version of somebody else's package is there, whether it was ever installed or not."""

import sys
from importlib.metadata import packages_distributions, version
from importlib.util import find_spec
from pathlib import Path

from clew.core.fingerprint import of_file, of_json


def version_of(package: str) -> str:
    """Return the version of a package, without importing it.

    Parameters
    ----------
    package : str
        The name under which it is imported, without dots.

    Returns
    -------
    str
        That of its distribution; where it was never installed, a fingerprint of its source, and ``"missing"`` where
        there is none.
    """
    distributions = packages_distributions().get(package)
    if distributions:
        return ", ".join(version(name) for name in sorted(set(distributions)))
    files = {str(place): of_file(file) for place, file in _sources(package)}
    return of_json(files)[:16] if files else "missing"


def _sources(package: str) -> list[tuple[Path, Path]]:
    """Return the source files of a package: their places in it, and on this machine."""
    if package == "__main__":  # a script, which no search finds; a notebook has no file
        script = getattr(sys.modules[package], "__file__", None)
        return [(Path("__main__"), Path(script))] if script else []
    spec = find_spec(package)
    if spec is None:
        return []
    if spec.submodule_search_locations is None:
        return [(Path(package), Path(spec.origin))] if spec.has_location and spec.origin else []
    folders = [Path(folder) for folder in spec.submodule_search_locations]
    return [(file.relative_to(folder), file) for folder in folders for file in sorted(folder.rglob("*.py"))]
