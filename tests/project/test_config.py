import pytest

from clew.core.errors import ConfigError
from clew.project.config import load_config

GOOD = """
name: churn
problem:
  target: Churn
  success: roc_auc >= 0.8
data:
  source: churn.csv
evaluate:
  gates:
    - accuracy > 0.5
    - {name: sure, rule: roc_auc_low > 0.7}
"""


def load(folder, text):
    (folder / "clew.yaml").write_text(text, encoding="utf-8")
    return load_config(folder)


def test_success_is_the_first_gate(tmp_path):
    config = load(tmp_path, GOOD)
    assert [gate.name for gate in config.gates] == ["success", "accuracy > 0.5", "sure"]
    assert config.split.folds == 5
    assert config.recipe is None
    assert config.address("a/b.csv").text == str(tmp_path / "a" / "b.csv")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("target:", "targett:"), "line 4: unknown key 'problem.targett'.*Did you mean 'target'"),
        (GOOD.replace("evaluate:", "evalute:"), "line 8: unknown key 'evalute'.*Did you mean 'evaluate'"),
        (GOOD + "train:\n  trails: 3\n", "line 13: unknown key 'train.trails'.*Did you mean 'trials'"),
        (GOOD + "train: {trials: many}\n", "line 12: train.trials is 'many'"),
        (GOOD + "train: {trials: 0}\n", "train.trials is 0: input should be greater than or equal to 1"),
        (GOOD.replace("roc_auc >= 0.8", "roc_auc >="), "line 5: problem.success: The expression 'roc_auc >='"),
        (GOOD.replace("accuracy > 0.5", "accuracy >"), "evaluate.gates.*The expression 'accuracy >'"),
        (GOOD.replace("name: sure", "nam: sure"), "unknown key 'evaluate.gates.1.nam'|gates.1.name' is missing"),
        (GOOD.replace("  target: Churn\n", ""), "the key 'problem.target' is missing"),
        (GOOD.replace("name: churn", "name: ../evil"), "line 2: name is '../evil'"),
        (GOOD + "label: {}\n", "section 'label' is not available in this version"),
        (GOOD + "clew: 99\n", "has format 99.*Upgrade"),
        (GOOD + "domain: {columns: {age: {minimun: 1}}}\n", "'age' states 'minimun'.*Did you mean 'minimum'"),
        (GOOD + "prepare: no.yaml\n", "names the recipe 'no.yaml', and there is no such file"),
        (GOOD + "prepare: [{op: scal}]\n", "Did you mean 'scale'"),
        (GOOD + "train: {algorithms: [tree], max_size_mb: 3, tune: {}}\n", "has no use for `max_size_mb`"),
        (GOOD.replace("  target: Churn\n", "  target: Churn\n  metric: shop:profit\n"), "judged by Clew's own metrics"),
        ("a: [1\n", "is no YAML at line"),
        ("just text", "must hold keys"),
        ("", "must hold keys"),
        ("name: !!python/object/apply:os.system ['true']\n", "clew.yaml"),
    ],
)
def test_a_mistake_is_named_with_its_line(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message):
        load(tmp_path, text)


def test_what_is_no_utf8_is_named(tmp_path):
    (tmp_path / "clew.yaml").write_bytes(b"name: \xff\xfe")
    with pytest.raises(ConfigError, match="is not UTF-8 text: byte 6"):
        load_config(tmp_path)


def test_a_folder_without_a_file_says_how_to_make_one(tmp_path):
    with pytest.raises(ConfigError, match=r"has no clew\.yaml.*clew init"):
        load_config(tmp_path)
