"""The two kinds of "no": a refusal changes nothing; an irregularity is recorded with its clause."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


class Refusal(Exception):
    """An act or input that is not taken. `code` is stable, `message` is Chinese advice, `field` names the culprit."""

    def __init__(self, code: str, message: str, field: str | None = None) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.field = field


@dataclass(frozen=True, slots=True)
class Irregularity:
    """What has happened but should not have: `code` is stable, `source` the clause, `what` a Chinese sentence."""

    code: str
    source: str
    what: str = ""


@contextmanager
def refused_as(refusal: Refusal) -> Iterator[None]:
    """A stranger's file in a library's hands: whatever the library raises comes out as this refusal, one of ours as it is."""
    try:
        yield
    except Refusal:
        raise
    except Exception:  # noqa: BLE001 - libraries raise whatever a damaged file leads them into
        raise refusal from None
