"""How many threads there are, and how many libraries may use."""

from collections.abc import Iterator
from contextlib import contextmanager

from clew.core.errors import UsageError


def resolve_cpus(cpus: int | None = None) -> int:
    """Return the number of threads that all of the work together may use.

    Parameters
    ----------
    cpus : int, optional
        A number to use; by default the processors that this process may use, by affinity and by the container's quota.

    Raises
    ------
    UsageError
        If the number is below 1.
    """
    if cpus is None:
        from joblib import cpu_count

        return int(cpu_count())
    if cpus < 1:
        raise UsageError(f"`cpus` must be at least 1, got {cpus!r}.", hint="Leave it out to use all there are.")
    return int(cpus)


@contextmanager
def blas_threads(count: int) -> Iterator[None]:
    """Let linear algebra use this many threads while the block runs: more would fight with the fits side by side.

    Parameters
    ----------
    count : int
        Threads for each call.
    """
    # Only libraries that are loaded can be told: what is loaded later would use all threads, and add in another order.
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

    with threadpool_limits(limits=count, user_api="blas"):
        yield


def limit_blas(count: int) -> None:
    """Let linear algebra of this process use this many threads from now on, whatever its threads do side by side.

    Parameters
    ----------
    count : int
        Threads for each call.
    """
    import scipy.linalg  # noqa: F401 - see `blas_threads`
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=count, user_api="blas")


@contextmanager
def one_thread() -> Iterator[None]:
    """Let every library add up in one order while the block runs: the same bits whatever the machine has.

    On several threads scikit-learn's k-means adds the parts of a mean in the order in which they are done.
    """
    # These bring what the algorithms without a target compute with; see `blas_threads`.
    import scipy.linalg  # noqa: F401
    import sklearn.cluster  # noqa: F401
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        yield
