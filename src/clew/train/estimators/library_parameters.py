"""All parameters of the libraries, by their own lists: what may be given, and what Clew sets itself."""

import inspect
import json
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from clew.train.estimators.vocabulary import DEVICE, PATIENCE, Vocabulary

_SEED = "Use `seed`, --seed on the command line."
_THREADS = "Use `cpus`, --cpus on the command line."
_PLACE = "Use `device`, --device on the command line."
_MONOTONE = "State `monotonic` for the column in the domain model."
_CATEGORIES = "State the column's kind in the domain model; its categories are then used as such."
_WEIGHTS = "Give a column the role `weight`, --weight on the command line."
_WATCHED = "The objective's own loss says when to stop; `metric`, --metric, decides between models."
_CLASSES = "The target says which classes there are."
_FILES = "Clew reads, writes and asks the model itself."
_SILENT = "Libraries are silent here; progress says how far the work is."
_ROWS = "Rows and their roles come from the table that is trained on."
_CLUSTER = "A single model is fitted on one machine."

_XGBOOST = {
    _SEED: "seed random_state seed_per_iteration",
    _THREADS: "nthread n_jobs",
    _MONOTONE: "monotone_constraints",
    _CATEGORIES: "enable_categorical feature_types missing num_feature",
    _WATCHED: "eval_metric disable_default_eval_metric callbacks",
    _CLASSES: "num_class num_target multi_strategy",
    _SILENT: "verbosity validate_parameters name debug_synchronize importance_type",
    _ROWS: "feature_weights",
    "Trees are grown by the histogram method, which alone splits categories as sets.": "tree_method updater "
    "updater_seq specified_updater process_type refresh_leaf num_trees max_row_perbatch sparse_threshold "
    "feature_selector tolerance fail_on_invalid_gpu_id",
}
#: Spellings of what XGBoost's estimators call otherwise.
_XGBOOST_ALIASES = {
    "eta": "learning_rate",
    "lambda": "reg_lambda",
    "alpha": "reg_alpha",
    "min_split_loss": "gamma",
    "num_boost_round": "n_estimators",
    "num_round": "n_estimators",
}
#: Parameters of single objectives, which are in no list of XGBoost's.
_XGBOOST_OBJECTIVES = ("tweedie_variance_power", "quantile_alpha", "huber_slope")

_LIGHTGBM = {
    _SEED: "seed data_random_seed feature_fraction_seed bagging_seed drop_seed extra_seed objective_seed deterministic",
    _THREADS: "num_threads force_col_wise force_row_wise",
    _MONOTONE: "monotone_constraints monotone_constraints_method",
    _CATEGORIES: "categorical_feature use_missing zero_as_missing",
    _WEIGHTS: "weight_column",
    _WATCHED: "metric first_metric_only is_provide_training_metric metric_freq eval_at multi_error_top_k "
    "auc_mu_weights early_stopping_min_delta",
    _CLASSES: "num_class",
    _SILENT: "verbosity",
    _FILES: "config input_model output_model output_result save_binary saved_feature_importance_type snapshot_freq "
    "convert_model convert_model_language refit_decay_rate task start_iteration_predict num_iteration_predict "
    "predict_raw_score predict_leaf_index predict_contrib predict_disable_shape_check pred_early_stop "
    "pred_early_stop_freq pred_early_stop_margin parser_config_file precise_float_parser forcedbins_filename "
    "forcedsplits_filename",
    _ROWS: "data valid header label_column group_column ignore_column pre_partition two_round label_gain "
    "bagging_by_query lambdarank_norm lambdarank_truncation_level lambdarank_position_bias_regularization",
    _PLACE: "device_type",
    _CLUSTER: "num_machines machines machine_list_filename local_listen_port time_out tree_learner num_gpu",
}

_CATBOOST = {
    _SEED: "random_seed random_state",
    _THREADS: "thread_count",
    _PLACE: "task_type",
    _MONOTONE: "monotone_constraints",
    _CATEGORIES: "cat_features text_features embedding_features ignored_features nan_mode",
    _WATCHED: "eval_metric custom_metric custom_loss use_best_model od_pval od_type eval_fraction best_model_min_trees "
    "callback metric_period",
    _CLASSES: "classes_count class_names target_border",
    _SILENT: "logging_level silent verbose",
    _FILES: "train_dir save_snapshot snapshot_file snapshot_interval allow_writing_files name metadata output_borders "
    "input_borders self",
    _ROWS: "tokenizers dictionaries feature_calcers text_processing",
}
#: Groups of spellings; CatBoost says in its code alone that they are one.
_CATBOOST_ALIASES = {
    "eta": "learning_rate",
    "max_bin": "border_count",
    "max_depth": "depth",
    "colsample_bylevel": "rsm",
    "reg_lambda": "l2_leaf_reg",
    "n_estimators": "iterations",
    "num_boost_round": "iterations",
    "num_trees": "iterations",
    "od_wait": PATIENCE,
    "num_leaves": "max_leaves",
    "min_child_samples": "min_data_in_leaf",
    "objective": "loss_function",
}

_SKLEARN = {
    _SEED: "random_state",
    _THREADS: "n_jobs",
    _MONOTONE: "monotonic_cst",
    _CATEGORIES: "categorical_features",
    _WATCHED: "scoring early_stopping",
    _SILENT: "verbose",
    "Rows that say when to stop are held out by Clew; `early_stopping_rounds` says how long to wait.": ""
    "validation_fraction",
    "The folds say how good a forest is.": "oob_score",
    "To go on with a model, give it as `continue_from`, --continue on the command line.": "warm_start",
}
#: What boosters call otherwise.
_SKLEARN_ALIASES = {"n_iter_no_change": PATIENCE}


def xgboost_parameters(kept: Iterable[str]) -> Vocabulary:
    """Return XGBoost's parameters: those of its estimators, of its trees, and of its objectives.

    Parameters
    ----------
    kept : iterable of str
        Names that the algorithm keeps.
    """
    import xgboost

    tiny = xgboost.DMatrix(np.zeros((2, 1)), label=np.zeros(2), nthread=1)
    booster = xgboost.train({"booster": "dart", "verbosity": 0, "nthread": 1}, tiny, 1)
    configured = _leaves(json.loads(booster.save_config())["learner"])
    own = {*xgboost.XGBModel().get_params(), *configured, *kept, *_XGBOOST_OBJECTIVES, DEVICE, PATIENCE}
    return _vocabulary(own, _XGBOOST_ALIASES, _spelled(_XGBOOST))


def lightgbm_parameters(kept: Iterable[str]) -> Vocabulary:
    """Return LightGBM's parameters, with all the spellings that the library knows.

    Parameters
    ----------
    kept : iterable of str
        Names that the algorithm keeps.
    """
    from lightgbm.basic import _ConfigAliases

    known: Mapping[str, list[str]] = _ConfigAliases._get_all_param_aliases()  # noqa: SLF001 - the only list there is
    ours, told = {*kept, PATIENCE}, _spelled(_LIGHTGBM)
    names: dict[str, str] = {}
    stated: dict[str, str] = {}
    for name, others in known.items():
        spellings = [name, *others]
        if name in told:
            stated |= dict.fromkeys(spellings, told[name])
        else:
            names |= dict.fromkeys(spellings, next((one for one in spellings if one in ours), name))
    names |= {name: name for name in kept if name not in names}  # what the library does not know of
    # Every booster is told its device in the same word.
    return Vocabulary({**names, DEVICE: DEVICE}, {name: how for name, how in stated.items() if name != DEVICE})


def catboost_parameters(kept: Iterable[str]) -> Vocabulary:
    """Return CatBoost's parameters, by the signature of its estimators.

    Parameters
    ----------
    kept : iterable of str
        Names that the algorithm keeps.
    """
    import catboost

    own = {*inspect.signature(catboost.CatBoostClassifier.__init__).parameters, *kept, DEVICE, PATIENCE}
    return _vocabulary(own, _CATBOOST_ALIASES, _spelled(_CATBOOST))


def sklearn_parameters(kept: Iterable[str], *families: type, rounds: bool = False) -> Vocabulary:
    """Return the parameters of scikit-learn's estimators, by their signatures.

    Parameters
    ----------
    kept : iterable of str
        Names that the algorithm keeps.
    *families : type
        Its estimators: the classifier, the regressor.
    rounds : bool, default False
        Whether it learns in rounds and may stop early.
    """
    own = {*kept}.union(*(inspect.signature(family).parameters for family in families))
    return _vocabulary(
        own - set(_SKLEARN_ALIASES) | ({PATIENCE} if rounds else set()),
        _SKLEARN_ALIASES if rounds else {},
        _spelled(_SKLEARN),
    )


def _vocabulary(own: set[str], aliases: Mapping[str, str], stated: Mapping[str, str]) -> Vocabulary:
    names = {name: name for name in sorted(own) if name not in stated}
    return Vocabulary({**names, **aliases}, stated)


def _spelled(told: Mapping[str, str]) -> dict[str, str]:
    """Return name → how it is told, from how it is told → names."""
    return {name: how for how, names in told.items() for name in names.split()}


def _leaves(node: Mapping[str, Any]) -> set[str]:
    """Return the names at the ends of a nested configuration."""
    found: set[str] = set()
    for name, value in node.items():
        inside = [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, Mapping)]
        found |= set().union(*map(_leaves, inside)) if inside else {name}
    return found
