"""What a file would hold once it is unpacked: a small one may be made so that reading it takes all memory there is.

Workbooks are ZIP archives, text may be compressed, and a Parquet file says a billion equal values in a few bytes. Two
megabytes can so become twenty gigabytes, and the server would end with whoever uploaded them. The size is therefore
counted before anything is read, piece by piece, and counting stops at the limit. What an archive says about itself is
asked first, since that is quick, but not believed.
"""

import zipfile
import zlib
from pathlib import Path

from clew.collect.formats import EXCEL, PARQUET
from clew.core.errors import DataError, UsageError
from clew.core.readable import size

#: What the text of a compressed file may hold.
MAX_TEXT_BYTES = 1024**3
#: What the parts of a workbook may hold: a cell is some thirty bytes there, and takes five times as much to be read.
MAX_WORKBOOK_BYTES = 1024**3
#: Cells of a Parquet file: eight bytes each, or more, once they are read.
MAX_CELLS = 2_000_000_000
_PIECE_BYTES = 1024**2


def check_unpacked(
    path: Path,
    *,
    max_text_bytes: int = MAX_TEXT_BYTES,
    max_workbook_bytes: int = MAX_WORKBOOK_BYTES,
    max_cells: int = MAX_CELLS,
) -> None:
    """Refuse a file that unpacks to more than can be read; one that is not packed is not looked at.

    Parameters
    ----------
    path : Path
        The file; its ending says what it is.
    max_text_bytes, max_workbook_bytes, max_cells : int
        Limits for compressed text, workbooks and Parquet files.

    Raises
    ------
    UsageError
        If it holds more than its limit.
    DataError
        If it is damaged.
    """
    ending = path.suffix.lower()
    try:
        if ending in {".gz", ".zst"}:
            _check_text(path, ending, max_text_bytes)
        elif ending in EXCEL and zipfile.is_zipfile(path):
            _check_archive(path, max_workbook_bytes)
        elif ending in PARQUET:
            _check_parquet(path, max_cells)
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError) as error:
        raise DataError(
            f"The file {path.name!r} cannot be unpacked: {error}.", hint="Check that it is complete; save it again."
        ) from error


def _check_text(path: Path, ending: str, limit: int) -> None:
    import pyarrow as pa

    held = 0
    with pa.input_stream(str(path), compression="gzip" if ending == ".gz" else "zstd") as stream:
        while piece := stream.read(_PIECE_BYTES):
            held += len(piece)
            if held > limit:
                raise _too_much(path, size(limit))


def _check_archive(path: Path, limit: int) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if sum(member.file_size for member in members) > limit:
            raise _too_much(path, size(limit))
        for member in members:
            # Ends with an error of its own where a part holds more than the archive says.
            with archive.open(member) as part:
                while part.read(_PIECE_BYTES):
                    pass


def _check_parquet(path: Path, limit: int) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        facts = pq.read_metadata(path)
    except pa.ArrowException as error:
        raise DataError(f"The file {path.name!r} is no Parquet file.", hint="Check that it is complete.") from error
    if facts.num_rows * facts.num_columns > limit:
        raise _too_much(path, f"{limit:,} cells")


def _too_much(path: Path, limit: str) -> UsageError:
    return UsageError(
        f"The file {path.name!r} unpacks to more than {limit}.",
        hint="Split it, or keep the rows you need and save them as Parquet.",
    )
