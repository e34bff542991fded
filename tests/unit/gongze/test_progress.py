"""What a command shows while long work goes on before it answers."""

import io
import logging
import sys

import pytest

from gongze import progress
from gongze.cli import common

FOLDING = logging.getLogger("gongze.folding")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(common, "QUIET_SECONDS", 0.0)
    monkeypatch.setattr(common, "BETWEEN_SECONDS", 0.0)


def test_on_a_terminal_one_line_tells_how_far_it_is_and_is_wiped_before_the_answer(
    monkeypatch: pytest.MonkeyPatch,
):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with common.failures():
        FOLDING.info("%d/%d", 3000, 7000)
        FOLDING.info("%d/%d", 6000, 7000)
        assert terminal.getvalue().endswith("6000/7000")
        FOLDING.info("%d/%d", 7000, 7000)
        shown = terminal.getvalue()
    assert shown.count("/7000") == 2
    assert shown.endswith("\r\x1b[K")
    assert terminal.getvalue() == shown


def test_dossiers_that_are_looked_at_and_a_file_that_is_written_are_told_too(monkeypatch: pytest.MonkeyPatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with common.failures():
        assert list(progress.counted(range(120), 120)) == [*range(120)]
        progress.SETTING.info("")
        shown = terminal.getvalue()
    assert [part for part in ("0/120", "50/120", "100/120", "正在写文件") if part not in shown] == []
    assert terminal.getvalue() == shown + "\r\x1b[K"


def test_a_file_gets_none_of_it(monkeypatch: pytest.MonkeyPatch):
    file = io.StringIO()
    monkeypatch.setattr(sys, "stderr", file)
    with common.failures():
        FOLDING.info("%d/%d", 3000, 7000)
    assert file.getvalue() == ""


def test_nothing_is_left_behind_where_a_command_fails(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    before = FOLDING.level, list(FOLDING.handlers)

    def fail() -> None:
        with common.failures():
            raise ValueError("x")

    with pytest.raises(ValueError, match="x"):
        fail()
    assert (FOLDING.level, FOLDING.handlers) == before
