"""A province over three cities' ledgers: topics of different names on the real broker, each region checked by itself."""

import json
import signal
import sqlite3
import subprocess
from dataclasses import replace
from datetime import date
from hashlib import sha256
from importlib.resources import files

import pytest
from kafka import KafkaProducer

from connectors import topics
from connectors.broker import Access
from connectors.province import RegionCopy, Trust
from gongze import rollup
from gongze.ledger import Ledger
from gongze.packs import read_pack
from gongze.settings import load
from tests.brokers import SOCKETS
from tests.end_to_end.conftest import GONGZE, Desk
from tests.exchange import read, until
from tests.ledger_fixture import extend
from tests.provinces import CITIES, LHASA, PROVINCE, RIKAZE, SHANNAN, told

pytestmark = pytest.mark.filterwarnings(SOCKETS)

DAY = "2026-03-20"
DATE = date(2026, 3, 20)
COPY = "copy_application_to_procuratorate"


class Province:
    """The cities' desks, and the province's own, which has no ledger."""

    def __init__(self, folder, broker, runner):
        self.broker = broker
        self.cities = {}
        for city in CITIES:
            home = folder / city.code
            home.mkdir(parents=True)
            city.make(home / "ledger.db")
            desk = Desk(
                home, {**broker.environment, "GONGZE_DATABASE_URL": f"sqlite:///{home}/ledger.db"}, runner
            )
            desk.run("topics", "ensure", "--yes")
            desk.run("publish", "--once")
            self.cities[city] = desk
        self.desk = Desk(folder, {**broker.environment, "GONGZE_DATA_DIR": str(folder / "data")}, runner)
        self.write()

    def write(self, **more):
        """The file of regions, as each city's card says."""
        text = []
        for city, desk in self.cities.items():
            card = desk.run("ferry", "card", "--to", PROVINCE).json
            text += [
                "[[region]]", f'name = "{city.zh}"', f'agency = "{card["agency"]}"', f'ledger = "{card["ledger"]}"',
                f'genesis = "{card["genesis"]}"', f"topics = {json.dumps(city.topics)}", *more.get(city.code, ()),
            ]  # fmt: skip
        (self.desk.folder / "地区.toml").write_text("\n".join(text), "utf-8")

    def ask(self, *more, code=0):
        return self.desk.ask("rollup", "--regions", "地区.toml", "--once", "--as-of", DAY, *more, code=code)

    def put(self, topic, messages):
        """Whoever may write the topic writes it."""
        producer = KafkaProducer(bootstrap_servers=self.broker.bootstrap)
        for m in messages:
            producer.send(
                topic, key=m.key.encode(), value=m.value, headers=list(m.headers.items()), partition=0
            )
        producer.flush(30)
        producer.close()


@pytest.fixture
def province(tmp_path, broker, entered):
    return Province(tmp_path, broker, entered)


def test_three_regions_on_one_board_and_a_fault_of_one_disturbs_no_other(province):
    board = province.ask()
    regions = {r["region"]: r for r in board["regions"]}
    assert {name: (r["ok"], r["blanks"], r["faults"]) for name, r in regions.items()} == {
        city.zh: (True, 0, []) for city in CITIES
    }
    # founding as in tests/contract/test_province_copy.py, with one agency more 36 + 2 + 2 * 4 + 3 acts; the case
    assert [regions[city.zh]["acts"] for city in CITIES] == [36 + 9, 49 + 6, 36 + 3]
    assert all(regions[city.zh]["last_index"] == regions[city.zh]["acts"] - 1 for city in CITIES)
    copies = {d["region"]: d for d in board["duties"] if d["duty"] == COPY}
    # Lhasa copied on 27 February, a day late; Rikaze has not, since 26 February; Shannan has not applied
    assert (copies["拉萨"]["state"], copies["拉萨"]["discharged_on"]) == ("discharged_late", "2026-02-27")
    assert (copies["日喀则"]["state"], copies["日喀则"]["due_on"]) == ("overdue", "2026-02-26")
    assert copies["日喀则"]["certain"]
    assert "山南" not in copies
    # working days after the 26th: Friday 27, the make-up Saturday 28, then three whole weeks up to 20 March
    assert copies["日喀则"]["overdue_working_days"] == 2 + 3 * 5
    of_rikaze = next(a for a in board["agencies"] if (a["region"], a["agency"]) == ("日喀则", "nr.rikaze"))
    assert of_rikaze["overdue"] >= 1

    for (
        city,
        desk,
    ) in province.cities.items():  # what each ledger says itself of the same day, to the same agency
        own = {d["id"]: d for d in desk.ask("duties", "--as-of", DAY, "--viewer", PROVINCE)["duties"]}
        here = {d["id"]: d for d in board["duties"] if d["region"] == city.zh and d["certain"]}
        assert here
        for known, duty in here.items():
            # where a copy lies on its topic is the sender's and the recipient's alone
            told = {k: v for k, v in own[known].items() if k != "delivery"}
            assert {k: v for k, v in duty.items() if k not in ("region", "certain", "delivery")} == told

    # read again there is nothing new; what is new comes
    assert province.ask() == board
    with Ledger.open(_settings(province.cities[SHANNAN])) as ledger:
        extend(ledger, [LHASA.lines[3].replace("拉自然", "山自然").replace("lhasa", "shannan")])
    province.cities[SHANNAN].run("publish", "--once")
    grown = province.ask("--region", "山南")
    assert [(r["region"], r["acts"]) for r in grown["regions"]] == [("山南", 36 + 4)]

    # in Rikaze's topic somebody writes an act with other content
    last = read(province.broker, RIKAZE.topic)[-1]
    last.value = last.value[:-1] + bytes([last.value[-1] ^ 1])
    province.put(RIKAZE.topic, [last])
    again = province.ask(code=1)
    faults = {r["region"]: r["faults"] for r in again["regions"]}
    assert [(f["code"], f["topic"], f["offset"]) for f in faults.pop("日喀则")] == [
        (
            "commitment_mismatch",
            RIKAZE.topic,
            1 + last.offset + 1,
        )  # behind the mark that ends the transaction
    ]
    assert list(faults.values()) == [[], []]
    shown = [d for d in again["duties"] if d["region"] != "山南"]
    assert shown == [d for d in board["duties"] if d["region"] != "山南"]
    province.ask("--region", "拉萨", "--region", "山南")  # the others end with 0
    table = province.desk.run("rollup", "--regions", "地区.toml", "--once", "--as-of", DAY, code=1).out
    assert "commitment_mismatch" in table
    assert "1 处不符" in table
    chosen = province.ask("--state", "overdue", code=1)["duties"]
    assert {d["state"] for d in chosen} == {"overdue"}


def test_a_region_out_of_reach_is_named_and_the_others_are_read(province):
    province.write(**{RIKAZE.code: ('bootstrap = "127.0.0.1:1"',)})
    regions = {r["region"]: r for r in province.ask(code=1)["regions"]}
    assert regions["日喀则"]["unreachable"]
    assert (regions["日喀则"]["ok"], regions["日喀则"]["acts"]) == (False, 0)
    assert regions["拉萨"]["ok"]
    assert regions["山南"]["ok"]
    province.write()
    province.ask()
    # what was read before stays on the board while the region is out of reach
    province.write(**{RIKAZE.code: ('bootstrap = "127.0.0.1:1"',)})
    after = {r["region"]: r for r in province.ask(code=1)["regions"]}
    assert after["日喀则"]["acts"] == 49 + 6


def test_a_region_whose_password_cannot_be_read_is_named_and_the_others_are_read(province):
    entered = ('bootstrap = "127.0.0.1:1"', 'user = "rollup"', 'password_file = "nowhere"')
    province.write(**{RIKAZE.code: (*entered, 'security_protocol = "SASL_PLAINTEXT"')})
    regions = {r["region"]: r for r in province.ask(code=1)["regions"]}
    assert "nowhere" in regions["日喀则"]["unreachable"]
    assert [regions[name]["ok"] for name in ("日喀则", "拉萨", "山南")] == [False, True, True]


def test_a_topic_that_was_cut_is_named(province):
    province.ask()
    file = next(
        path for path in (province.desk.folder / "data/rollup").iterdir()
        if b"540200" in path.read_bytes()
    )  # fmt: skip
    with sqlite3.connect(file) as db:  # as if it had read on, in a topic that was then made anew
        db.execute("UPDATE position SET next = next + 1000 WHERE topic = ?", (RIKAZE.topic,))
    regions = {r["region"]: r for r in province.ask(code=1)["regions"]}
    assert [f["code"] for f in regions["日喀则"]["faults"]] == ["topic_cut"]
    assert regions["拉萨"]["ok"]


def test_it_follows_until_it_is_stopped_and_then_prints_the_board(province):
    log = province.desk.folder / "board.json"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [GONGZE, "rollup", "--regions", "地区.toml", "--as-of", DAY, "--format", "json"],
            cwd=province.desk.folder, env=province.desk.environment(), stdin=subprocess.DEVNULL, stdout=out,
        )  # fmt: skip
    try:
        until(lambda: len(list((province.desk.folder / "data").glob("rollup/*.db"))) == 3)
        until(lambda: all(_acts(path) > 36 for path in (province.desk.folder / "data").glob("rollup/*.db")))
        process.send_signal(signal.SIGTERM)
        assert process.wait(60) == 0
    finally:
        process.kill()
        process.wait()
    assert [r["acts"] for r in json.loads(log.read_text("utf-8"))["regions"]] == [45, 55, 39]


BAD = {
    "not TOML": ("region = [", None),
    "nothing": ("", None),
    "another key": ('[[region]]\nnmae = "x"', "region.1.nmae"),
    "no name": ("[[region]]", "region.1.name"),
    "a genesis that is none": ('[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="ab"', "region.1.genesis"),
    "no topic": (f'[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="{"0" * 64}"', "region.1.topics"),
    "a root that is none": (
        f'[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="{"0" * 64}"\ntopics=["t"]\nroots={{a="b"}}',
        "region.1.roots",
    ),
    "a user without a broker": (
        f'[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="{"0" * 64}"\ntopics=["t"]\nuser="b"',
        "region.1.bootstrap",
    ),
    "a pack without a name": (
        f'[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="{"0" * 64}"\ntopics=["t"]\npacks=[""]',
        "region.1.packs",
    ),
    "a pack that no file can be called": (
        f'[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="{"0" * 64}"\ntopics=["t"]\npacks=["a\\u0000b"]',
        "region.1.packs",
    ),
    "twice the same": (
        f'[[region]]\nname="x"\nagency="a"\nledger="l"\ngenesis="{"0" * 64}"\ntopics=["t"]\nbootstrap="b"\n' * 2,
        "name",
    ),
}  # fmt: skip


@pytest.mark.parametrize("bad", BAD)
def test_a_file_of_regions_that_cannot_be_used_says_where(tmp_path, entered, bad):
    text, where = BAD[bad]
    (tmp_path / "r.toml").write_text(text, "utf-8")
    error = Desk(tmp_path, {}, entered).fails("rollup", "--regions", "r.toml", "--once", code=2)
    assert (error["code"], error["field"]) == ("regions_unusable", where or "--regions")


def test_what_is_called_certain_is_what_the_ledger_itself_says(tmp_path, sample_year):
    """Nothing that the copy calls certain differs from what the ledger itself shows that agency, on any day."""
    with Ledger.open(sample_year.settings) as ledger:
        registry, first = ledger.registry(), next(ledger.entries())
        assert registry.genesis is not None
        names = topics.act_topics(registry)
        viewers = (PROVINCE, "procuratorate.lhasa")
        for viewer, messages in told(ledger, *viewers).items():
            trust = Trust(registry.genesis.name, first.commitment, viewer, {})
            region = rollup.Region("拉萨", trust, (names[viewer],), Access("nowhere"))
            settings = replace(sample_year.settings, data_dir=tmp_path)
            with RegionCopy(region.path(settings), trust) as copy:
                copy.take(names[viewer], messages)
                assert copy.faults() == []
                assert copy.extent().blanks > 0
            own = {r.duty.id: r for r in ledger.board(DATE, viewer=viewer)}
            board = rollup.board(region, settings, DATE)
            assert board.ok
            certain = [o.row for o in board.owed if o.certain]
            assert len(certain) > len(own) / 2
            assert len(certain) < len(board.owed)
            assert [r for r in certain if r.standing != own[r.duty.id].standing] == []


def test_a_pack_that_is_not_here_is_named_and_once_it_is_given_its_duties_are_counted(tmp_path):
    SHANNAN.make(tmp_path / "ledger.db")
    content = (files("domain") / "packs/lhasa.toml").read_bytes() + "\n# 山南自己的一份\n".encode()
    pack = tmp_path / "own.toml"
    pack.write_bytes(content)
    digest = sha256(content).hexdigest()
    with Ledger.open(
        load({"GONGZE_DATABASE_URL": f"sqlite:///{tmp_path}/ledger.db", "GONGZE_CONFIG": ""})
    ) as ledger:
        ledger.store.put_document(bytes.fromhex(digest), content)
        act = {
            "type": "PackAdopted", "case": "registry", "actor": "operator", "occurred_on": DAY, "received_at": f"{DAY}T10:00:00+08:00",
            "data": {"pack": "lhasa", "version": "山南", "digest": digest, "region": "540500", "from": "2026-01-01"},
        }  # fmt: skip
        extend(ledger, [json.dumps(act, ensure_ascii=False)])
        (messages,) = told(ledger, PROVINCE).values()
        first = next(ledger.entries())
    settings = replace(load({"GONGZE_CONFIG": ""}), data_dir=tmp_path)
    trust = Trust(SHANNAN.ledger, first.commitment, PROVINCE, {})
    region = rollup.Region("山南", trust, SHANNAN.topics, Access("nowhere"))
    with RegionCopy(region.path(settings), trust) as copy:
        copy.take(SHANNAN.topic, messages)
    without = rollup.board(region, settings, DATE)
    assert (without.packs_missing, without.ok) == ((digest,), False)
    given = replace(region, packs=(read_pack(content, "own.toml"),))
    board = rollup.board(given, settings, DATE)
    assert (board.packs_missing, board.ok, board.faults) == ((), True, ())


def _settings(desk):
    return load({"GONGZE_DATABASE_URL": desk.settings["GONGZE_DATABASE_URL"], "GONGZE_CONFIG": ""})


def _acts(path):
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as db:
        if db.execute("SELECT count(*) FROM sqlite_master WHERE name = 'part'").fetchone() == (0,):
            return 0
        return db.execute("SELECT count(*) FROM part").fetchone()[0]
