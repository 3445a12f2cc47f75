"""What reading and joining may notice: each code with its severity, its title and what it means."""

from collections.abc import Mapping
from typing import Any

from clew.core.finding import Finding, Severity

#: Code → (title, severity, explanation).
CODES: dict[str, tuple[str, Severity, str]] = {
    "DQ101": (
        "Disguised missing values",
        Severity.INFO,
        (
            "Words such as ? or N/A, or blank text, stand for a missing value and were read as such. State "
            "`missing` for the column to decide yourself."
        ),
    ),
    "DQ102": (
        "Possible missing values kept",
        Severity.INFO,
        (
            "A word such as None or - may mean a missing value, and was kept as a category because it is frequent"
            " beside few others, or is NA among two-letter codes. State `missing` for the column if it is no "
            "category."
        ),
    ),
    "DQ103": (
        "Mixed types",
        Severity.WARNING,
        (
            "Most values are numbers or dates, and some are not, so the column stays text. Correct these values, "
            "or state them under `missing` for the column."
        ),
    ),
    "DQ104": (
        "Leading zeros",
        Severity.INFO,
        (
            "The values are digits, some with zeros in front, as codes have them. The column stays text, so that "
            "007 is not 7. State `kind: numeric` if it is a number."
        ),
    ),
    "DQ105": (
        "Integers beyond 64 bits",
        Severity.WARNING,
        (
            "Some whole numbers do not fit into 64 bits, so the column stays text and every digit is kept. State "
            "`kind: numeric` if approximate values will do."
        ),
    ),
    "DQ106": (
        "Infinite values",
        Severity.WARNING,
        ("The column holds infinity. The values are kept; most statistics of the column are infinite or undefined."),
    ),
    "DQ107": (
        "Dates of unclear order",
        Severity.WARNING,
        (
            "The values look like dates whose day and month, or whose century, cannot be told apart in any row, "
            "so the column stays text. State `kind: datetime` and `format: DD/MM/YYYY` or `MM/DD/YYYY`."
        ),
    ),
    "DQ108": (
        "Column without a name",
        Severity.INFO,
        (
            "The header has no name for the column, as when pandas writes its index. It is called by its "
            "position, and is an identifier if it counts the rows."
        ),
    ),
    "DQ109": (
        "Identifier",
        Severity.INFO,
        (
            "Every value occurs once, and the name or the form says that it identifies the row. It is no feature."
            " State `role: feature` if it is one."
        ),
    ),
    "DQ110": (
        "Unit read from the text",
        Severity.INFO,
        (
            "A currency sign, or a percent sign, stands beside every number. It became the column's unit; "
            "percentages are shares, so 12.5 % is 0.125."
        ),
    ),
    "DQ111": (
        "Separator of unclear meaning",
        Severity.WARNING,
        (
            "Every separator is followed by three digits, so it may group thousands or be a decimal comma. It was"
            ' read as a group of thousands. State `format: "1.234,5"` if it is a decimal comma.'
        ),
    ),
    "DQ112": (
        "Header looks like data",
        Severity.WARNING,
        ("Most names of the header are numbers: the file may have no header, and its first row is lost as names."),
    ),
    "DQ113": (
        "Mixed units",
        Severity.WARNING,
        (
            "The numbers carry different units, or only some carry one, so the column stays text. Bring them to "
            "one unit."
        ),
    ),
    "DQ114": (
        "Storage type changed",
        Severity.INFO,
        (
            "The type has no place in a model's input: decimals become floats, durations seconds, times of day "
            "and dictionaries text."
        ),
    ),
    "DQ115": (
        "Other sheets not read",
        Severity.INFO,
        "The workbook has several sheets and the first was read. Name another one with `sheet`.",
    ),
    "DQ116": (
        "Keys without a match",
        Severity.WARNING,
        "Some rows found no partner in the joined table; the added columns are missing there.",
    ),
    "DQ117": (
        "Mixed time zones",
        Severity.WARNING,
        ("Some moments name a time zone and some do not, so they cannot be put in order and the column stays text."),
    ),
    "DQ118": (
        "Names that differ in capital letters only",
        Severity.WARNING,
        (
            "Clew keeps such columns apart, but people confuse them, and many formats and databases take them for"
            " one. Rename one of them."
        ),
    ),
    "DQ119": (
        "Other files not read",
        Severity.INFO,
        (
            "The folder or glob holds files of another kind beside those that were read, such as a README. Name a "
            "glob that leaves them out to silence this."
        ),
    ),
    "DQ120": (
        "Files that cannot be read",
        Severity.WARNING,
        (
            "Some images are damaged, or some texts are in another encoding. Their rows are kept, and what would have"
            " been read is missing. Replace the files, or leave them out."
        ),
    ),
    "DQ121": (
        "Field missing in some files",
        Severity.WARNING,
        (
            "Objects of JSON may leave out a field, and in some files all do. Their rows have a missing value there. "
            "Check that these files belong to the table."
        ),
    ),
}


def finding(code: str, detail: str, column: str | None = None, **evidence: Any) -> Finding:
    """Return a finding of one of the codes.

    Parameters
    ----------
    code : str
        A key of `CODES`.
    detail : str
        One or two sentences with the figures.
    column : str, optional
        The column meant.
    **evidence : object
        JSON-ready figures and examples.
    """
    title, severity, _ = CODES[code]
    facts: Mapping[str, Any] = evidence
    return Finding(code, severity, title, detail, column=column, evidence=facts)
