"""Bad input gets a clear answer and loses nothing: every case with its message, from the command line."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from clew.cli import main
from clew.prepare.recipe import Recipe

ROWS = 120


def good() -> pl.DataFrame:
    rng = np.random.default_rng(1)
    size = rng.normal(size=ROWS)
    return pl.DataFrame(
        {
            "size": size,
            "colour": rng.choice(["red", "green", "blue"], ROWS),
            "y": np.where(size + rng.normal(size=ROWS) > 0, "yes", "no"),
        }
    )


@dataclass(frozen=True)
class Case:
    """A name, what lies in the folder, a command, its exit code, and what it must say."""

    name: str
    make: object
    command: str
    code: int
    says: str


def text(content: str | bytes, name: str = "bad.csv"):
    def make(folder: Path) -> None:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)

    return make


def frame(**columns: object):
    def make(folder: Path) -> None:
        good().with_columns(**columns).write_parquet(folder / "bad.parquet")

    return make


def csv_of(change):
    def make(folder: Path) -> None:
        change(good()).write_csv(folder / "bad.csv")

    return make


def nothing(folder: Path) -> None:
    del folder


def corrupt(folder: Path) -> None:
    part = next(path for path in sorted((folder / "bundle").rglob("*")) if path.suffix in {".npz", ".txt", ".arrow"})
    part.write_bytes(part.read_bytes()[:-10])


def config(folder: Path) -> None:
    good().write_csv(folder / "bad.csv")
    (folder / "clew.yaml").write_text("name: x\nproblem: {target: y}\ndata: {source: bad.csv}\ntrian: {}\n")


def later(folder: Path) -> None:
    good().write_csv(folder / "bad.csv")
    (folder / "clew.yaml").write_text(
        "name: x\nproblem: {target: y}\ndata: {source: bad.csv}\nmonitor: {data: gone.csv}\n"
    )


def fitted(folder: Path) -> None:
    good().write_csv(folder / "bad.csv")
    Recipe.from_yaml("- {op: scale, columns: size}").learn(good()).save(folder / "fitted")
    (folder / "other.yaml").write_text("- {op: log, columns: size}\n")


PROFILE = "profile bad.csv"
TRAIN = "train {file} --target y --trials 1 --algorithms linear --cpus 1 --out out"
TRAIN_CSV, TRAIN_PARQUET = TRAIN.format(file="bad.csv"), TRAIN.format(file="bad.parquet")

CASES = [
    Case("missing file", nothing, "profile nowhere.csv", 2, "nowhere.csv"),
    Case("a near name is offered", csv_of(lambda f: f), "profile bda.csv", 2, "bad.csv"),
    Case("empty file", text(""), PROFILE, 2, "empty"),
    Case("header only", text("a,b\n"), PROFILE, 2, "no rows"),
    Case("duplicate names", text("a,b,a\n1,2,3\n"), PROFILE, 2, "'a'"),
    Case("names that differ only in case", text("a,b,A\n1,2,3\n"), PROFILE, 2, "case"),
    Case("ragged CSV", text("a,b\n1,2\n1,2,3\n"), PROFILE, 2, "line 3"),
    Case("wrong encoding", text("name\nJürgen\n".encode("latin-1")), PROFILE, 2, "UTF-8"),
    Case("binary junk", text(bytes(range(256)) * 20), PROFILE, 2, "bad.csv"),
    Case("junk named parquet", text("no parquet", "bad.parquet"), "profile bad.parquet", 2, "bad.parquet"),
    Case("junk named json", text("{", "bad.json"), "profile bad.json", 2, "bad.json"),
    Case("junk named xlsx", text("no sheet", "bad.xlsx"), "profile bad.xlsx", 2, "bad.xlsx"),
    Case("unknown ending", text("a", "bad.docx"), "profile bad.docx", 2, "docx"),
    Case("target is not there", csv_of(lambda f: f.drop("y")), TRAIN_CSV, 2, "'y'"),
    Case("target all null", frame(y=pl.lit(None, pl.String)), TRAIN_PARQUET, 2, "no value"),
    Case("target of one class", frame(y=pl.lit("yes")), TRAIN_PARQUET, 2, "single value"),
    Case("five rows", csv_of(lambda f: f.head(5)), TRAIN_CSV, 2, "there are 5"),
    Case("no feature", csv_of(lambda f: f.select("y")), TRAIN_CSV, 2, "no column is left to learn from"),
    Case("infinities", frame(size=pl.when(pl.col("size") > 1).then(float("inf")).otherwise("size")), TRAIN_PARQUET, 0, ""),
    Case("all-null column", frame(gone=pl.lit(None, pl.Float64)), TRAIN_PARQUET, 0, ""),
    Case("mixed types", csv_of(lambda f: f.with_columns(mix=pl.Series(["1", "x"] * 60))), TRAIN_CSV, 0, ""),
    Case("list column", frame(parts=pl.lit([1, 2])), TRAIN_PARQUET, 0, ""),
    Case("metric beside objectives", csv_of(lambda f: f),
         "tune bad.csv --target y --algorithm tree --metric f1 --objective roc_auc --out t", 2, "would not count"),
    Case("tuning nowhere", csv_of(lambda f: f), "tune bad.csv --target y --algorithm tree --out /proc/t", 2, "nothing can be"),
    Case("empty space", text("", "space.yaml"),
         "tune good.csv --target y --algorithm tree --space space.yaml --out t", 2, "is empty"),
    Case("learning beside --fitted", csv_of(lambda f: f), "cluster bad.csv --fitted c --k 3", 2, "--k is about"),
    Case("compared and left out", csv_of(lambda f: f), "reduce bad.csv --columns size --target size", 2, "no part"),
    Case("itemsets over the rows", csv_of(lambda f: f),
         "associate bad.csv --transaction size --item y --out r.csv --itemsets-out bad.csv", 2, "--itemsets-out bad.csv would overwrite"),
    Case("rules over the rows", csv_of(lambda f: f),
         "associate bad.csv --transaction size --item y --out r.csv --save bad.csv", 2, "would overwrite bad.csv"),
    Case("task that does not exist", csv_of(lambda f: f),
         "tune bad.csv --target y --algorithm tree --task classification --out t", 2, "'classification' is not one of 'binary'"),
    Case("space that names code", text("estimator: [{estimator: subprocess.Popen, params: {args: [touch, ran]}}]", "space.yaml"),
         "tune good.csv --target y --algorithm sklearn.ensemble.BaggingClassifier --space space.yaml --out t", 2, "--trust subprocess.Popen"),
    Case("one configuration under a clock", text("alpha: 1", "p.yaml"),
         f"{TRAIN.format(file='good.csv').replace('--trials 1', '')} --time-limit 5 --params p.yaml", 2, "fitted to its end"),
    Case("both limits", csv_of(lambda f: f), TRAIN_CSV + " --time-limit 5", 2, "Both a limit in seconds"),
    Case("another metric for a model that goes on", csv_of(lambda f: f.head(60)),
         "train bad.csv --target y --continue bundle --metric f1 --out out", 2, "keeps its own metric"),
    Case("interval of labels", csv_of(lambda f: f), "predict bundle bad.csv --interval 0.9 --out p.csv", 2, "intervals are for numbers"),
    Case("rows to no format", csv_of(lambda f: f), "anomalies bad.csv --out odd.doc", 2, "'.doc'"),
    Case("saved over a bundle", csv_of(lambda f: f), "cluster bad.csv --save bundle", 2, "clusters.json"),
    Case("seed beside clew.yaml", config, "run . --seed 7", 2, "Write `seed: 7` under `train`"),
    Case("unknown key in clew.yaml", config, "run .", 2, "'trian'"),
    Case("unknown metric", csv_of(lambda f: f), TRAIN_CSV + " --metric auroc", 2, "auroc"),
    Case("unknown algorithm", csv_of(lambda f: f), TRAIN_CSV.replace("linear", "linear,boost"), 2, "boost"),
    Case("parameters cut off", text('{"alpha": ', "p.json"), f"{TRAIN.format(file='good.csv')} --params p.json", 2, "neither JSON nor YAML"),
    Case("parameters that are a list", text("- 1", "p.yaml"), f"{TRAIN.format(file='good.csv')} --params p.yaml", 2, "one mapping"),
    Case("unknown parameter", text("alpah: 1", "p.yaml"), f"{TRAIN.format(file='good.csv')} --params p.yaml", 2, "'alpha'"),
    Case("class that is not trusted", nothing, TRAIN.format(file="good.csv").replace("linear", "os.path.Mine"), 2, "--trust os.path.Mine"),
    Case("class that is not there", nothing, TRAIN.format(file="good.csv").replace("linear", "sklearn.svm.SVCC"), 2, "no class 'SVCC'"),
    Case("metric that is not trusted", nothing, TRAIN.format(file="good.csv") + " --metric shop:profit", 2, "--trust shop:profit"),
    Case("metric that is not there", nothing, TRAIN.format(file="good.csv") + " --metric shop:profit --trust shop:profit", 2, "cannot be imported"),
    Case("engine that brings its own algorithms", nothing, TRAIN.format(file="good.csv") + " --engine autogluon", 2, "AutoGluon brings its own"),
    Case("member that cannot learn more", csv_of(lambda f: f.head(60)), "train bad.csv --target y --continue bundle --out out", 2, "only xgboost"),
    Case("unknown task", csv_of(lambda f: f), TRAIN_CSV + " --task guess", 2, "guess"),
    Case("unseen category", csv_of(lambda f: f.with_columns(colour=pl.lit("pink"))), "predict bundle bad.csv --out p.csv", 0, ""),
    Case("extra column", csv_of(lambda f: f.with_columns(more=1)), "predict bundle bad.csv --out p.csv", 0, ""),
    Case("missing column", csv_of(lambda f: f.drop("size")), "predict bundle bad.csv --out p.csv", 2, "'size'"),
    Case("text in a number", csv_of(lambda f: f.with_columns(size=pl.lit("big"))), "predict bundle bad.csv --out p.csv", 2, "size"),
    Case("corrupted bundle", corrupt, "evaluate bundle good.csv", 2, "was changed"),
    Case("folder that is no bundle", nothing, "evaluate . good.csv", 2, "bundle"),
    Case("output over the input", csv_of(lambda f: f), "suggest bad.csv --target y --out bad.csv", 2, "would overwrite"),
    Case("predictions over the input", csv_of(lambda f: f), "predict bundle bad.csv --out bad.csv", 2, "would overwrite"),
    Case("output over the folder of the input", csv_of(lambda f: f), "train {cwd}/bad.csv --target y --trials 1 --out {cwd}", 2, "would overwrite"),
    Case("later rows that are not there", later, "run .", 2, "monitor.data should be at"),
    Case("another recipe than the fitted one", fitted, "prepare bad.csv --recipe other.yaml --fitted fitted --out p.csv", 2, "holds another recipe"),
    Case("stated encoding", text("name,y\nJürgen,1\n".encode("latin-1") * 20), "profile bad.csv --encoding cp1252", 0, ""),
    Case("unknown option", nothing, "profile good.csv --bogus", 2, "clew profile --help"),
    Case("unknown command", nothing, "profil good.csv", 2, "did you mean 'profile'"),
    Case("flow that is a page", text("<html></html>", "bad.flow"), "recipe import bad.flow", 2, "is a page of HTML"),
    Case("flow that is cut off", text('{"nodes": [', "bad.flow"), "recipe import bad.flow", 2, "is no JSON"),
    Case("recipe over the flow", text('{"nodes": [{"node_id": "a", "operator": "x"}]}', "bad.flow"), "recipe import bad.flow --out bad.flow", 2, "would overwrite"),
    Case("option without a value it knows", nothing, "recipe export bundle --to cobol --out x", 2, "python"),
    Case("weight of text", csv_of(lambda f: f), TRAIN_CSV + " --weight colour", 2, "a weight is a number"),
    Case("weight that is the target", csv_of(lambda f: f), TRAIN_CSV + " --weight y", 2, "cannot be weight and target"),
    Case("two roles", csv_of(lambda f: f), TRAIN_CSV + " --weight size --group size", 2, "cannot be group and weight"),
    Case("no project", nothing, "runs", 2, "no project"),
    Case("no such model", nothing, "evaluate models:/x@y good.csv", 2, "no project"),
]  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("trained")
    good().write_csv(folder / "good.csv")
    with pytest.raises(SystemExit) as ended:
        main(["train", str(folder / "good.csv"), "--target", "y", "--trials", "1", "--algorithms", "linear", "--cpus", "1",
              "--quiet", "--out", str(folder / "bundle")])  # fmt: skip
    assert ended.value.code == 0
    return folder


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_bad_input_gets_a_clear_answer(case, trained, tmp_path, monkeypatch, capsys):
    import shutil

    shutil.copytree(trained, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    case.make(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(SystemExit) as ended:
        main([*case.command.format(cwd=tmp_path).split(), "--format", "json", "--quiet"])
    written = capsys.readouterr()
    assert ended.value.code == case.code, written.err
    assert "Traceback" not in written.err
    assert case.says.lower() in written.err.lower()
    if case.code:
        assert len(written.err) < 600
        assert {path: path.read_bytes() for path in before} == before
    else:
        assert "error" not in json.loads(written.out)
