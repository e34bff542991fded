"""Files that are written whole or not at all, also onto a stick: its file system has no hard links."""

import errno
import os
from pathlib import Path

import pytest

from domain.refusal import Refusal
from gongze.keyfiles import write_new, write_over


def forbidden(*_: object, **__: object) -> None:
    raise PermissionError(errno.EPERM, "Operation not permitted")


def test_a_new_file_is_written_where_there_are_no_hard_links(tmp_path, monkeypatch):
    monkeypatch.setattr(os, "link", forbidden)
    write_new(tmp_path / "signed.cbors", [b"a", b"b"])
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"signed.cbors": b"ab"}


def test_a_file_that_is_there_or_comes_meanwhile_is_left_alone(tmp_path):
    path: Path = tmp_path / "signed.cbors"

    def slow():
        yield b"ours"
        path.write_bytes(b"theirs")

    for content in (slow(), [b"ours"]):
        with pytest.raises(Refusal) as refused:
            write_new(path, content)
        assert refused.value.code == "file_exists"
        assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == {"signed.cbors": b"theirs"}
    path.unlink()
    path.symlink_to(tmp_path / "nowhere")
    with pytest.raises(Refusal):
        write_new(path, [b"ours"])
    assert not path.exists()


def test_a_file_whose_content_or_disk_fails_is_not_there_at_all(tmp_path, monkeypatch):
    def broken():
        yield b"half"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_new(tmp_path / "signed.cbors", broken())
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setattr(os, "link", forbidden)
    monkeypatch.setattr(Path, "replace", forbidden)
    with pytest.raises(PermissionError):
        write_new(tmp_path / "signed.cbors", [b"whole"])
    assert list(tmp_path.iterdir()) == []


def test_what_another_process_of_the_same_number_left_does_not_bar_the_next(tmp_path):
    """Process numbers come back, in containers at once."""
    (tmp_path / f".signed.cbors.{os.getpid()}.part").write_bytes(b"left")
    write_new(tmp_path / "signed.cbors", [b"whole"])
    write_over(tmp_path / "signed.cbors", b"other")
    assert (tmp_path / "signed.cbors").read_bytes() == b"other"


@pytest.mark.parametrize("nameless", [".", "/"])
def test_a_folder_is_no_name_for_a_file(nameless, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(Refusal) as refused:
        write_new(Path(nameless), [b"x"], option="--script")
    assert (refused.value.code, refused.value.field) == ("file_unusable", "--script")
    assert list(tmp_path.iterdir()) == []
