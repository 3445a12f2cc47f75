"""What the command line names for training: files of parameters."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from clew.core.errors import UsageError


def read_params(path: Path) -> Mapping[str, Any]:
    """Read parameters of an algorithm from a JSON or YAML file.

    Parameters
    ----------
    path : Path
        A file that holds one mapping of names to values.

    Raises
    ------
    UsageError
        If it cannot be read, is neither JSON nor YAML, or holds something else.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UsageError(f"--params {path} cannot be read: {reason}.") from None
    try:
        value = json.loads(text)
    except ValueError:
        value = _yaml(text, path)
    if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
        raise UsageError(
            f"--params {path} holds {type(value).__name__}, and it takes one mapping of names to values.",
            hint='Write e.g. {"max_depth": 4}.',
        )
    return dict(value)


def _yaml(text: str, path: Path) -> Any:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f" in line {mark.line + 1}" if mark is not None else ""
        said = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise UsageError(f"--params {path} is neither JSON nor YAML{where}: {said}.") from None
