"""The findings of training: one stable code each."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from clew.core.finding import Finding, Severity

#: Code → title, severity, explanation.
CODES: Mapping[str, tuple[str, Severity, str]] = MappingProxyType(
    {
        "ME101": (
            "Rows without a target",
            Severity.WARNING,
            "A row whose target is missing, or is no finite number, cannot teach or judge: it is left out.",
        ),
        "ME102": (
            "Rare class",
            Severity.WARNING,
            "Some folds have no row of the class to judge, or none to learn from: its probabilities are hardly tested.",
        ),
        "ME103": (
            "What more time would buy",
            Severity.INFO,
            "The search ended at its limit; further configurations were waiting.",
        ),
        "ME104": (
            "Configuration failed",
            Severity.WARNING,
            "A library refused these rows with these parameters; the search went on without this configuration.",
        ),
        "ME105": (
            "Monotone constraint violated",
            Severity.ERROR,
            "Along a grid of values the prediction moves against the declared direction for some rows.",
        ),
        "ME106": (
            "Fewer folds than asked for",
            Severity.INFO,
            "The limit in seconds, or the number of groups, moments or rows, allows fewer folds than the split names.",
        ),
        "ME107": (
            "Column left out to keep a constraint",
            Severity.INFO,
            "It was made from a column with a monotone constraint and no longer orders rows as that column does.",
        ),
        "ME108": (
            "Algorithms left out to keep a constraint",
            Severity.INFO,
            "Only algorithms that honour monotone constraints may join a model with one.",
        ),
        "ME109": (
            "Latency limit not kept",
            Severity.WARNING,
            "One row takes longer than the limit: no quicker model is at hand, or its members slow each other down.",
        ),
        "ME110": (
            "Not refitted on all rows",
            Severity.INFO,
            (
                "Some members could not be refitted on all rows, mostly for want of time. Either those that "
                "could answer by themselves, or the models of one split are kept as they are; the detail says which."
            ),
        ),
        "ME111": (
            "Column known too late",
            Severity.WARNING,
            "It becomes known only after the moment of the question, so it is no feature.",
        ),
        "ME112": (
            "Column not learnt from",
            Severity.INFO,
            "It was read as an identifier, or the suggested recipe removes it; a stated role or recipe changes that.",
        ),
        "ME113": (
            "Rows that contradict each other",
            Severity.INFO,
            "They equal each other in every feature and bear different labels: no model can tell all of them apart.",
        ),
        "ME114": (
            "How far answers are from the truth",
            Severity.INFO,
            (
                "With `interval=0.9`, --interval 0.9 on the command line, every answer comes with two numbers between "
                "which the truth of nine in ten rows lies. How often that was so is measured on rows that had no part "
                "in the model, nor in placing their own interval."
            ),
        ),
        "ME115": (
            "Rows without weight are left out",
            Severity.INFO,
            "A row of weight 0 counts as no row: it neither teaches nor judges.",
        ),
        "ME120": (
            "Threshold from costs",
            Severity.INFO,
            "The stated costs of errors decide from which probability on the positive label is predicted.",
        ),
        "ME121": (
            "Column used that must not be",
            Severity.ERROR,
            "An answer changes with a column that is excluded, or known too late; the model should not be used.",
        ),
        "ME122": (
            "Size limit not kept",
            Severity.WARNING,
            "No configuration is small enough on disk; the smallest one was taken.",
        ),
        "ME123": (
            "Configuration breaks a direction",
            Severity.WARNING,
            "Its answers move against a declared direction for some rows, so it is no member of the model.",
        ),
        "ME124": (
            "Rows split at random",
            Severity.INFO,
            "Rows that belong together, or follow each other, were on both sides: the score may be too good.",
        ),
        "ME125": (
            "Label of interest never predicted",
            Severity.WARNING,
            "Of the rows that judge, none reaches the threshold: the ranking may be good, and the labels say nothing.",
        ),
        "ME130": (
            "What further rounds brought",
            Severity.INFO,
            "The boosters of a model have gone on with new rows; before and after are compared on rows held out.",
        ),
        "ME131": (
            "Some algorithms learn on the CPU",
            Severity.INFO,
            "A device was asked for that not every algorithm can learn on, or that its library was not built for.",
        ),
        "ME140": (
            "Column not compared",
            Severity.INFO,
            "Rows are not compared by this column: it says the same in every row, or no number was made of it.",
        ),
        "ME141": (
            "Learnt from some of the rows",
            Severity.INFO,
            "The algorithm would take too long on all rows: it looked at some of them, and the others were assigned.",
        ),
        "ME142": (
            "No clear clusters",
            Severity.WARNING,
            "The rows look like one heap, and the clusters like slices of it rather than groups that stand apart.",
        ),
        "ME143": (
            "Unstable cluster",
            Severity.WARNING,
            "Half of the rows make a rather different cluster: do not rely on where exactly it ends.",
        ),
        "ME144": (
            "No clear threshold",
            Severity.INFO,
            "No row lies far beyond the others: none is called anomalous, though some come first.",
        ),
        "ME145": (
            "Fewer clusters than looked for",
            Severity.WARNING,
            "Rows are too alike for as many groups: ask for fewer, or compare the rows by other columns.",
        ),
        "ME146": (
            "Fewer anomalous rows than asked for",
            Severity.INFO,
            "Rows with the same score are as odd as each other: where the share ends among them, none of them counts.",
        ),
        "ME150": (
            "Chosen for its score",
            Severity.INFO,
            "Chosen among many, it will tend to do a little worse on new rows; nested folds say by how much.",
        ),
        "ME151": (
            "Trials failed",
            Severity.WARNING,
            "Some combinations were refused by the library or the recipe; the tuning went on without them.",
        ),
        "ME152": (
            "Earlier trials left out",
            Severity.INFO,
            "Trials of an earlier tuning lie outside of the space of this one.",
        ),
        "ME153": (
            "Constraint not kept by the model",
            Severity.WARNING,
            "The trial kept it on average over the folds; the model of all rows, judged on rows not seen, does not.",
        ),
        "ME154": (
            "Tuning not judged",
            Severity.WARNING,
            "Nested folds came to no end, so nothing is known of how good the tuning is on rows that it has not seen.",
        ),
        "ME161": (
            "Rows without a basket",
            Severity.WARNING,
            "Nobody knows to which basket such a row belongs: it is left out.",
        ),
        "ME162": (
            "Rows without an item",
            Severity.WARNING,
            "The basket counts, and the item that it may have held is not known.",
        ),
        "ME163": (
            "Item twice in a basket",
            Severity.INFO,
            "Itemsets say what is there, not how often: it counts once.",
        ),
        "ME164": (
            "Empty baskets",
            Severity.INFO,
            "They count among all baskets, so they lower every support.",
        ),
        "ME165": (
            "Nothing frequent enough",
            Severity.WARNING,
            "The limits leave no itemset, or no rule.",
        ),
        "ME166": (
            "Rules from few baskets",
            Severity.WARNING,
            "One basket more or less would change their figures much.",
        ),
        "ME167": (
            "Rules that may be chance",
            Severity.INFO,
            "So many pairs were looked at that some look strong by chance alone.",
        ),
        "ME168": (
            "Column that numbers the baskets",
            Severity.INFO,
            "Its whole numbers rise from row to row, or leave no gap, as no counts of an item do: it was left out.",
        ),
    }
)


def finding(code: str, detail: str, *, column: str | None = None, **evidence: Any) -> Finding:
    """Make a finding of training.

    Parameters
    ----------
    code : str
        One of `CODES`.
    detail : str
        One or two sentences with the figures.
    column : str, optional
        The column meant.
    **evidence : object
        JSON-ready figures behind the sentence.
    """
    title, severity, _ = CODES[code]
    return Finding(code, severity, title, detail, column, evidence)
