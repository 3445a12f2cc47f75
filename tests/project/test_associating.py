"""``clew associate``: files, one JSON object, and clear answers to bad input."""

import json

import numpy as np
import polars as pl
import pytest

from clew.cli import main
from clew.train.associate.estimator import AssociationRules

COLUMNS = [
    "antecedent",
    "consequent",
    "support",
    "confidence",
    "lift",
    "leverage",
    "conviction",
    "zhang",
    "jaccard",
    "p_value",
    "p_adjusted",
    "improvement",
    "count",
]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    there = rng.random((200, 6)) < np.linspace(0.2, 0.7, 6)
    there[:, 0] |= there[:, 5] & (rng.random(200) < 0.6)
    wide = pl.DataFrame(there.astype(int), schema=[f"tea {number}" for number in range(6)])
    wide.write_csv("wide.csv")
    long = wide.with_row_index("order").unpivot(index="order", variable_name="product").filter(pl.col("value") == 1)
    long.select("order", "product").write_csv("long.csv")
    return tmp_path


def run(command: str, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["associate", *command.split()])
    written = capsys.readouterr()
    return int(ended.value.code or 0), written.out, written.err


def test_rules_itemsets_page_and_model_are_written(folder, capsys):
    out = "--out new/rules.parquet --itemsets-out itemsets.json --report rules.html --save rules.npz --itemsets closed"
    code, said, _ = run(f"long.csv --transaction order --item product --min-support 0.05 {out} --format json", capsys)
    assert code == 0
    told = json.loads(said)
    rules = pl.read_parquet("new/rules.parquet")
    assert rules.columns == COLUMNS
    assert told["rules"] == len(rules) > 0
    assert told["baskets"] == pl.read_csv("long.csv")["order"].n_unique()
    assert told["kind"] == "closed"
    assert told["itemsets"] == len(pl.read_json("itemsets.json"))
    assert told["strongest"][0]["antecedent"] == rules["antecedent"][0].to_list()
    assert "<svg" in (folder / "rules.html").read_text(encoding="utf-8")
    assert AssociationRules.load("rules.npz").rules_.equals(rules)


def test_a_wide_table_says_the_same(folder, capsys):
    limits = "--min-support 0.05 --max-length 3 --correction holm --format json"
    _, wide, _ = run(f"wide.csv --out rules.csv {limits}", capsys)
    _, long, _ = run(f"long.csv --transaction order --item product --out rules.parquet {limits}", capsys)
    empty = json.loads(wide)["baskets"] - json.loads(long)["baskets"]
    assert [f["code"] for f in json.loads(wide)["findings"]].count("ME164") == (empty > 0)
    spelt, lists = pl.read_csv("rules.csv"), pl.read_parquet("rules.parquet")
    pairs = {(*map(tuple, row),) for row in lists.select("antecedent", "consequent").rows()}
    written = {(tuple(json.loads(a)), tuple(json.loads(b))) for a, b in spelt.select("antecedent", "consequent").rows()}
    assert written == pairs


def test_people_read_rules_and_what_to_do_next(folder, capsys):
    code, said, err = run("long.csv --transaction order --item product --out rules.parquet", capsys)
    assert code == 0
    assert "→" in said
    assert "clew associate long.csv --transaction order --item product --out rules.parquet --report rules.html" in err


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("long.csv --out r.parquet", "'product' holds String"),
        ("long.csv --transaction order --out r.parquet", "`item` is not"),
        ("long.csv --transaction ordr --item product --out r.parquet", "Did you mean 'order'?"),
        ("wide.csv --out r.parquet --min-support 0", "above 0"),
        ("wide.csv --out r.parquet --min-support 1e-9 --max-p 2", "`max_p` is 2.0"),
        ("wide.csv --out r.xyz", "'.xyz'"),
        ("wide.csv --out r.parquet --report r.txt", "saved as a page"),
        ("wide.csv --out r.parquet --save r.parquet", "same name"),
        ("wide.csv --out r.parquet --itemsets-out s.csv --report s.html --save s.html", "would be a page"),
        ("wide.csv --out wide.csv", "would overwrite"),
        ("wide.csv --out r.parquet --itemsets some", "maximal"),
    ],
)
def test_bad_input_is_named_and_nothing_is_written(folder, capsys, command, says):
    before = sorted(folder.iterdir())
    code, _, err = run(command, capsys)
    assert code == 2
    assert says in err
    assert "Traceback" not in err
    assert sorted(folder.iterdir()) == before
