"""Hold the model of an example against what one would answer without a model: `python compare.py FOLDER`.

Both answer the same rows, which neither has learnt from, and are drawn again together for the interval. Rows of one
group (a month, a day) go together, since what happens to them is not independent.
"""

import sys
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import clew
from clew.define.metrics import get_metric
from clew.define.uncertainty import Interval, bootstrap, paired_bootstrap


def compare(folder: Path) -> dict[str, Interval]:
    """Return the figure of the model, that of the naive answer, and by how much the model is better."""
    naive = _module(folder / "naive.py")
    with clew.Project(folder) as project:
        domain = project.config.domain
        model = clew.load(project.bundle_path(project.config.model_name, "champion")).model
    learn, judge = (clew.read(folder / "data" / f"{name}.csv", domain=domain) for name in ("learn", "judge"))
    learn, judge = (rows.with_target(model.problem.target).frame for rows in (learn, judge))
    group = naive.group(judge).to_numpy() if hasattr(naive, "group") else None
    ours = replace(model.predict(judge), group=group)
    theirs = naive.answer(learn, judge, ours)
    metric = get_metric(model.problem.metric, model.problem.task)
    first, second = (ours, theirs) if metric.greater_is_better else (theirs, ours)
    return {
        f"{metric.name} of the model": bootstrap(metric, ours),
        f"{metric.name} of {naive.WHAT}": bootstrap(metric, theirs),
        "better by": paired_bootstrap(metric, first, second).interval,
    }


def _module(path: Path) -> ModuleType:
    spec = spec_from_file_location(path.stem, path)
    if spec is None or spec.loader is None:
        raise SystemExit(f"There is no {path}; name the folder of an example.")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main() -> None:
    """Print the figures of the folder named on the command line."""
    for what, figure in compare(Path(sys.argv[1] if len(sys.argv) > 1 else ".")).items():
        print(f"{what:55} {figure.value:.4g}  ({figure.low:.4g} to {figure.high:.4g} at 95 %, {figure.rows} rows)")


if __name__ == "__main__":
    main()
