"""One thread: the same bits whatever the machine has."""

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def one_thread() -> Iterator[None]:
    """Let libraries add up in one order while the block runs.

    On several threads scikit-learn's k-means adds the parts of a mean in the order in which they are done.
    """
    # Only libraries that are loaded can be told; these bring those that the algorithms compute with.
    import scipy.linalg  # noqa: F401
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=1):
        yield
