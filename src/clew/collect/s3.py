"""Objects of an S3 store: Amazon's own, or any address that speaks its protocol.

The files are read by Arrow's S3 client. Address, region and credentials come from where every AWS tool looks: the
environment (``AWS_ENDPOINT_URL``, ``AWS_REGION``, ``AWS_ACCESS_KEY_ID`` …), the profile in ``~/.aws``, or the role of
the machine. No credential is ever part of a message or of a dataset's source.
"""

import configparser
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from clew.collect.address import Address
from clew.collect.files import DELTA_LOG, Entry, Found, StoredFile, Tree, by_glob, in_folder
from clew.core.errors import DataError, UsageError, did_you_mean

#: An address that does not answer is given up after two tries of this many seconds each.
CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S, TRIES = 3.0, 3.0, 2
_DEFAULT_REGION = "us-east-1"
T = TypeVar("T")


@dataclass(frozen=True, repr=False)
class Store:
    """How to reach the S3 store.

    Parameters
    ----------
    endpoint : str, optional
        Its address; by default Amazon's.
    region : str, optional
        Region of the buckets.
    keys : tuple of str
        Key id, secret and session token, where they are stated and not left to the machine's role.
    """

    endpoint: str | None
    region: str | None
    keys: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """How messages call it."""
        return f"the S3 store at {Address(self.endpoint).shown}" if self.endpoint else "Amazon S3"

    def delta_options(self) -> dict[str, str]:
        """Return the options by which Delta tables of the store are opened."""
        names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
        options = dict(zip(names, self.keys, strict=False))
        options["aws_region"] = self.region or _DEFAULT_REGION
        if self.endpoint:
            options["aws_endpoint"] = self.endpoint
            options["aws_allow_http"] = str(self.endpoint.startswith("http://")).lower()
        # That the store answers has been seen before: its keys were listed to find the table.
        return options | {"connect_timeout": f"{CONNECT_TIMEOUT_S:g}s"}


def find_s3(address: Address) -> Found:
    """Find what an address of an S3 store names.

    Parameters
    ----------
    address : Address
        ``s3://bucket/key``: an object, the beginning of keys up to a ``/``, or a glob.

    Raises
    ------
    UsageError
        If the address is none, or holds credentials.
    DataError
        If nothing is there, or the store cannot be reached or refuses.
    """
    bucket, key = _parts(address)
    tree = S3Tree(bucket)
    place = f"{bucket}/{key}".rstrip("/")
    if not address.has_glob:
        info = tree.info(place) if key else None
        if info is not None:
            return Found([tree.file(place, place.rpartition("/")[2], info)], many=False)
        names = tree.entries(place)
        if any(entry.name == DELTA_LOG for entry in names):
            return Found(delta=f"s3://{place}")
        if names:
            return Found(in_folder(tree, place, f"s3://{place}"))
    tree.check_bucket()
    if address.has_glob:
        return Found(by_glob(tree, place, f"s3://{place}"))
    raise _missing(tree, place)


def _parts(address: Address) -> tuple[str, str]:
    rest = address.text.partition("://")[2]
    bucket, _, key = rest.partition("/")
    if "@" in bucket:
        raise UsageError(
            f"The address {address.shown!r} holds credentials.",
            hint="Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, and leave them out of the address.",
        )
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]+", bucket):
        raise UsageError(f"{address.shown!r} names no bucket.", hint="Write s3://BUCKET/KEY.")
    return bucket, key.strip("/")


def _missing(tree: "S3Tree", place: str) -> DataError:
    folder, _, name = place.rpartition("/")
    hint = "The bucket holds no object."
    while folder:
        names = [entry.name for entry in tree.entries(folder)]
        if names:
            hint = f"In s3://{folder}: {did_you_mean(name, names)}"
            break
        folder, _, name = folder.rpartition("/")
    return DataError(f"There is no object s3://{place}, nor one below it.", hint=hint)


class S3Tree(Tree):
    """The keys of a bucket, seen as folders and files.

    Parameters
    ----------
    bucket : str
        Name of the bucket.
    """

    def __init__(self, bucket: str) -> None:
        self.bucket = bucket
        self._store = store()
        self._files = _client(self._store, bucket)

    def info(self, path: str) -> int | None:
        """Return the length of an object; None if there is none of that key."""
        from pyarrow import fs

        found = self._asked(lambda: self._files.get_file_info(path))
        return int(found.size) if found.type == fs.FileType.File else None

    def entries(self, folder: str) -> list[Entry]:
        """Return the names that follow a key and a ``/``."""
        return sorted(
            Entry(info.base_name, not info.is_file, info.size or 0)
            for info in self._listed(folder, recursive=False)
            if not info.base_name.startswith(".")
        )

    def below(self, folder: str) -> list[tuple[str, int]]:
        """Return all objects whose key begins with a key and a ``/``."""
        cut = len(folder) + 1
        found = [(info.path[cut:], info.size) for info in self._listed(folder, recursive=True) if info.is_file]
        return [(path, size) for path, size in found if not any(part.startswith(".") for part in path.split("/"))]

    def file(self, path: str, relative: str, size_bytes: int) -> StoredFile:
        """Return an object that was found."""

        def fetch() -> bytes:
            def read() -> bytes:
                with self._files.open_input_file(path) as file:
                    return bytes(file.read())

            return self._asked(read)

        def mark() -> str:
            def ask() -> str:
                with self._files.open_input_stream(path) as stream:
                    return bytes(stream.metadata()["ETag"]).decode().strip('"')

            return self._asked(ask)

        return StoredFile(f"s3://{path}", relative, size_bytes, fetch, mark)

    def check_bucket(self) -> None:
        """Raise the error that says that there is no such bucket, or that its objects may not be listed."""
        from pyarrow import fs

        self._asked(lambda: self._files.get_file_info(fs.FileSelector(self.bucket)))

    def _listed(self, folder: str, *, recursive: bool) -> list[Any]:
        from pyarrow import fs

        selector = fs.FileSelector(folder, recursive=recursive, allow_not_found=True)
        return list(self._asked(lambda: self._files.get_file_info(selector)))

    def _asked(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except OSError as error:
            reason = str(error)
        if "No response body" in reason and "during ListObjects" not in reason:
            # Answers to HEAD have no body and so no reason; a listing has one.
            self.check_bucket()
        raise _refused(reason, self.bucket, self._store)


def _refused(reason: str, bucket: str, store: Store) -> DataError:
    """Say what the store answered, in our words."""
    found = re.search(r"AWS Error ([A-Z_]+)(?: \(HTTP status (\d+)\))?", reason)
    code, status = found.groups() if found else ("", None)
    if code == "NETWORK_CONNECTION" or "curlCode" in reason:
        detail = re.search(r"curlCode: \d+, ([^;:]+)", reason)
        said = f": {detail[1].strip().lower()}" if detail else ""
        return DataError(
            f"{store.label[0].upper()}{store.label[1:]} cannot be reached{said}.",
            hint="Check AWS_ENDPOINT_URL (or endpoint_url of the profile), and that the store runs.",
        )
    if code == "NO_SUCH_BUCKET":
        return DataError(f"There is no bucket {bucket!r} in {store.label}.", hint="Check its name, and the endpoint.")
    if code in {"SIGNATURE_DOES_NOT_MATCH", "INVALID_ACCESS_KEY_ID", "INVALID_CLIENT_TOKEN_ID", "EXPIRED_TOKEN"}:
        return DataError(
            f"{store.label[0].upper()}{store.label[1:]} does not accept the credentials.",
            hint="Check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile in AWS_PROFILE.",
        )
    if code in {"ACCESS_DENIED", "MISSING_AUTHENTICATION_TOKEN"} or status in {"400", "401", "403"}:
        return DataError(
            f"{store.label[0].upper()}{store.label[1:]} denies access to the bucket {bucket!r}.",
            hint="Give credentials that may read it: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.",
        )
    if status in {"301", "307"} or "PERMANENT_REDIRECT" in reason:
        return DataError(
            f"The bucket {bucket!r} lies in another region than {store.region or _DEFAULT_REGION!r}.",
            hint="Set AWS_REGION to the region of the bucket.",
        )
    short = " ".join(reason.split())[:200]
    return DataError(f"The bucket {bucket!r} of {store.label} cannot be read: {short}", hint="Try again.")


def store() -> Store:
    """Return how to reach the S3 store, as the environment and the profile in ``~/.aws`` say."""
    profile = os.environ.get("AWS_PROFILE") or os.environ.get("AWS_DEFAULT_PROFILE") or "default"
    config = _sections(os.environ.get("AWS_CONFIG_FILE") or "~/.aws/config")
    stated = config.get(profile if profile == "default" else f"profile {profile}", {})
    services = config.get(f"services {stated.get('services', '')}", {})
    endpoint = (
        os.environ.get("AWS_ENDPOINT_URL_S3")
        or os.environ.get("AWS_ENDPOINT_URL")
        or services.get("s3.endpoint_url")
        or stated.get("endpoint_url")
    )
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or stated.get("region")
    names = ("aws_access_key_id", "aws_secret_access_key", "aws_session_token")
    keys = {name: value for name in names if (value := os.environ.get(name.upper()))}
    if not keys:
        kept = _sections(os.environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials").get(profile, {})
        keys = {name: value for name in names if (value := kept.get(name, stated.get(name)))}
    complete = {"aws_access_key_id", "aws_secret_access_key"} <= set(keys)
    return Store(endpoint, region, tuple(keys.values()) if complete else ())


def _sections(path: str) -> dict[str, dict[str, str]]:
    """Return the sections of a file of the AWS tools; nested settings as ``outer.inner``."""
    place = Path(path).expanduser()
    parser = configparser.RawConfigParser()
    try:
        parser.read(place, encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        raise UsageError(f"The AWS configuration {str(place)!r} cannot be read.", hint="Check its syntax.") from None
    sections: dict[str, dict[str, str]] = {}
    for name in parser.sections():
        values: dict[str, str] = {}
        for key, value in parser.items(name):
            values[key] = value.strip()
            for line in value.splitlines():
                inner, sign, text = line.partition("=")
                if sign and "\n" in value:
                    values[f"{key}.{inner.strip()}"] = text.strip()
        sections[name] = values
    return sections


def _client(store: Store, bucket: str) -> Any:
    return _made(store, None if store.endpoint or store.region else bucket)


@cache
def _made(store: Store, bucket: str | None) -> Any:
    """Return a client; of Amazon's own store without a stated region, the bucket's region is asked for."""
    from pyarrow import fs

    region = store.region
    if bucket is not None:
        try:
            region = fs.resolve_s3_region(bucket)
        except OSError as error:
            raise _refused(str(error), bucket, store) from None
    options = dict(zip(("access_key", "secret_key", "session_token"), store.keys, strict=False))
    if authorities := os.environ.get("AWS_CA_BUNDLE"):
        options["tls_ca_file_path"] = authorities
    return fs.S3FileSystem(
        **options,
        region=region or _DEFAULT_REGION,
        endpoint_override=store.endpoint,
        connect_timeout=CONNECT_TIMEOUT_S,
        request_timeout=ANSWER_TIMEOUT_S,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=TRIES),
    )
