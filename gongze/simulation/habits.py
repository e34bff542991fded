"""What a locality is like: its clock, its agencies' habits, how cases go, what goes wrong. Read from TOML.

A file need only name what is different from the shipped one. Everything is checked at once, so that a slip in it is
told before anything is recorded.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from itertools import accumulate
from pathlib import Path
from typing import Any

from domain.acts import EVENTS
from domain.forms import canonical_json
from domain.refusal import Refusal
from gongze.locality import KINDS
from gongze.tomltext import parsed

LARGEST = 65_536
ALWAYS = -1
AGENCY = {"on_paper": 0, "slowness": 1.0, "signs_for": 1.0, "late_to_record": 0.0}
"""What may be said of an agency or a kind, and what holds where nothing is said."""
WEIGHTS = ("places", "courses")
"""Tables of how often one thing comes beside the others."""
WHOLE = {"opens", "hours", "spacing", "on_paper", "late_most", "most"}
UP_TO = {
    "opens": 20,
    "hours": 12,
    "spacing": 120,
    "on_paper": 36_500,
    "slowness": 100,
    "most": 250,
    "late_most": 60,
}
"""The largest value; everything else but the courses is a share, 1 at most."""


@dataclass(frozen=True)
class Habits:
    """`of` a table, as the file has it, completed."""

    of: Mapping[str, Mapping[str, Any]]
    since: date = date.min
    """The first day: what is said in days is counted from it."""

    def share(self, table: str, name: str) -> float:
        return float(self.of[table][name])

    def whole(self, table: str, name: str) -> int:
        return int(self.of[table][name])

    def pick(self, table: str, at: float) -> str:
        """The name that stands at a share of a table of weights laid end to end."""
        weights = {name: float(weight) for name, weight in self.of[table].items() if weight}
        ends = accumulate(weights.values())
        total = sum(weights.values())
        return next(
            (name for name, end in zip(weights, ends, strict=True) if at * total < end), [*weights][-1]
        )

    def agency(self, agency: str, name: str) -> float:
        """What is said of an agency, else of its kind."""
        said = self.of["agencies"]
        for who in (agency, agency.partition(".")[0]):
            if name in said.get(who, {}):
                return float(said[who][name])
        return AGENCY[name]

    def on_paper(self, agency: str, day: date) -> bool:
        """Whether an agency does not sign itself on a day."""
        signs = self.signs_from(agency)
        return signs is None or day < signs

    def signs_from(self, agency: str) -> date | None:
        """The first day that an agency signs itself; None: never."""
        days = int(self.agency(agency, "on_paper"))
        return None if days == ALWAYS else self.since + timedelta(days=days)

    def lateness(self, event: str, agency: str) -> tuple[float, int]:
        """How often an act of this type comes later than it should, and by how many working days at most."""
        said = self.of["lateness"].get(event)
        if said is None:
            return 0.0, 0
        return min(said["share"] * self.agency(agency, "slowness"), 1.0), int(said["most"])

    @property
    def canonical(self) -> str:
        """All of it in one spelling: what two runs must share to tell the same."""
        return canonical_json({name: dict(table) for name, table in self.of.items()})


@cache
def shipped() -> str:
    return files("gongze.simulation").joinpath("habits.toml").read_text("utf-8")


def read(path: Path | None) -> Habits:
    """The shipped habits, or those with what a file says instead. Raises Refusal("habits_unusable")."""
    usual = tomllib.loads(shipped())
    if path is None:
        return Habits(usual)
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise ValueError("too large")
        given = parsed(raw)
    except (OSError, ValueError) as error:
        raise _unusable(f"习惯文件 {path} 无法读取，应为 UTF-8 的 TOML（{error}）", "--habits") from None
    for table, values in given.items():
        if table not in usual or not isinstance(values, dict):
            raise _unusable(f"没有 [{table}] 这一节，可以写的见随附的一份", table)
        usual[table] = _merged(table, usual[table], values)
    for table in WEIGHTS:
        if not sum(usual[table].values()):
            raise _unusable(f"[{table}] 至少一项要大于 0", table)
    return Habits(usual)


def _merged(table: str, usual: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    merged = dict(usual)
    for name, value in values.items():
        where = f"{table}.{name}"
        if table in ("agencies", "lateness"):
            known = AGENCY if table == "agencies" else {"share": 0.0, "most": 1}
            _check_named(table, name, where)
            if not isinstance(value, dict):
                raise _unusable(f"[{where}] 应为一节", where)
            for inner, number in value.items():
                _check(known, inner, number, f"{where}.{inner}")
            merged[name] = {**({"share": 0.0, "most": 1} if table == "lateness" else {}), **usual.get(name, {}),
                            **value}  # fmt: skip
        elif table in WEIGHTS:
            if name not in usual:
                raise _unusable(f"没有“{name}”，可以写的见随附的一份", where)
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1_000_000:
                raise _unusable(f"{where} 应为 0 至 1000000 的数", where)
            merged[name] = value
        else:
            _check(usual, name, value, where)
            merged[name] = value
    return merged


def _check_named(table: str, name: str, where: str) -> None:
    if table == "lateness" and name not in EVENTS:
        raise _unusable(f"没有“{name}”这种行为", where)
    if table == "agencies" and name.partition(".")[0] not in KINDS:
        raise _unusable(f"没有“{name}”这类机关，应为类别或机关代码", where)


def _check(known: Mapping[str, Any], name: str, value: Any, where: str) -> None:
    if name not in known:
        raise _unusable(f"没有 {where} 这一项，可以写的见随附的一份", where)
    least = ALWAYS if name == "on_paper" else 1 if name in ("most", "late_most", "hours") else 0
    most = UP_TO.get(name, 1)
    kind = int if name in WHOLE else int | float
    if isinstance(value, bool) or not isinstance(value, kind) or not least <= value <= most:
        raise _unusable(f"{where} 应为 {least} 至 {most} 的{'整数' if kind is int else '数'}", where)
    if name == "on_paper" and value and where.split(".")[1] == "nr":
        raise _unusable("自然资源主管部门替纸质机关登记，自己须签名", where)


def _unusable(text: str, field: str) -> Refusal:
    return Refusal("habits_unusable", text, field)
