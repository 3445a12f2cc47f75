"""The log of changed texts."""

import sqlite3

from clew.store import edits
from clew.store.database import Database


def test_the_oldest_changes_go_first_and_other_files_stay(tmp_path, monkeypatch):
    monkeypatch.setattr(edits, "KEPT", 3)
    with Database(tmp_path / "clew.db") as database:
        database.edits.add("other", [("o", None, "x")])
        for number in range(5):
            database.edits.add("a", [(str(number), str(number), str(number + 1))])
        assert [row.title for row in database.edits.of("a")] == ["2", "3", "4"]
        assert [row.title for row in database.edits.of("other")] == ["o"]


def test_a_database_of_format_2_gets_the_table(tmp_path):
    with Database(tmp_path / "clew.db"):
        pass
    connection = sqlite3.connect(tmp_path / "clew.db")
    connection.execute("DROP TABLE edits")
    connection.execute("UPDATE meta SET value = '2' WHERE key = 'format'")
    connection.commit()
    connection.close()
    with Database(tmp_path / "clew.db") as database:
        database.edits.add("clew.yaml", [("t", None, "x")])
        assert database.edits.to_undo("clew.yaml").after == "x"
