"""A small founded demonstration ledger with one case: the same keys, ids and acts in every run.

Only the blinding of its genesis differs, and with it every commitment: the ledger is no demonstration before it is read.

`python -m tests.ledger_fixture FILE` makes the file of this release, of one that ends in .sql the dump of a PostgreSQL
database with the same acts. Such a file is kept for ever below tests/fixtures,
under a name with its number: when a release stores or projects otherwise, make a new one with the next number beside
it, and never make one anew that is there. What is in it is what that release wrote.
"""

import base64
import hashlib
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from domain.acts import Event
from domain.values import milliseconds, parse_moment
from events import keys
from events.keys import SigningKey
from gongze.ledger import Ledger
from gongze.locality import DEMO_FROM, DEMO_ORIGIN, Founder, adopt_packs, sample_agencies
from gongze.packs import shipped
from gongze.script import Line, replay_line
from gongze.settings import Settings, load
from tests import postgres
from tests.end_to_end.conftest import STORY, line

FOLDER = Path(__file__).parent / "fixtures"
AGENCIES = ("nr.lhasa", "court.chengguan", "procuratorate.lhasa")
START = DEMO_FROM[:10]
ACTS = [
    *STORY,
    line("EnforcementGranted", "court.chengguan", "2026-02-24", {"ruling_no": "裁81", "executor": "court"}),
]


def key_of(name: str) -> SigningKey:
    """A key that everybody can make: this ledger proves nothing."""
    return SigningKey(hashlib.sha256(f"fixture {name}".encode()).digest())


class FixtureKeys:
    """The key ring of the ledger: each officer's key follows from the officer's id."""

    def for_line(self, line: Line, event: Event | None) -> tuple[SigningKey, str]:
        return key_of(line.officer), line.officer


def make(path: Path) -> None:
    """Found the ledger at a path that is free, put the acts in, and project them."""
    if path.suffix == ".sql":
        with postgres.server() as url:
            _make(load({"GONGZE_DATABASE_URL": url, "GONGZE_CONFIG": ""}))
            dump = [postgres.program("pg_dump"), "--no-owner", "--no-privileges", url]
            lines = subprocess.run(dump, check=True, capture_output=True).stdout.splitlines(keepends=True)
            # what only the newest psql understands
            path.write_bytes(
                b"".join(one for one in lines if not one.startswith((b"\\restrict", b"\\unrestrict")))
            )
    else:
        _make(settings(path))


def _make(of: Settings) -> None:
    with Ledger.create(of) as ledger:
        found(ledger)
        extend(ledger, ACTS)
        ledger.catch_up()


def settings(path: Path) -> Settings:
    return load({"GONGZE_DATABASE_URL": f"sqlite:///{path}", "GONGZE_CONFIG": ""})


def extend(ledger: Ledger, lines: list[str]) -> None:
    """Sign and append; raises Refusal."""
    for number, one in enumerate(lines, 1):
        replay_line(ledger, number, one.encode(), FixtureKeys())


def found(
    ledger: Ledger,
    agencies: Sequence[Mapping[str, Any]] | None = None,
    *,
    city: str = "540100",
    called: str = "fixture ledger",
) -> None:
    """The small ledger's agencies, or others that another city's ledger has."""
    operator, log = key_of("operator/1"), b"\x01" + key_of("log").public
    ledger_id = hashlib.sha256(called.encode()).hexdigest()
    mark = hashlib.sha256(DEMO_ORIGIN.encode() + b"\n" + log).digest()[:4].hex()
    moment = parse_moment(DEMO_FROM)
    founder = Founder(ledger, f"{DEMO_ORIGIN}/{ledger_id}", milliseconds(moment), moment.date())

    def by_operator(event: str, /, **data: Any) -> None:
        founder.act(event, "operator", "operator/1", operator, **data)

    by_operator(
        "LedgerCreated", ledger_id=ledger_id, origin=DEMO_ORIGIN, operator_key=operator.public.hex(), demo=True,
        log_key=f"{DEMO_ORIGIN}+{mark}+{base64.b64encode(log).decode()}",
    )  # fmt: skip
    if agencies is None:
        sample = {a["id"]: a for a in sample_agencies() if a["id"] in AGENCIES}
        agencies = [{k: v for k, v in sample[name].items() if k != "parent"} for name in AGENCIES]
    names = [str(agency["id"]) for agency in agencies]
    for name, agency in zip(names, agencies, strict=True):
        by_operator("AgencyRegistered", **agency, root_key_id=key_of(f"{name}/root").kid.hex())
        _register(founder, name, key_of(f"{name}/root"), purpose="root")
    for name in names:
        for signer in names:
            if signer != name:
                founder.act(
                    "AgencyCountersigned", signer, f"{signer}/root", key_of(f"{signer}/root"),
                    agency=name, key_id=key_of(f"{name}/root").kid.hex(),
                )  # fmt: skip
    for name in names:
        founder.act(
            "OfficerAppointed", name, f"{name}/root", key_of(f"{name}/root"),
            officer=f"{name}/1", name="示例联络员", from_=START,
        )  # fmt: skip
        _register(founder, name, key_of(f"{name}/1"), purpose="sign", officer=f"{name}/1")
        by_operator("ParticipationSet", agency=name, mode="signing", from_=START)
    adopt_packs(founder, operator, [content for content, _ in shipped().values()], city, moment.date())
    by_operator("LedgerStarted", region=city, on=START)


def _register(founder: Founder, agency: str, key: SigningKey, **data: Any) -> None:
    founder.act(
        "KeyRegistered", agency, f"{agency}/root", key_of(f"{agency}/root"),
        agency=agency, key_id=key.kid.hex(), algorithm="Ed25519", public_key=key.public.hex(), custody="agent",
        from_=START, proof=keys.prove_possession(key, founder.name, agency).hex(), **data,
    )  # fmt: skip


if __name__ == "__main__":
    make(Path(sys.argv[1]))
