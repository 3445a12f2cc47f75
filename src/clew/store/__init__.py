"""The only writer of project state: tables, database, files, artifacts."""
