"""Settings: the environment first, then the file, then the defaults; nothing that cannot be used is guessed at."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.refusal import Refusal
from gongze.settings import KNOWN, load


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def refused(environment: dict[str, str]) -> tuple[str, str | None]:
    with pytest.raises(Refusal) as found:
        load(environment)
    assert found.value.message
    return found.value.code, found.value.field


def test_without_anything_the_ledger_is_a_file_below_the_folder():
    made = load({})
    assert made.database_url == "sqlite:///gongze-data/ledger.db"
    assert (made.data_dir, made.lang, made.now, made.passphrase_file) == (
        Path("gongze-data"),
        "zh",
        None,
        None,
    )


@pytest.mark.parametrize(
    ("url", "folder"),
    [
        ("sqlite:///other/ledger.db", "other"),
        ("sqlite:////srv/gongze/ledger.db", "/srv/gongze"),
        ("postgresql://u:p@h/d", "gongze-data"),
    ],
)
def test_keys_lie_beside_an_embedded_database_unless_said_otherwise(url, folder):
    assert load({"GONGZE_DATABASE_URL": url}).data_dir == Path(folder)
    assert load({"GONGZE_DATABASE_URL": url, "GONGZE_DATA_DIR": "keys-here"}).data_dir == Path("keys-here")


def test_the_file_is_second_to_the_environment(tmp_path):
    (tmp_path / "gongze.toml").write_text('lang = "en"\ndatabase_url = "sqlite:///a/b.db"\n')
    assert (load({}).lang, load({}).database_url) == ("en", "sqlite:///a/b.db")
    assert load({"GONGZE_LANG": "zh"}).lang == "zh"
    assert load({"GONGZE_LANG": ""}).lang == "en"  # an empty variable says nothing
    (tmp_path / "other.toml").write_text('lang = "zh"')
    assert load({"GONGZE_CONFIG": "other.toml"}).lang == "zh"


def test_a_file_that_was_named_must_be_there_and_be_readable(tmp_path):
    assert refused({"GONGZE_CONFIG": "missing.toml"}) == ("settings_unusable", "GONGZE_CONFIG")
    for content in (b"lang = ", b"\xff\xfe", b"[lang]\nx = 1"):
        (tmp_path / "gongze.toml").write_bytes(content)
        assert refused({})[0] == "settings_unusable"
    (tmp_path / "gongze.toml").unlink()
    (tmp_path / "gongze.toml").mkdir()
    assert refused({}) == ("settings_unusable", "GONGZE_CONFIG")


def test_unknown_names_are_told_and_ignored(tmp_path, capsys):
    (tmp_path / "gongze.toml").write_text('colour = "red"\n')
    assert load({"GONGZE_COLOR": "red", "OTHER": "x"}).lang == "zh"
    told = capsys.readouterr()
    assert told.out == ""
    assert "GONGZE_COLOR" in told.err
    assert "colour" in told.err
    assert "OTHER" not in told.err
    load(dict.fromkeys(KNOWN, ""))
    assert "GONGZE_" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "hour"),
    [
        ("2026-02-10T15:04:05+08:00", 15),
        ("2026-02-10T07:04:05Z", 15),
        ("2026-02-10T15:04:05", 15),  # Shanghai time is meant
        ("2026-02-10", 0),
    ],
)
def test_now_is_a_moment_in_shanghai(text, hour):
    now = load({"GONGZE_NOW": text}).now
    assert isinstance(now, datetime)
    assert now.utcoffset() == timedelta(hours=8)
    assert (now.year, now.month, now.day, now.hour) == (2026, 2, 10, hour)


@pytest.mark.parametrize("text", ["yesterday", "2026-02-30", "2026-02-10T25:00:00", "10/02/2026", "0"])
def test_a_now_that_is_no_moment(text):
    assert refused({"GONGZE_NOW": text}) == ("settings_unusable", "GONGZE_NOW")


def test_a_language_that_is_not_spoken():
    assert refused({"GONGZE_LANG": "bo"}) == ("settings_unusable", "GONGZE_LANG")


@pytest.mark.parametrize("rate", ["-1", "1.5", "many", "1000000000", "１０"])
def test_a_rate_that_is_no_number_is_refused(rate):
    with pytest.raises(Refusal) as refused:
        load({"GONGZE_KAFKA_BOOTSTRAP": "127.0.0.1:9092", "GONGZE_INBOX_RATE": rate, "GONGZE_CONFIG": ""})
    assert (refused.value.code, refused.value.field) == ("settings_unusable", "GONGZE_INBOX_RATE")
