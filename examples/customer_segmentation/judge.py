"""Look whether segments hold among households that took no part in making them: `python judge.py`.

Two questions. Would those households have made the same segments? And do the segments tell something that they were not
made of: who saves for old age?
"""

from pathlib import Path

import numpy as np
from sklearn.metrics import adjusted_rand_score

import clew
from clew.core.readable import percent
from clew.define.uncertainty import wilson
from clew.project.open import domain_file

HERE = Path(__file__).parent
#: What households are compared by.
COLUMNS = ("income", "age", "family_size", "savings")


def judge(folder: Path, k: int | None = None) -> tuple[float, list[tuple[str, int, dict[str, str]]]]:
    """Return how alike segments of other households are, and how many of each segment save for old age."""
    domain = domain_file(folder / "domain.yaml")
    learn, later = (clew.read(folder / "data" / f"{name}.csv", domain=domain) for name in ("learn", "later"))
    found = clew.Clusterer(k=k, columns=COLUMNS).fit(learn).result_
    assigned = found.clusters.assign(later)
    theirs = clew.Clusterer(k=found.k, columns=COLUMNS).fit(later).labels_
    told = []
    for profile in found.profiles:
        own = assigned == profile.cluster
        saves = {name: int(later.frame[name].to_numpy()[own].sum()) for name in ("in_plan", "has_ira")}
        size = int(own.sum())
        told.append((profile.name, size, {name: _share(count, size) for name, count in saves.items()}))
    return float(adjusted_rand_score(assigned, theirs)), told


def _share(count: int, size: int) -> str:
    low, high = wilson(np.array([float(count)]), np.array([float(size)]))
    return f"{percent(count / size)} ({percent(float(low[0]))} to {percent(float(high[0]))})"


def main() -> None:
    """Print both answers."""
    alike, told = judge(HERE)
    print(f"Segments of households that were not seen agree with these by {alike:.2f} (1 is the same, 0 is chance).")
    for name, size, shares in told:
        print(f"{name:32} {size:5} households, " + ", ".join(f"{key} {share}" for key, share in shares.items()))


if __name__ == "__main__":
    main()
