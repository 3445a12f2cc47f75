"""The error of a request that is refused: its status, and what the caller can do about it."""

from collections.abc import Mapping, Sequence
from typing import Any

from clew.core.errors import CellProblem, ClewError


class RequestError(ClewError):
    """A request that gets no prediction.

    Parameters
    ----------
    status : int
        HTTP status code, 400 to 599.
    message, hint
        As for `ClewError`.
    problems : sequence of CellProblem, optional
        The offending cells, where rows are wrong.
    headers : mapping, optional
        Further headers of the reply.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        hint: str | None = None,
        problems: Sequence[CellProblem] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.problems = tuple(problems)
        self.headers = dict(headers or {})

    def to_dict(self) -> dict[str, Any]:
        """Return the body of the reply: `error`, and `rows` where cells are named."""
        body: dict[str, Any] = {"error": str(self)}
        if self.problems or self.status == 422:
            body["rows"] = [problem.to_dict() for problem in self.problems]
        return body
