import os

import pytest

from clew.core import memory
from clew.core.memory import available_bytes


@pytest.mark.skipif(not os.path.exists("/proc/meminfo"), reason="needs Linux")  # noqa: PTH110 - at import
def test_there_is_some_memory():
    assert 1 << 26 < available_bytes() < 1 << 50


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Pretend to be on a machine of 8 GB, of which 6 are available, and in a control group."""
    (tmp_path / "meminfo").write_text("MemTotal: 8000000 kB\nMemFree: 1000 kB\nMemAvailable: 6000000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", tmp_path / "meminfo")
    monkeypatch.setattr(memory, "_GROUP", tmp_path)
    return tmp_path


def test_the_machine_says_what_is_available(machine):
    assert available_bytes() == 6_000_000 * 1024


@pytest.mark.parametrize(("limit", "expected"), [("max", 6_000_000 * 1024), ("2000000000", 1_600_000_000)])
def test_a_container_may_leave_less(machine, limit, expected):
    (machine / "memory.max").write_text(f"{limit}\n")
    (machine / "memory.current").write_text("500000000\n")
    (machine / "memory.stat").write_text("anon 400000000\ninactive_file 100000000\n")
    assert available_bytes() == expected


def test_a_full_container_leaves_nothing(machine):
    (machine / "memory.max").write_text("1000\n")
    (machine / "memory.current").write_text("2000\n")
    (machine / "memory.stat").write_text("inactive_file 0\n")
    assert available_bytes() == 0
