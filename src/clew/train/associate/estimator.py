"""`AssociationRules`: itemsets, rules and recommendations behind scikit-learn's estimator contract."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Self, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted, validate_data

from clew.core.errors import DataError, InputError, UsageError
from clew.train.associate.associate import associate
from clew.train.associate.baskets import Baskets, is_listed, read_baskets
from clew.train.associate.result import Associations
from clew.train.associate.spec import AssociationSpec
from clew.train.associate.views import estimator_view

_T = TypeVar("_T")


class BasketError(DataError, ValueError):
    """What came in holds no baskets to learn from; also a ValueError, as scikit-learn's contract wants."""


class AssociationRules(BaseEstimator):  # type: ignore[misc]
    """What goes together in baskets, and what to recommend for one.

    Parameters
    ----------
    min_support : float, default 0.01
        Share of all baskets that hold the items of a rule, above 0 and up to 1.
    min_confidence : float, default 0.3
        Share of the baskets with the antecedent that hold the consequent too.
    min_lift, min_improvement, max_length, max_consequent, itemsets, correction, max_p, max_itemsets, max_rules
        As in `clew.train.associate.spec.AssociationSpec`.
    transaction, item : str, optional
        Columns of a long table: what tells baskets apart, and what lies in them. Without `transaction`, `item` holds
        lists, a row a basket. Without both, tables and arrays are wide, with a column for each item, and a sequence
        is one of baskets.

    Attributes
    ----------
    rules_ : polars.DataFrame
        ``antecedent``, ``consequent`` and eleven measures; see `clew.train.associate.rules.Rules.frame`.
    itemsets_ : polars.DataFrame
        ``itemset``, ``length``, ``count``, ``support``.
    result_ : Associations
        All of it, with findings; shows itself in a notebook.
    n_features_in_
        Number of items.
    feature_names_in_
        As in scikit-learn, for wide tables.

    Examples
    --------
    >>> baskets = [["bread", "butter"], ["bread", "butter", "milk"], ["milk"], ["bread", "milk"]]
    >>> model = AssociationRules(min_support=0.5, min_confidence=0.6).fit(baskets)
    >>> model.rules_.select("antecedent", "consequent", "confidence").row(0)
    (['butter'], ['bread'], 1.0)
    >>> model.recommend([["butter"]])["item"].to_list()
    ['bread']
    """

    def __init__(
        self,
        *,
        min_support: float = 0.01,
        min_confidence: float = 0.3,
        min_lift: float | None = None,
        min_improvement: float | None = None,
        max_length: int | None = None,
        max_consequent: int = 1,
        itemsets: str = "frequent",
        correction: str = "benjamini_hochberg",
        max_p: float | None = None,
        max_itemsets: int = 2_000_000,
        max_rules: int = 1_000_000,
        transaction: str | None = None,
        item: str | None = None,
    ) -> None:
        self.min_support = min_support
        self.min_confidence = min_confidence
        self.min_lift = min_lift
        self.min_improvement = min_improvement
        self.max_length = max_length
        self.max_consequent = max_consequent
        self.itemsets = itemsets
        self.correction = correction
        self.max_p = max_p
        self.max_itemsets = max_itemsets
        self.max_rules = max_rules
        self.transaction = transaction
        self.item = item

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: ARG002 - scikit-learn hands it to every estimator
        """Find itemsets and rules.

        Parameters
        ----------
        X : path, frame, Dataset, array or sparse matrix of shape (n, p), or sequence of baskets
            The baskets.
        y : object, optional
            Of no account.

        Raises
        ------
        BasketError
            If the rows are no baskets, there are fewer than two, or there is more to find than the limits allow.
        UsageError
            If a parameter makes no sense.
        """
        parameters = self.get_params(deep=False)
        spec = AssociationSpec(**{name: parameters[name] for name in AssociationSpec.__slots__})
        spec.check()
        self.result_: Associations = _checked(lambda: associate(self._baskets(X, reset=True), spec))
        return self

    def recommend(self, X: Any, *, most: int = 5) -> pl.DataFrame:
        """Return items for each basket, the surest first, with the rule that speaks for each.

        Parameters
        ----------
        X : as for `fit`, or one basket as a list of texts
            Baskets. Items that were not learnt from are of no account.
        most : int, default 5
            Items for a basket, at most.

        Returns
        -------
        polars.DataFrame
            ``basket``, ``rank`` from 1, ``item``, ``confidence``, ``lift``, ``because``. A basket for which no rule
            speaks has no row.
        """
        check_is_fitted(self, "result_")
        if isinstance(X, list | tuple | set) and X and all(isinstance(thing, str) for thing in X):
            X = [list(X)]
        baskets = _checked(lambda: self._baskets(X, reset=False))
        return self.result_.recommender.recommend(baskets, most)

    def predict(self, X: Any) -> NDArray[Any]:
        """Return the one item that the surest rule recommends for each basket.

        Parameters
        ----------
        X : as for `fit`
            Baskets.

        Returns
        -------
        ndarray, shape (n,)
            For an array or sparse matrix the position of the item's column, -1 where no rule speaks; else the item,
            None where no rule speaks.
        """
        check_is_fitted(self, "result_")
        rules = self.result_.rules
        baskets = _checked(lambda: self._baskets(X, reset=False))
        chosen = self.result_.recommender.choose(baskets.in_terms_of(rules.items), 1)
        if _is_matrix(X):
            columns = np.full(len(baskets), -1, dtype=np.int64)
            columns[chosen.basket] = chosen.item
            return columns
        items = np.full(len(baskets), None, dtype=object)
        items[chosen.basket] = rules.items.gather(chosen.item).to_list()
        return items

    @property
    def rules_(self) -> pl.DataFrame:
        """The rules, the surest first."""
        check_is_fitted(self, "result_")
        return self.result_.rules.frame

    @property
    def itemsets_(self) -> pl.DataFrame:
        """The itemsets, the most frequent first."""
        check_is_fitted(self, "result_")
        return self.result_.itemsets

    def save(self, path: str | Path) -> Path:
        """Write a page (``.html``) for people, or all that `load` needs (any other ending); no pickle.

        Raises
        ------
        DataError
            If the place cannot be written to.
        """
        check_is_fitted(self, "result_")
        return self.result_.save(path)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what `save` wrote, fitted; nothing in the file is executed.

        Columns of long tables are not part of the file: set `transaction` and `item` where later baskets need them.

        Raises
        ------
        ArtifactError
            If the file is damaged or something else.
        """
        result = Associations.load(path)
        model = cls(**result.spec.to_dict())
        model.result_ = result
        model.n_features_in_ = len(result.rules.items)
        return model

    def _baskets(self, X: Any, *, reset: bool) -> Baskets:
        if _is_matrix(X):
            X = validate_data(
                self, X, reset=reset, dtype="numeric", accept_sparse="csr", ensure_min_samples=2 if reset else 1
            )
            return read_baskets(X)
        baskets = read_baskets(X, transaction=self.transaction, item=self.item)
        if reset:
            self.n_features_in_ = len(baskets.items)
            if self.item is None and not is_listed(X):
                self.feature_names_in_ = np.array(baskets.items.to_list(), dtype=object)
            elif hasattr(self, "feature_names_in_"):  # of an earlier fit
                del self.feature_names_in_
        return baskets

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.positive_only = True
        tags.input_tags.sparse = True
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        return tags

    def _repr_html_(self) -> str:
        return estimator_view(self)

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        # Notebooks ask for this first, and scikit-learn would answer with its own diagram.
        return {"text/plain": repr(self), "text/html": self._repr_html_()}


def _is_matrix(X: Any) -> bool:
    return isinstance(X, np.ndarray) or hasattr(X, "tocsr")


def _checked(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except UsageError:
        raise
    except InputError as error:
        raise BasketError(error.message, hint=error.hint) from error
