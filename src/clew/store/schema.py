"""The tables of the project database. Changes are append-only: a new `FORMAT` comes with its `MIGRATIONS`."""

import sqlalchemy as sa

#: Version of the layout below.
FORMAT = 3
#: Format → the statements that lead to it from the one before.
#: Tables that are new in a format need none: they are made where they are missing.
MIGRATIONS: dict[int, tuple[str, ...]] = {2: ("ALTER TABLE datasets ADD COLUMN columns JSON",), 3: ()}

metadata = sa.MetaData()

meta = sa.Table(
    "meta",
    metadata,
    sa.Column("key", sa.String(50), primary_key=True),
    sa.Column("value", sa.String(200), nullable=False),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("stage", sa.String(50), nullable=False),
    sa.Column("key", sa.String(64), nullable=False),
    sa.Column("status", sa.String(20), nullable=False),
    sa.Column("started", sa.String(40), nullable=False),
    sa.Column("seconds", sa.Float),
    sa.Column("config", sa.JSON, nullable=False),
    sa.Column("output", sa.JSON, nullable=False),
    sa.Index("runs_by_key", "stage", "key"),
)

figures = sa.Table(
    "figures",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("run", sa.ForeignKey("runs.id"), nullable=False, index=True),
    sa.Column("name", sa.String(100), nullable=False),
    sa.Column("value", sa.Float),
    sa.Column("low", sa.Float),
    sa.Column("high", sa.Float),
    sa.Column("rows", sa.Integer),
)

datasets = sa.Table(
    "datasets",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("fingerprint", sa.String(64), nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("created", sa.String(40), nullable=False),
    sa.Column("columns", sa.JSON),
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("name", sa.String(200), primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("path", sa.Text, nullable=False),
    sa.Column("metrics", sa.JSON, nullable=False),
    sa.Column("run", sa.ForeignKey("runs.id")),
    sa.Column("created", sa.String(40), nullable=False),
)

#: Every setting of an alias is a row, so that it can be taken back; the latest counts.
aliases = sa.Table(
    "aliases",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("alias", sa.String(100), nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("created", sa.String(40), nullable=False),
    sa.ForeignKeyConstraint(["name", "version"], ["models.name", "models.version"]),
)

#: What was read by a run, and what a run made.
edges = sa.Table(
    "edges",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("source", sa.String(300), nullable=False),
    sa.Column("relation", sa.String(50), nullable=False),
    sa.Column("target", sa.String(300), nullable=False),
    sa.Column("run", sa.ForeignKey("runs.id"), nullable=False),
)

#: Every change of a text that people edit; `before` is missing where the file was new, `after` where it was removed.
edits = sa.Table(
    "edits",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("file", sa.String(200), nullable=False),
    sa.Column("title", sa.String(200), nullable=False),
    sa.Column("before", sa.Text),
    sa.Column("after", sa.Text),
    sa.Column("created", sa.String(40), nullable=False),
    # Missing while the change counts; otherwise when it was undone, as a number that grows.
    sa.Column("undone", sa.Integer),
    sa.Index("edits_by_file", "file", "id"),
)

#: Long work in processes of its own: what is wanted, how far it is, and how it ended.
jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(50), nullable=False),
    sa.Column("title", sa.Text, nullable=False),
    sa.Column("arguments", sa.JSON, nullable=False),
    sa.Column("status", sa.String(20), nullable=False, index=True),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("done", sa.Float),
    sa.Column("cancel", sa.Boolean, nullable=False),
    sa.Column("created", sa.String(40), nullable=False),
    sa.Column("started", sa.String(40)),
    sa.Column("ended", sa.String(40)),
    sa.Column("heartbeat", sa.String(40), nullable=False),
    sa.Column("process", sa.Integer),
    sa.Column("result", sa.JSON),
    sa.Column("error", sa.JSON),
)
