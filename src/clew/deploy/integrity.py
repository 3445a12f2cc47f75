"""What is checked before anything of a bundle is read: that it is whole, unchanged, and plays no tricks."""

import zipfile
from pathlib import Path

from clew.core.errors import ArtifactError
from clew.core.fingerprint import of_file
from clew.deploy.manifest import damaged, read_json
from clew.store.artifacts import MANIFEST

#: A compressed part that claims to unpack to more than this is not opened.
MAX_UNPACKED_BYTES = 4 * 1024**3
_COPY_AGAIN = "Copy the whole bundle again from where it was made."


def verify_files(folder: Path) -> None:
    """Check every file that a bundle lists.

    A file that it does not list is never read, and so may stay: MLflow adds one to each model that it downloads.

    Parameters
    ----------
    folder : Path
        The bundle.

    Raises
    ------
    ArtifactError
        If a file is missing or was changed, leads out of the folder, or would unpack to more than fits.
    """
    hashes = read_json(folder / MANIFEST)
    for name, stated in hashes.items():
        path = inside(folder, name)
        if not path.is_file():
            raise ArtifactError(f"The bundle {folder} lacks {name}.", hint=_COPY_AGAIN)
        try:
            found = of_file(path)
        except OSError as error:
            raise damaged(path, error) from error
        if found != stated:
            raise ArtifactError(f"{path} was changed after it was written.", hint=_COPY_AGAIN)
        _refuse_bomb(path)


def inside(folder: Path, name: str) -> Path:
    """Return a path of the bundle.

    Raises
    ------
    ArtifactError
        If it leads out of the bundle, by its spelling or by a link.
    """
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ArtifactError(f"{folder} names {name!r}, which lies outside of it.", hint="Do not use this bundle.")
    return path


def _refuse_bomb(path: Path) -> None:
    if path.suffix == ".json" or not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile as error:
        raise damaged(path, error) from error
    if size > MAX_UNPACKED_BYTES:
        raise ArtifactError(
            f"{path} would unpack to {size} bytes, more than {MAX_UNPACKED_BYTES}.", hint="Do not use this bundle."
        )
