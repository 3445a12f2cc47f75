"""docs/reference/interfaces.md, run: every contract block, on every table, from CSV and from Parquet."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl
import pytest
from tests.contracts.tables import Table, extra, packaged
from tests.prepare.flows import line_of

from clew.cli import COMMANDS, main

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "interfaces.md"


@dataclass(frozen=True)
class Contract:
    command: str
    exit: int
    keys: tuple[str, ...]
    files: tuple[str, ...]


def contracts() -> list[Contract]:
    found = []
    for block in re.findall(r"```contract\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL):
        parts = dict(line.split(" ", 1) for line in block.strip().splitlines())
        found.append(
            Contract(parts["$"], int(parts["exit"]), tuple(parts["keys"].split(", ")), tuple(parts.get("files", "").split()))
        )  # fmt: skip
    return found


def lacking(data: object, key: str) -> str | None:
    """Return the part of a dotted key that is not there."""
    name, _, rest = key.partition(".")
    many = name.endswith("[]")
    name = name.removesuffix("[]")
    if not isinstance(data, dict) or name not in data:
        return name
    if many and not isinstance(data[name], list):
        return f"{name} as a list"
    for item in data[name] if many else [data[name]] if rest else []:
        if rest and (missing := lacking(item, rest)):
            return f"{name}.{missing}"
    return None


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def in_process(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> Done:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    written = capsys.readouterr()
    return Done(int(ended.value.code or 0), written.out, written.err)


def as_process(arguments: list[str]) -> Done:
    command = [sys.executable, "-m", "clew", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    return Done(done.returncode, done.stdout, done.stderr)


def tell(table: Table, kind: str, folder: Path, run: Callable[[list[str]], Done]) -> list[str]:
    """Run every contract on a table, in its folder, and return what was broken."""
    # At random: every third row of a table that is a grid would be of one kind.
    whole = table.load().sample(fraction=1.0, shuffle=True, seed=0)
    parts = {"later": whole.head(len(whole) // 3), "data": whole.tail(-(len(whole) // 3))}
    words = {"target": table.target, "metric": table.metric, "step": "step.yaml", "flow": "f.flow"}
    (folder / "step.yaml").write_text("- {op: missing_indicator, columns: all, always: true}\n")
    line_of(folder / "f.flow", {}, ("manage_rows", {"operator": "Drop duplicates"}), ("custom_pandas", {"code": "df"}))
    lines = [f"{order},{product}" for order, held in enumerate(("ab", "abc", "bc", "ab")) for product in held]
    (folder / "baskets.csv").write_text("\n".join(["order,product", *lines]))
    words["baskets"] = "baskets.csv"
    for part, rows in parts.items():
        path = folder / f"{table.name}-{part}.{kind}"
        rows.write_csv(path) if kind == "csv" else rows.write_parquet(path)
        words[part] = path.name
    broken = []
    for contract in contracts():
        command = contract.command.format(**words)
        done = run([*shlex.split(command)[1:], "--format", "json", "--quiet"])
        if done.code != contract.exit:
            broken.append(f"{command}: exit {done.code}: {done.err[-500:]}")
            continue
        answer = json.loads(done.out)
        broken += [
            f"{command}: lacks {missing}"
            for key in contract.keys
            if (missing := lacking(answer, key.format(**words)))
        ]  # fmt: skip
        broken += [f"{command}: did not write {file}" for file in contract.files if not (folder / file).exists()]
    predictions = pl.read_parquet(folder / "predictions.parquet")
    if len(predictions) != len(parts["data"]) or predictions.columns[0] != "prediction":
        broken.append(f"predictions: {predictions.shape} with {predictions.columns}")
    return broken


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("table", packaged(), ids=lambda table: table.name)
def test_every_contract_holds(table, kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert tell(table, kind, tmp_path, lambda arguments: in_process(arguments, capsys)) == []


@pytest.mark.full
@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("table", extra(), ids=lambda table: table.name)
def test_every_contract_holds_on_more_tables(table, kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert tell(table, kind, tmp_path, lambda arguments: in_process(arguments, capsys)) == []


@pytest.mark.full
def test_every_contract_holds_in_processes_of_their_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert tell(packaged()[0], "csv", tmp_path, as_process) == []


def test_every_command_is_on_the_page():
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in COMMANDS if f"clew {name}" not in text] == []
