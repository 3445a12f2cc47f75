"""CSV files: encoding, delimiter and shape are found out, or the error says where the file breaks which rule.

Every cell is read as text; what it means is judged afterwards over the whole column (`clew.collect.infer`).
"""

import codecs
import csv
import io
from itertools import islice

import polars as pl

from clew.collect.files import StoredFile
from clew.collect.raw import Raw, named
from clew.core.errors import DataError, UsageError

#: Delimiters that are looked for, in the order of preference.
DELIMITERS = (",", ";", "\t", "|")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES, _SAMPLE_RECORDS = 1 << 18, 200
_BLOCK_BYTES = 1 << 24


def read_csv(file: StoredFile, *, encoding: str | None = None, delimiter: str | None = None) -> Raw:
    """Read a file of delimited text.

    Parameters
    ----------
    file : StoredFile
        The file. Its first line names the columns.
    encoding : str, optional
        By default UTF-8, or what a byte-order mark says.
    delimiter : str, optional
        By default the one of ``, ; tab |`` that divides the header and most rows alike.

    Returns
    -------
    Raw
        Every column as text, an empty cell as an empty text.

    Raises
    ------
    DataError
        If the file is empty, binary, in another encoding, or a row has more or fewer fields than the header.
    """
    what = repr(file.name)
    data = _utf8(file.content(), encoding, what)
    # Stripping copies, so the beginning is looked at first.
    if not data[:4096].strip() and not data.strip():
        raise DataError(f"The file {what} is empty.", hint="Check the export that should have filled it.")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise UsageError(f"`delimiter` is {delimiter!r}; one character is needed.", hint='Use e.g. ";".')
    separator = delimiter or sniff(data, "\t" if file.ending == ".tsv" else ",")
    _check_quotes(data, separator, what)
    frame = _parse(data, separator, what)
    header = [value or "" for value in frame.row(0)]
    return named(frame.slice(1), f"The file {what}", header)


def _utf8(data: bytes, encoding: str | None, what: str) -> bytes:
    """Return the content as UTF-8 without a byte-order mark."""
    mark, found = next(((mark, name) for mark, name in _MARKS if data.startswith(mark)), (b"", None))
    chosen = encoding or found or "utf-8"
    try:
        codec = codecs.lookup(chosen).name
    except LookupError:
        raise UsageError(f"There is no encoding {chosen!r}.", hint='Use e.g. "cp1252" or "utf-16".') from None
    if encoding is None or codec in {found, "utf-8-sig"} or (found and codec in {"utf-16", "utf-32"}):
        data, codec = data[len(mark) :], found or ("utf-8" if codec == "utf-8-sig" else codec)
    if codec not in {"utf-8", "ascii"}:
        data = _decode(data, codec, what).encode()
    if (position := data.find(b"\0")) >= 0:
        raise DataError(f"{_binary(what, position)}", hint=_binary_hint(data))
    if codec in {"utf-8", "ascii"} and not data.isascii():
        _decode(data, codec, what)
    return data


def _decode(data: bytes, codec: str, what: str) -> str:
    try:
        return data.decode(codec)
    except UnicodeDecodeError as error:
        if codec in {"utf-8", "ascii"} and b"\0" in data:
            raise DataError(_binary(what, data.find(b"\0")), hint=_binary_hint(data)) from None
        line = data.count(b"\n", 0, error.start) + 1
        raise DataError(
            f"The file {what} is not {codec.upper()}: byte 0x{data[error.start]:02x} at offset {error.start} "
            f"(line {line}) has no meaning in it.",
            hint=_encoding_hint(data, codec),
        ) from None


def _encoding_hint(data: bytes, codec: str) -> str:
    if codec not in {"utf-8", "ascii"}:
        return "Name another encoding, or none to read UTF-8."
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "State its `encoding`, e.g. cp1250, latin-1 or shift_jis."
    return "State its `encoding`: cp1252 (Western Windows) reads every byte of it."


def _binary(what: str, position: int) -> str:
    return f"The file {what} is not text: the byte at offset {position} is NUL."


def _binary_hint(data: bytes) -> str:
    kinds = {b"PAR1": ".parquet", b"PK\x03\x04": ".xlsx", b"ARROW1": ".arrow"}
    kind = next((name for magic, name in kinds.items() if data.startswith(magic)), None)
    if kind:
        return f"It looks like a {kind} file; give it that ending."
    half = data[:200]
    if half.count(b"\0") * 3 > len(half):
        return f'It may be UTF-16: encoding="utf-16-{"be" if half[0] == 0 else "le"}".'
    return "Check that it is a CSV file, or give it the ending of its real format."


def sniff(data: bytes, default: str = ",") -> str:
    """Find the delimiter of a CSV file.

    The one that divides the header and divides the most rows of the beginning into as many fields; of several, the one
    that makes more fields.

    Parameters
    ----------
    data : bytes
        UTF-8 text.
    default : str, default ","
        What is returned where no delimiter divides the header.
    """
    text = data[:_SAMPLE_BYTES].decode(errors="ignore")
    best, best_score = default, (0.0, 0)
    for delimiter in (default, *(other for other in DELIMITERS if other != default)):
        try:
            records = list(islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), _SAMPLE_RECORDS))
        except csv.Error:
            continue
        counts = [len(record) for record in records if record]
        if len(data) > _SAMPLE_BYTES and len(counts) > 1 and len(records) < _SAMPLE_RECORDS:
            counts.pop()
        if not counts or counts[0] < 2:
            continue
        score = (sum(count == counts[0] for count in counts) / len(counts), counts[0])
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _check_quotes(data: bytes, separator: str, what: str) -> None:
    """Refuse a file whose last quotes are never closed: readers would swallow the rows after them."""
    if data.count(b'"') % 2 == 0:
        return
    records = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator, strict=True)
    start = 1
    try:
        for _ in records:
            start = records.line_num + 1
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            raise DataError(
                f"The file {what} opens quotes in the record on line {start} and never closes them.",
                hint='Close them, or double a quote that belongs to the text ("").',
            ) from None


def _parse(data: bytes, separator: str, what: str) -> pl.DataFrame:
    """Cut text into fields, the header included."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    first = next(csv.reader(io.StringIO(_first_record(data), newline=""), delimiter=separator))
    names = [str(position) for position in range(len(first))]

    # A short process may end while Arrow still starts its threads, which aborts it; one block needs none.
    threads = len(data) > _BLOCK_BYTES

    def cut(block: int) -> pl.DataFrame:
        table = arrow.read_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(column_names=names, block_size=block, use_threads=threads),
            parse_options=arrow.ParseOptions(delimiter=separator, newlines_in_values=True),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
            ),
        )
        frame = pl.from_arrow(table, rechunk=False)
        if not isinstance(frame, pl.DataFrame):
            raise TypeError("Arrow tables become data frames.")
        return frame

    try:
        try:
            return cut(_BLOCK_BYTES)
        except pa.ArrowInvalid as error:
            if "straddling" not in str(error) or len(data) < _BLOCK_BYTES:
                raise
            return cut(min(len(data) + 1, (1 << 31) - 1))
    except pa.ArrowInvalid as error:
        raise _ragged(data, separator, len(first), what, str(error)) from None


def _first_record(data: bytes) -> str:
    """Return enough of the beginning to hold the first record that is not blank."""
    size = _SAMPLE_BYTES
    while True:
        text = data[:size].decode(errors="ignore").lstrip("\r\n")
        try:
            record = next(csv.reader(io.StringIO(text, newline=""), strict=True), [])
        except csv.Error:
            record = []
        if record or size >= len(data):
            return text
        size *= 4


def _ragged(data: bytes, separator: str, expected: int, what: str, reason: str) -> DataError:
    """Find the first row with another number of fields, and count all of them."""
    records = csv.reader(io.StringIO(data.decode(), newline=""), delimiter=separator)
    start, first, count = 1, (0, 0), 0
    try:
        for record in records:
            if record and len(record) != expected:
                first = first if count else (start, len(record))
                count += 1
            start = records.line_num + 1
    except csv.Error as error:
        return DataError(f"The file {what} cannot be read near line {start}: {error}.", hint="Check the quotes there.")
    if not count:
        return DataError(f"The file {what} cannot be read as CSV: {reason}.", hint="Check its quotes and line ends.")
    line, fields = first
    others = f"; {count - 1} more {'line does' if count == 2 else 'lines do'} not fit either" if count > 1 else ""
    shown = "a tab" if separator == "\t" else repr(separator)
    return DataError(
        f"Line {line} of {what} has {fields} {'field' if fields == 1 else 'fields'} where the header has {expected}"
        f"{others}.",
        hint=f"Quote texts that contain {shown}, or state the `delimiter`."
        if fields > expected
        else f"Complete the line: {shown} stands between fields even where they are empty.",
    )
