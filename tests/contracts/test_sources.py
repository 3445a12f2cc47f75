"""Every command that takes DATA takes a glob and a database too, and answers the same."""

import json
import shlex
import sqlite3
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.cli import main

COMMANDS = [
    "profile {data} --target y",
    "suggest {data} --target y --out recipe.yaml",
    "prepare {data} --recipe recipe.yaml --target y --out prepared.parquet",
    "train {data} --target y --trials 1 --algorithms linear --cpus 1 --out bundle",
    "evaluate bundle {data}",
    "predict bundle {data} --out predictions.parquet",
    "monitor bundle {data}",
    "init mine --data {data} --target y",
    "data add {data} --name rows --project mine",
]
#: What differs from one run to the next, or names the place.
OTHER = {"seconds", "start_s", "fit_s", "predict_ms", "created", "source", "config", "report"}


def plain(answer: object) -> object:
    if isinstance(answer, dict):
        return {key: plain(value) for key, value in answer.items() if key not in OTHER}
    return [plain(item) for item in answer] if isinstance(answer, list) else answer


def make(folder: Path) -> dict[str, str]:
    rng = np.random.default_rng(0)
    size = rng.normal(size=90).round(3)
    frame = pl.DataFrame(
        {"size": size, "code": [f"{i % 7:03}" for i in range(90)], "y": np.where(size > 0, "good", "bad")}
    )
    frame.write_csv(folder / "whole.csv")
    (folder / "parts").mkdir()
    for number in range(3):
        frame.slice(number * 30, 30).write_csv(folder / "parts" / f"{number}.csv")
    connection = sqlite3.connect(folder / "shop.db")
    connection.execute("CREATE TABLE rows (size REAL, code TEXT, y TEXT)")
    connection.executemany("INSERT INTO rows VALUES (?, ?, ?)", frame.iter_rows())
    connection.commit()
    connection.close()
    return {
        "file": "whole.csv",
        "glob": "'parts/*.csv'",
        "table": "sqlite:///shop.db --table rows",
        "query": "sqlite:///shop.db --query 'SELECT * FROM rows ORDER BY rowid'",
    }


def test_every_command_answers_the_same_whatever_data_is(tmp_path, monkeypatch, capsys):
    answers: dict[str, list] = {}
    for kind in ("file", "glob", "table", "query"):
        folder = tmp_path / kind
        folder.mkdir()
        monkeypatch.chdir(folder)
        data = make(folder)[kind]
        answers[kind] = []
        for command in COMMANDS:
            with pytest.raises(SystemExit) as ended:
                main([*shlex.split(command.format(data=data)), "--format", "json", "--quiet"])
            written = capsys.readouterr()
            assert ended.value.code in {0, 1}, (command, written.err)
            answers[kind].append(plain(json.loads(written.out)))
    for kind in ("glob", "table", "query"):
        for command, answer, expected in zip(COMMANDS, answers[kind], answers["file"], strict=True):
            assert answer == expected, (kind, command)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("profile sqlite:///shop.db", "--table NAME"),
        ("profile sqlite:///shop.db --table row", "Did you mean 'rows'?"),
        ("profile whole.csv --table rows", "is for databases"),
        ("suggest 'parts/*.csv' --target y --out parts/1.csv", "would overwrite parts/*.csv"),
        ("suggest parts --target y --out parts/1.csv", "would overwrite parts"),
        ("suggest sqlite:///shop.db --table rows --target y --out shop.db", "would overwrite sqlite:///shop.db"),
        ("profile project:x --table rows", "say nothing about 'project:x'"),
        ("profile sqlite:///shop.db --query 'DROP TABLE rows'", "only reading is allowed"),
        ("profile postgresql://al:geheim@127.0.0.1:1/shop --table rows", "postgresql://al:***@127.0.0.1:1/shop"),
        ("train whole.csv --target y --validation sqlite:///shop.db --out b", "clew data add DATABASE --query"),
    ],
)
def test_what_cannot_be_meant_is_told(command, says, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main([*shlex.split(command), "--format", "json"])
    written = capsys.readouterr()
    assert ended.value.code == 2
    assert says in written.err
    assert "geheim" not in written.out + written.err


def test_the_next_command_can_be_pasted_and_holds_no_password(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    make(tmp_path)
    with pytest.raises(SystemExit):
        main(["profile", "sqlite:///shop.db", "--query", "SELECT * FROM rows WHERE y = 'good'"])
    assert (
        """clew train sqlite:///shop.db --query 'SELECT * FROM rows WHERE y = '"'"'good'"'"'' --target"""
        in capsys.readouterr().err
    )
