"""Excel workbooks: one sheet, with the names in its first row.

Excel stores every number as a float and every date as a moment, so whole numbers and whole days are recognised again.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import polars as pl

from clew.collect.codes import finding
from clew.collect.files import StoredFile
from clew.collect.raw import Raw, named
from clew.core.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import fastexcel

#: Whole numbers up to this size are exact in a workbook.
_EXACT = 2.0**53


def read_excel(file: StoredFile, sheet: str | int | None = None) -> Raw:
    """Read a sheet of a workbook.

    Parameters
    ----------
    file : StoredFile
        The file (xlsx, xls, xlsb, ods).
    sheet : str or int, optional
        Name of the sheet, or its position from 0; by default the first.

    Raises
    ------
    DataError
        If the file is no workbook, or has no such sheet.
    """
    import fastexcel

    what = repr(file.name)
    if file.size_bytes == 0:
        raise DataError(f"The file {what} is empty.", hint="Check the export that should have filled it.")
    try:
        book = fastexcel.read_excel(file.path if file.path is not None else file.content())
    except fastexcel.FastExcelError as error:
        reason = str(error).splitlines()[0].removeprefix("calamine error: ")
        raise DataError(
            f"The file {what} is no readable Excel workbook: {reason}.",
            hint="Open it in Excel and save it again without a password, or export it as CSV.",
        ) from None
    chosen = _chosen(book.sheet_names, sheet, what)
    label = f"The sheet {book.sheet_names[chosen]!r} of {what}"
    header, body = _load(book, chosen, label)
    raw = named(body, label, header)
    if sheet is None and len(book.sheet_names) > 1:
        others = [name for i, name in enumerate(book.sheet_names) if i != chosen]
        shown = ", ".join(repr(name) for name in others[:5])
        note = finding("DQ115", f"{book.sheet_names[chosen]!r} was read, and {shown} not.", sheets=book.sheet_names)
        raw = replace(raw, findings=(*raw.findings, note))
    return raw


def _load(book: "fastexcel.ExcelReader", sheet: int, label: str) -> tuple[list[str], pl.DataFrame]:
    """Return the first row as names and the others in the types that the cells have."""
    import fastexcel

    try:
        text = book.load_sheet(sheet, header_row=None, dtypes="string").to_polars()
        if text.is_empty():
            raise DataError(f"{label} is empty.", hint="Name another one with `sheet`.")
        body = text.slice(1)
        # Types are judged over all rows; a column without values has none to judge.
        empty: dict[str | int, Any] = {
            i: "string" for i, column in enumerate(body.iter_columns()) if column.null_count() == len(column)
        }
        if body.height:
            body = book.load_sheet(
                sheet, header_row=None, skip_rows=1, dtypes=empty or None, schema_sample_rows=None
            ).to_polars()
    except fastexcel.FastExcelError as error:
        raise DataError(f"{label} cannot be read: {str(error).splitlines()[0]}.", hint="Export it as CSV.") from None
    plain = body.select(_plain(column) for column in body.iter_columns())
    return [value or "" for value in text.row(0)], _without_empty_end(plain)


def _chosen(names: list[str], sheet: str | int | None, what: str) -> int:
    if sheet is None:
        return 0
    if isinstance(sheet, int) and 0 <= sheet < len(names):
        return sheet
    if sheet in names:
        return names.index(str(sheet))
    raise DataError(f"The workbook {what} has no sheet {sheet!r}.", hint=did_you_mean(str(sheet), names))


def _plain(values: pl.Series) -> pl.Series:
    """Return whole numbers as Int64 and midnights as Date."""
    if values.dtype.is_float():
        whole = (values == values.round()) & (values.abs() <= _EXACT)
        return values.cast(pl.Int64) if whole.fill_null(value=True).all() else values
    if isinstance(values.dtype, pl.Datetime) and (values == values.dt.truncate("1d")).fill_null(value=True).all():
        return values.cast(pl.Date)
    return values


def _without_empty_end(frame: pl.DataFrame) -> pl.DataFrame:
    """Drop the rows after the last one that holds anything: formatted cells without content."""
    filled: Any = frame.select(~pl.all_horizontal(pl.all().is_null())).to_series().arg_true()
    return frame.head(int(filled[-1]) + 1 if len(filled) else 0)
