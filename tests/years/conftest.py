"""A demonstration ledger, founded once as `gongze init --demo-keys` does; each year is told to a copy of its own."""

import shutil
from pathlib import Path

import pytest

from gongze import founding
from gongze.settings import load


@pytest.fixture(scope="session")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("founded")
    settings = load(
        {
            "GONGZE_DATABASE_URL": f"sqlite:///{folder}/gongze-data/ledger.db",
            "GONGZE_DATA_DIR": f"{folder}/gongze-data",
        }
    )
    founding.demonstration(settings, folder / "keys")
    return folder


@pytest.fixture(scope="module")
def ledger_folder(founded: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh copy for one year."""
    folder = tmp_path_factory.mktemp("year") / "desk"
    shutil.copytree(founded, folder)
    return folder
