"""What the words of the page mean."""

from clew.core.html import Section, element

_WORDS = (
    (
        "Types",
        (
            "Numeric: values that are finite numbers. Binary: exactly two values. Categorical and ordinal: labels "
            "that repeat. Text: mostly different, several words. Datetime: moments. Id: names the row. Nested: lists."
        ),
    ),
    ("Missing", "No value: empty, blank, a word that stands for nothing, or not a number."),
    ("Invalid", "Missing, or no value of the column's type, such as a text in a column of numbers, or an infinity."),
    (
        "Outlier",
        (
            "In the target: farther from the median than five standard deviations of the values clipped to the 5th and "
            "95th percentile. In a feature: far beyond the quartiles in a distribution without a tail; see DQ012."
        ),
    ),
    (
        "Skewness",
        "Third standardised moment; 0 is symmetric, beyond 3 a target is called skewed. Kurtosis is in excess of 3.",
    ),
    (
        "Predictive power",
        (
            "0 is a guess, 1 certainty. For labels twice the area under the ROC curve minus 1, averaged over the "
            "labels; for numbers R² of ranks. Measured on rows that had no say."
        ),
    ),
    ("Accuracy, balanced accuracy", "Share of rows with the right label; the mean over the classes of that share."),
    (
        "Precision, recall, F1",
        (
            "Of the rows called a class, the share that is; of the rows of a class, the share that is called so; their "
            "harmonic mean. With two classes those of the class of interest, else averaged over the classes."
        ),
    ),
    ("ROC AUC", "How often a row of a class is ranked above one of another class; 0.5 is a guess."),
    ("R²", "Share of the target's variance that is explained; below 0 is worse than the mean."),
    ("MAE, RMSE, median error", "Mean, root mean squared and median distance of the prediction, in the target's unit."),
    (
        "Effective number",
        "exp(entropy) of the shares: how many equally frequent groups would be as diverse (Hill number).",
    ),
    (
        "Confident learning",
        (
            "Takes the labels that a model confidently calls another, as many as the confusion of labels suggests. "
            "Asked only where features tell the labels clearly."
        ),
    ),
)


def definitions_section() -> Section:
    """Return the section."""
    words = []
    for name, meaning in _WORDS:
        words += [element("dt", name), element("dd", meaning)]
    return Section("definitions", "Definitions", element("dl", *words, class_="words"))
