"""Write the SMS Spam Collection as data/learn.csv and data/judge.csv: `python make_data.py FILE`."""

import os
import sys
from pathlib import Path

import polars as pl

#: Every fourth message judges.
JUDGE_EVERY = 4
#: Where the file is, unless it is named: the folder that the variable CLEW_DATA names holds it.
USUAL = Path(os.environ.get("CLEW_DATA", "")) / "tables" / "sms_spam.parquet"


def main(folder: Path, source: Path = USUAL) -> None:
    """Read the messages, leave out those that came before, and set a part aside."""
    if not source.is_file():
        raise SystemExit(
            "Download the SMS Spam Collection from archive.ics.uci.edu, and name its file SMSSpamCollection."
        )
    if source.suffix == ".parquet":
        messages = pl.read_parquet(source)
    else:
        messages = pl.read_csv(source, separator="\t", has_header=False, new_columns=["type", "text"], quote_char=None)
    # Many messages were sent to several people: one that is in both parts would be remembered, not recognised.
    messages = messages.unique("text", keep="first", maintain_order=True).with_row_index("message")
    folder.mkdir(parents=True, exist_ok=True)
    judging = pl.col("message") % JUDGE_EVERY == 0
    messages.filter(~judging).write_csv(folder / "learn.csv")
    messages.filter(judging).write_csv(folder / "judge.csv")


if __name__ == "__main__":
    main(Path(__file__).parent / "data", *map(Path, sys.argv[1:2]))
