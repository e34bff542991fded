"""The two kinds of "no": a refusal changes nothing; an irregularity is recorded with its clause."""

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
