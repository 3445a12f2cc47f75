"""Fitted parts on disk: hashes that are checked before anything is read, arrays, and scikit-learn objects.

Nothing here uses pickle, and nothing that is read is executed:

- a folder carries a manifest with the SHA-256 of each file; a missing, changed or added file is an `ArtifactError`;
- arrays are stored in NumPy's own format, byte for byte the same for the same arrays;
- scikit-learn objects are stored by skops and read through the allow-list of *this* module, never one that the artefact
  brings. A type outside of it needs the reader's word: ``trust=("package.Class",)``.
"""

import io
import json
import re
import zipfile
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clew.core.errors import ArtifactError
from clew.core.fingerprint import of_file

#: File in each folder of artefacts that holds the hashes of the others.
MANIFEST = "files.json"

#: Where skops notes the address of a part in memory.
_ADDRESS = re.compile(r'("__id__": )(\d+)')
#: Types beside scikit-learn's public estimators that a fitted one consists of. They hold data; making one runs no code
#: of the artefact's.
ALLOWED = frozenset(
    {
        "numpy.dtype",
        "numpy.ndarray",
        "scipy.sparse._csc.csc_matrix",
        "scipy.sparse._csr.csr_array",
        "scipy.sparse._csr.csr_matrix",
        "sklearn.calibration._CalibratedClassifier",
        "sklearn.calibration._SigmoidCalibration",
        "sklearn.compose._column_transformer._RemainderColsList",
        "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
        "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
        "sklearn.gaussian_process.kernels.ConstantKernel",
        "sklearn.gaussian_process.kernels.Product",
        "sklearn.gaussian_process.kernels.RBF",
        "sklearn.gaussian_process.kernels.Sum",
        "sklearn.gaussian_process.kernels.WhiteKernel",
        "sklearn.metrics._dist_metrics.EuclideanDistance64",
        "sklearn.neighbors._ball_tree.BallTree64",
        "sklearn.neighbors._kd_tree.KDTree",
        "sklearn.neighbors._kd_tree.KDTree64",
        "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
        "sklearn.tree._tree.Tree",
        "sklearn.utils._bunch.Bunch",
    }
)


class Everything(Collection[str]):
    """Whatever is asked for: what a caller trusts who trusts a whole artefact."""

    def __contains__(self, name: object) -> bool:
        """Return True."""
        return True

    def __iter__(self) -> Iterator[str]:
        """Yield nothing: it cannot be listed."""
        return iter(())

    def __len__(self) -> int:
        """Return 0, as of what it lists."""
        return 0


def write_manifest(folder: Path) -> dict[str, str]:
    """Write the hash of every file below a folder into its manifest.

    Parameters
    ----------
    folder : Path
        Folder of artefacts; a manifest already there is replaced.

    Returns
    -------
    dict
        SHA-256 in hexadecimal by path relative to `folder`, with forward slashes, sorted.
    """
    hashes = {name: of_file(folder / name) for name in _names(folder)}
    (folder / MANIFEST).write_text(json.dumps(hashes, indent=1), encoding="utf-8")
    return hashes


def verify(folder: Path) -> dict[str, str]:
    """Check every file below a folder against its manifest.

    Parameters
    ----------
    folder : Path
        As `write_manifest` left it.

    Returns
    -------
    dict
        The hashes of the manifest.

    Raises
    ------
    ArtifactError
        If the manifest cannot be read, or a file is missing, changed or not listed.
    """
    stated = _read_manifest(folder)
    there = _names(folder)
    for problem, names in (
        ("lacks", sorted(set(stated) - set(there))),
        ("holds a file that its manifest does not know:", sorted(set(there) - set(stated))),
        ("was changed after it was written:", [n for n in there if n in stated and of_file(folder / n) != stated[n]]),
    ):
        if names:
            shown = ", ".join(names[:5])
            raise ArtifactError(
                f"{folder} {problem} {shown}{' …' if len(names) > 5 else ''}.",
                hint="Copy the whole folder again from where it was made.",
            )
    return stated


def _read_manifest(folder: Path) -> dict[str, str]:
    path = folder / MANIFEST
    try:
        stated = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ArtifactError(
            f"{folder} has no manifest {MANIFEST} that can be read: {error.strerror}.",
            hint="Name the folder that was saved, and copy it whole.",
        ) from error
    except ValueError as error:
        raise ArtifactError(f"{path} is no JSON: {error}.", hint="Copy the whole folder again.") from error
    if not isinstance(stated, dict) or not all(isinstance(value, str) for value in stated.values()):
        raise ArtifactError(f"{path} does not map files to hashes.", hint="Copy the whole folder again.")
    return stated


def _names(folder: Path) -> list[str]:
    files = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
    return sorted(name for name in files if name != MANIFEST)


def save_arrays(path: Path, arrays: Mapping[str, NDArray[Any]]) -> None:
    """Write arrays into one file that `numpy.load` can read; equal arrays make equal bytes.

    Parameters
    ----------
    path : Path
        File to write, by convention with the ending ``.npz``.
    arrays : mapping of str to ndarray
        Numbers, booleans or fixed-width texts; no objects.
    """
    path.write_bytes(pack_arrays(arrays))


def pack_arrays(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return what `save_arrays` writes."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():
            # A fixed date: the default is the clock's, and equal models would differ.
            entry = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            with archive.open(entry, "w", force_zip64=True) as file:
                np.lib.format.write_array(file, np.asarray(array, order="C"), allow_pickle=False)
    return buffer.getvalue()


def load_arrays(path: Path) -> dict[str, NDArray[Any]]:
    """Read what `save_arrays` wrote.

    Parameters
    ----------
    path : Path
        File to read.

    Raises
    ------
    ArtifactError
        If it cannot be read, or holds objects rather than plain values.
    """
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            return {name: stored[name] for name in stored.files}
    except FileNotFoundError:
        raise ArtifactError(f"There is no file {path}.", hint="Name what was saved, the whole of it.") from None
    except (OSError, ValueError, EOFError, AttributeError, zipfile.BadZipFile) as error:
        # NumPy takes every other file for a pickle, and its advice is to trust it.
        why = "it is something else, or damaged" if "pickle" in str(error) else str(error)
        raise ArtifactError(
            f"{path} holds no arrays that can be read: {why}.", hint="Name what was saved, or copy it again."
        ) from error


def save_sklearn(value: Any, path: Path) -> None:
    """Write a fitted scikit-learn object with skops; neither the clock nor addresses in memory are in the bytes.

    Parameters
    ----------
    value : object
        What to write.
    path : Path
        File to write, by convention with the ending ``.skops``.
    """
    from skops.io import dumps

    path.write_bytes(_without_moment(dumps(value)))


def _without_moment(data: bytes) -> bytes:
    """Return an archive of skops without the clock's date, and with numbers in place of addresses in memory."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    schema = parts.pop("schema.json").decode("utf-8")
    known: dict[str, str] = {}
    schema = _ADDRESS.sub(lambda match: f"{match[1]}{known.setdefault(match[2], str(len(known) + 1))}", schema)
    renamed = {name: f"{known.get(Path(name).stem, Path(name).stem)}{Path(name).suffix}" for name in parts}
    for before, after in renamed.items():
        schema = schema.replace(f'"{before}"', f'"{after}"')
    stored = {renamed[name]: part for name, part in parts.items()}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in (*sorted(stored.items()), ("schema.json", schema.encode("utf-8"))):
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, part)
    return buffer.getvalue()


def load_sklearn(path: Path, *, trust: Collection[str] = ()) -> Any:
    """Read what `save_sklearn` wrote, through the allow-list of this module.

    Parameters
    ----------
    path : Path
        File to read.
    trust : collection of str
        Further types that the reader trusts, spelt ``"package.Class"``.

    Raises
    ------
    ArtifactError
        If the file is damaged, or holds a type that neither this module nor the reader trusts.
    """
    from skops.io import get_untrusted_types, loads

    try:
        data = path.read_bytes()
        found = set(get_untrusted_types(data=data))
    except (OSError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ArtifactError(f"{path} cannot be read: {error}.", hint="Copy the whole folder again.") from error
    refused = sorted(name for name in found - ALLOWED if name not in trust)
    if refused:
        spelt = ", ".join(f'"{name}"' for name in refused)
        raise ArtifactError(
            f"{path} holds {', '.join(refused)}, which may run code when it is read.",
            hint=f"If you trust who made it, pass trust=({spelt},), or --trust {','.join(refused)}.",
        )
    try:
        return loads(data, trusted=sorted(found))
    except (AttributeError, ImportError, KeyError, TypeError, ValueError, zipfile.BadZipFile) as error:
        raise ArtifactError(
            f"{path} cannot be rebuilt here: {error}.", hint="Install the versions that the bundle names."
        ) from error
