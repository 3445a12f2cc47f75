import pytest

from clew.core import errors
from clew.core.errors import ClewError, did_you_mean


def test_the_way_out_follows_the_message():
    assert str(ClewError("The file is empty.", hint="Name another.")) == "The file is empty. Hint: Name another."
    assert str(ClewError("The file is empty.")) == "The file is empty."


@pytest.mark.parametrize(
    ("name", "known", "sentence"),
    [
        ("roc-auc", ["roc_auc", "rmse"], "Did you mean 'roc_auc'?"),
        ("RMSE", ["roc_auc", "rmse"], "Did you mean 'rmse'?"),
        ("zzz", ["roc_auc", "rmse"], "There is 'roc_auc', 'rmse'."),
        ("zzz", [], "There are none."),
    ],
)
def test_the_nearest_name_is_suggested(name, known, sentence):
    assert did_you_mean(name, known) == sentence


def test_the_drawn_tree_names_every_error():
    for name, value in vars(errors).items():
        if isinstance(value, type) and issubclass(value, Exception):
            assert name in (errors.__doc__ or "")
