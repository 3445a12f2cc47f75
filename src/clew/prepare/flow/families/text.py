"""Featurize text."""

from clew.prepare.flow.names import chosen
from clew.prepare.flow.options import Options, words
from clew.prepare.flow.outcome import Family, Outcome, StepDict, Unmappable
from clew.prepare.flow.rule import Rule, Seen

#: Terms at most: each is a column here, where Data Wrangler fills one sparse vector.
MOST_TERMS = 10_000
_FIGURES = {
    "word_count": "words",
    "char_count": "characters",
    "special_ratio": "special_share",
    "digit_ratio": "digit_share",
    "lower_ratio": "lower_share",
    "capital_ratio": "upper_share",
}


def _statistics(seen: Seen) -> Outcome:
    options = seen.options
    columns = seen.names.all_here(options.listed("input_column"))
    prefix = options.maybe("output_column_prefix")
    if prefix and len(columns) > 1:
        raise Unmappable(f"It has several columns and one prefix {prefix!r}.", "Make a step for each of them.")
    step = {"op": "text_statistics", "columns": chosen(columns), "figures": list(_FIGURES.values()), "keep": True}
    named = {
        f"{name}_{here}": f"{prefix or name + '_'}_{there}" for name in columns for there, here in _FIGURES.items()
    }
    return Outcome(
        (step, {"op": "rename", "names": named}),
        (
            "shares are of all characters here, of those that are no blanks there",
            "a missing text gives missing figures",
        ),
    )


def _vectorize(seen: Seen) -> Outcome:
    options = seen.options
    columns = seen.names.all_here(options.listed("input_column"))
    output = options.text("output_column", f"{columns[0]}_features")
    step: StepDict = {"op": "vectorize_text", "columns": chosen(columns), **_tokens(options), **_terms(options)}
    if words(options.text("apply_idf", "No")) == "yes":
        step["idf"] = True
        step["idf_min_document_frequency"] = options.part("apply_idf_yes_parameters").whole(
            "minimum_document_frequency", 1
        )
    options.skip("apply_idf_yes_parameters", "apply_idf_no_parameters")
    step["keep"] = True
    vector = words(options.text("output_format", "Vector")) == "vector"
    filled = {"op": "fill_missing", "columns": chosen(columns), "strategy": "constant", "value": ""}
    return Outcome(
        (filled, step),
        (
            "one column per term, called `source=term`, never a vector",
            f"at most {MOST_TERMS} terms; fewer are enough for most models",
        ),
        families=() if vector else (Family(f"{output}_", f"{columns[0]}="),),
        vectors={output: f"`{columns[0]}=…`"} if vector else {},
    )


def _tokens(options: Options) -> StepDict:
    tokenizer = words(options.text("tokenizer", "Standard"))
    options.skip("tokenizer_standard_parameters", "tokenizer_custom_parameters")
    if tokenizer == "standard":
        return {"tokenizer": "standard"}
    if tokenizer != "custom":
        raise Unmappable(f"It has the tokenizer {tokenizer!r}, which is not known.")
    custom = options.part("tokenizer_custom_parameters")
    return {
        "tokenizer": "custom",
        "min_token_length": custom.whole("minimum_token_length", 1),
        "gaps": custom.flag("gaps", default=True),
        "pattern": custom.text("pattern", r"\s+"),
        "lowercase": custom.flag("lowercase_before_tokenization", default=True),
    }


def _terms(options: Options) -> StepDict:
    vectorizer = words(options.text("vectorizer", "Count Vectorizer"))
    options.skip("vectorizer_count_vectorizer_parameters", "vectorizer_hashing_parameters")
    if vectorizer == "hashing":
        count = options.part("vectorizer_hashing_parameters").whole("number_of_features", 262_144)
        return {"vectorizer": "hashing", "n_features": min(count, MOST_TERMS)}
    if vectorizer != "count vectorizer":
        raise Unmappable(f"It has the vectorizer {vectorizer!r}, which is not known.")
    counted = options.part("vectorizer_count_vectorizer_parameters")
    return {
        "vectorizer": "count",
        "min_term_frequency": counted.number("minimum_term_frequency", 1),
        "min_document_frequency": counted.number("minimum_document_frequency", 1),
        "max_document_frequency": counted.number("maximum_document_frequency", 1),
        "max_vocabulary": min(counted.whole("maximum_vocabulary_size", 10_000), MOST_TERMS),
        "binary": counted.flag("binarize_count", default=False),
    }


RULES = (
    Rule("featurize_text", "Character statistics", ("text_statistics", "rename"), _statistics),
    Rule("featurize_text", "Vectorize", ("fill_missing", "vectorize_text"), _vectorize, learns=True),
)
