"""What a project reads, and how a run finds out that it has changed.

A file on this machine is known by the SHA-256 of its content, an object of an S3 store by the mark that the store keeps
of its content (``ETag``), a Delta table in a store by its id and version. A database keeps no such mark: the query is
sent, and the rows that come are known by theirs; these very rows are then used, so nothing is read twice.
"""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from clew.collect.address import Address
from clew.collect.fetch import Fetched, fetch, find_local
from clew.collect.s3 import find_s3, store
from clew.core.fingerprint import of_file
from clew.store.delta import mark_of

#: Objects of a store that are asked about at the same time.
_AT_ONCE = 8


class Sources:
    """Brings the rows of a run.

    One object serves one run: the rows of a database are kept from the question whether they changed until they are
    taken.
    """

    def __init__(self) -> None:
        self._kept: dict[Address, Fetched] = {}

    def content(self, address: Address) -> Any:
        """Return what stands for the content of a source: equal while it has not changed.

        Parameters
        ----------
        address : Address
            Where it is.

        Returns
        -------
        JSON-ready value
            Without secrets.

        Raises
        ------
        DataError
            If nothing is there, or it cannot be reached.
        """
        if address.is_database:
            self._kept[address] = fetched = fetch(address)
            return fetched.fingerprint
        found = find_s3(address) if address.is_s3 else find_local(address)
        if found.delta is not None and address.is_s3:
            return mark_of(found.delta, options=store().delta_options())
        if found.delta is not None:
            return _folder(Path(found.delta))
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            marks = list(pool.map(lambda file: file.mark(), found.files))
        return {file.relative: mark for file, mark in zip(found.files, marks, strict=True)}

    def take(self, address: Address) -> Address | Fetched:
        """Return what `clew.collect.source.read` reads the rows from."""
        return self._kept.pop(address, address)


def _folder(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): of_file(path) for path in files}
