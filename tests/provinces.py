"""Three cities of one province, each with a small ledger of its own: the same keys for everybody who makes them.

The first two tell the province's department on topics of different names; the third shares the first one's topic.
"""

import atexit
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from connectors import topics
from connectors.outbox import Message as Sent
from connectors.outbox import Outbox
from connectors.province import Message
from gongze.ledger import Ledger
from gongze.locality import DEMO_ORIGIN, sample_agencies
from tests import ledger_fixture

PROVINCE = "nr.xizang"
_LHASA = ("nr.lhasa", "court.chengguan", "procuratorate.lhasa")


@dataclass(frozen=True)
class City:
    """`acts`: how many of the small ledger's case there are; `second`: the province has two departments."""

    zh: str
    acts: int
    renamed: tuple[tuple[str, str], ...] = ()
    second: bool = False

    def called(self, text: str) -> str:
        for old, new in self.renamed:
            text = text.replace(old, new)
        return text

    @property
    def code(self) -> str:
        return self.called("540100")

    @property
    def ledger(self) -> str:
        return f"{DEMO_ORIGIN}/{sha256(self.zh.encode()).hexdigest()}"

    @property
    def topics(self) -> tuple[str, ...]:
        """The second department's registration gives the first one's topic another name, where it hears all of it again."""
        return ("gongze.540000.nr", *([f"gongze.agency.{PROVINCE}"] if self.second else []))

    @property
    def topic(self) -> str:
        return self.topics[-1]

    @property
    def lines(self) -> list[str]:
        return [self.called(one) for one in ledger_fixture.ACTS[: self.acts]]

    def agencies(self) -> Iterator[dict[str, Any]]:
        for agency in sample_agencies():
            if agency["id"] == PROVINCE:
                yield agency
                if self.second:
                    yield {**agency, "id": "nr.survey", "name": "自治区测绘局"}
            elif agency["id"] in _LHASA:
                above = {"parent": PROVINCE} if agency["id"] == "nr.lhasa" else {}
                own = {k: self.called(v) for k, v in agency.items() if k not in ("parent", "number_prefixes")}
                prefixes = [self.called("拉自然")[0]] if above else None
                yield {**own, **above, **({"number_prefixes": prefixes} if prefixes else {})}

    def make(self, path: Path) -> None:
        """A copy of the ledger, which is made once."""
        shutil.copy(_made(self), path)

    def make_anew(self, path: Path) -> None:
        with Ledger.create(ledger_fixture.settings(path)) as ledger:
            ledger_fixture.found(ledger, list(self.agencies()), city=self.code, called=self.zh)
            ledger_fixture.extend(ledger, self.lines)
            ledger.catch_up()


LHASA = City("拉萨", 9)
RIKAZE = City(
    "日喀则", 6,
    (("lhasa", "rikaze"), ("chengguan", "samzhubze"), ("540100", "540200"), ("540102", "540202"), ("拉自然", "日自然")),
    second=True,
)  # fmt: skip
SHANNAN = City(
    "山南", 3,
    (("lhasa", "shannan"), ("chengguan", "nedong"), ("540100", "540500"), ("540102", "540502"), ("拉自然", "山自然")),
)  # fmt: skip
CITIES = (LHASA, RIKAZE, SHANNAN)


@cache
def _made(city: City) -> Path:
    path = Path(tempfile.mkdtemp(prefix="gongze-city-")) / "ledger.db"
    atexit.register(shutil.rmtree, path.parent)
    city.make_anew(path)
    return path


def told(ledger: Ledger, *agencies: str) -> dict[str, list[Message]]:
    """What each of these agencies is sent of a ledger, as its topic has it."""
    outbox = Outbox(ledger.store)
    sent = [message for entry in ledger.entries() for message in outbox.messages(entry)]
    names = topics.act_topics(ledger.registry())
    return {agency: as_read([m for m in sent if m.topic == names[agency]]) for agency in agencies}


def as_read(sent: Sequence[Sent]) -> list[Message]:
    return [Message(place, m.key, m.value, m.headers) for place, m in enumerate(sent)]
