"""The codes of monitoring: what each violation means, and what to do about it."""

from collections.abc import Mapping
from types import MappingProxyType

from clew.core.finding import Severity

#: Code → title, severity, explanation. Codes are never used again for something else.
CODES: Mapping[str, tuple[str, Severity, str]] = MappingProxyType(
    {
        "DR001": (
            "Distribution shifted (stability index)",
            Severity.ERROR,
            (
                "The population stability index of a column against the training rows is above its limit. Look at "
                "what changed where the rows come from; if the change is real and stays, train again with newer rows."
            ),
        ),
        "DR002": (
            "Distribution shifted (Jensen-Shannon)",
            Severity.WARNING,
            (
                "The Jensen-Shannon distance of a column against the training rows is above its limit. It sees "
                "smaller shifts than the stability index and is bounded by 1."
            ),
        ),
        "DR003": (
            "Numbers shifted (Kolmogorov-Smirnov)",
            Severity.WARNING,
            (
                "The distribution functions of a numeric column then and now are further apart than the limit. It "
                "sees shifts of the whole column that spread over many bins."
            ),
        ),
        "DR004": (
            "Categories shifted (chi-square)",
            Severity.WARNING,
            "The effect size (Cramér's V) of the chi-square test on a categorical column is above its limit.",
        ),
        "DR005": (
            "Share of missing values changed",
            Severity.ERROR,
            (
                "A column is missing more often, or less often, than in the training rows. Most often a source failed "
                "or a form changed."
            ),
        ),
        "DR006": (
            "New values",
            Severity.WARNING,
            (
                "Too many rows have a value that the training rows did not have. The model treats them as unknown; "
                "train again once there are enough of them."
            ),
        ),
        "DR007": (
            "Values outside of the domain",
            Severity.ERROR,
            (
                "Too many rows break what the domain model states about a column: its range, its allowed values, its "
                "pattern, or that it is never missing. Mend the source, or the domain model if it is wrong."
            ),
        ),
        "DR008": (
            "Row rule broken",
            Severity.ERROR,
            (
                "Rows break a rule of the domain model: any row for a rule of severity error, more than the limit for "
                "one of severity warning."
            ),
        ),
        "DR009": (
            "Cells that cannot be read",
            Severity.ERROR,
            "Cells of a column are no value of its type. The model refuses such rows.",
        ),
        "DR010": (
            "Column missing",
            Severity.ERROR,
            "A column that the model needs is not there, so it cannot predict these rows.",
        ),
        "DR011": (
            "Column unknown to the model",
            Severity.INFO,
            "A column that the training rows did not have is there. The model ignores it.",
        ),
        "DR012": (
            "Predictions shifted",
            Severity.ERROR,
            (
                "The stability index of the predictions against those on unseen training rows is above its limit. "
                "Where no column shifted as well, look for columns that shifted together."
            ),
        ),
        "DR013": (
            "Performance dropped",
            Severity.ERROR,
            (
                "On labelled rows a figure is worse than at training time by more than the limit, and the 95 % "
                "intervals of both do not overlap. Train again with newer rows, or go back to an earlier model."
            ),
        ),
        "DR014": (
            "Too few rows",
            Severity.INFO,
            "There are too few rows to compare distributions. Wait for more.",
        ),
        "DR015": (
            "Rows of another model",
            Severity.INFO,
            "The captured table also holds rows that another model answered. They are left out.",
        ),
        "DR016": (
            "Predictions not compared",
            Severity.INFO,
            (
                "The bundle holds no predictions for rows that the model had not learnt from, so nobody can say "
                "whether predictions have shifted. Save it with `prediction_baseline=`."
            ),
        ),
    }
)
