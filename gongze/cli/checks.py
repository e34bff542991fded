"""gongze verify and doctor: is what the ledger holds what was signed, and is everything in order."""

from typing import Annotated

import typer

from gongze.cli.common import FORMAT, check_format, failures, print_json, t


def verify(fmt: Annotated[str, FORMAT] = "table") -> None:
    print("later")


def doctor(fmt: Annotated[str, FORMAT] = "table") -> None:
    print("later")
