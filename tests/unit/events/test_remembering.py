"""The memory of verification: told back what was told, on disk, and an error that says so where there is no room."""

import errno
from collections.abc import Iterator
from contextlib import closing

import pytest

from events import remembering
from events.remembering import Remembered
from tests.worlds import applied, filed


@pytest.fixture
def remembered() -> Iterator[Remembered]:
    with closing(Remembered()) as made:
        yield made


def test_an_id_is_new_once_for_each_agency(remembered: Remembered):
    first, other, third = b"1" * 16, b"2" * 16, b"3" * 16
    assert remembered.are_new([("nr.lhasa", first), ("court.lhasa", first)]) == [True, True]
    asked = [("nr.lhasa", other), ("nr.lhasa", first), ("nr.lhasa", other), ("nr.lhasa", third)]
    assert remembered.are_new(asked) == [True, False, False, True]
    assert remembered.are_new([("nr.lhasa", third), ("court.lhasa", third)]) == [False, True]
    assert remembered.are_new([]) == []


def test_the_last_commitment_of_a_place_is_told_whether_written_yet_or_not(remembered: Remembered):
    for version in range(1, 2 * remembering.WRITTEN_AT_ONCE):
        remembered.add_commitment("case/1", version, version.to_bytes(32))
    remembered.add_commitment("case/1", 7, b"x" * 32)
    assert remembered.commitment("case/1", 7) == b"x" * 32
    assert remembered.commitment("case/1", remembering.WRITTEN_AT_ONCE + 5) == (
        remembering.WRITTEN_AT_ONCE + 5
    ).to_bytes(32)
    assert remembered.commitment("case/2", 7) is None


def test_what_a_key_signed_since_a_moment_and_before_an_act(remembered: Remembered):
    for index in range(10):
        remembered.add_signed(b"k", index, index.to_bytes(16), 1000 + index)
    remembered.add_signed(b"other", 5, b"5" * 16, 1005)
    assert remembered.signed(b"k", 1004, 7) == [(n, n.to_bytes(16).hex()) for n in (4, 5, 6)]


def test_a_dossier_comes_back_from_disk_as_it_was(remembered: Remembered, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remembering, "DOSSIERS_KEPT", 1)
    first, second = (filed().case, 7), (applied().case, 8)
    remembered.put_dossier("case/1", first)
    remembered.put_dossier("case/2", second)
    assert remembered.dossier("case/1") == first
    assert remembered.dossier("case/2") is second
    assert remembered.dossier("case/3") is None


def test_without_room_the_error_names_the_folder(remembered: Remembered):
    remembered._db.execute("PRAGMA max_page_count = 12")

    def fill() -> None:
        for number in range(100_000):
            remembered.are_new([("nr.lhasa", number.to_bytes(16))])

    with pytest.raises(OSError, match="TMPDIR") as told:
        fill()
    assert told.value.errno == errno.ENOSPC
