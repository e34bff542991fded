"""通讯录: who is reached by what, and that what is wrong is left out and told of with its place."""

import os
from datetime import date
from pathlib import Path

import pytest

from connectors.robots import Robot
from domain.refusal import Refusal
from gongze.contacts import Contacts, load
from tests.sinks import certificate
from tests.worlds import Office, founded

ON = date(2026, 3, 2)
GOOD = """
desk_url = "https://desk.gov.example"
inner_hosts = ["10.1.2.3"]
[smtp]
host = "mail.gov.example"
from = "ledger@gov.example"
user = "ledger"
password_file = "password"
[sms]
url = "https://10.1.2.3/sms"
secret_file = "password"
[[contact]]
officer = "nr.lhasa/1"
mail = "one@gov.example"
mobile = "13800000000"
[[contact]]
officer = "nr.lhasa/2"
mail = "two@gov.example"
[[contact]]
agency = "nr.lhasa"
role = "head"
mail = "head@gov.example"
[[robot]]
name = "执法群"
agency = "nr.lhasa"
kind = "dingtalk"
url_file = "robot"
secret_file = "password"
keyword = "台账"
[[webhook]]
name = "平台"
agency = "procuratorate.lhasa"
roles = ["procuratorate"]
url = "https://hook.gov.example/in"
secret_file = "password"
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text("word\n")
    (tmp_path / "robot").write_text("https://oapi.dingtalk.com/robot/send?access_token=t\n")
    return tmp_path


def read(folder: Path, text: str) -> Contacts:
    path = folder / "contacts.toml"
    path.write_text(text, "utf-8")
    return load(path)


def office() -> Office:
    made = Office(founded())
    for officer in ("nr.lhasa/1", "nr.lhasa/2"):
        made.act("OfficerAppointed", "nr.lhasa", officer=officer, name="某", from_="2024-01-01")
    return made


def test_an_officer_in_office_is_reached_by_all_that_is_known_of_them(folder):
    found, here = read(folder, GOOD), office()
    assert list(found.addresses(here.registry, "nr.lhasa", "officer", ON)) == [
        ("mail", "nr.lhasa/1"), ("sms", "nr.lhasa/1"), ("mail", "nr.lhasa/2"), ("dingtalk", "执法群"),
    ]  # fmt: skip
    here.act("OfficerReleased", "nr.lhasa", officer="nr.lhasa/1", from_="2026-03-02")
    assert ("mail", "nr.lhasa/1") not in found.addresses(here.registry, "nr.lhasa", "officer", ON)
    assert ("mail", "nr.lhasa/1") in found.addresses(here.registry, "nr.lhasa", "officer", date(2026, 3, 1))


def test_a_deputy_is_whom_the_registry_names_or_whom_the_file_says(folder):
    found, here = read(folder, GOOD), office()
    assert list(found.addresses(here.registry, "nr.lhasa", "head", ON)) == [("mail", "nr.lhasa:head")]
    assert list(found.addresses(here.registry, "nr.lhasa", "deputy", ON)) == []
    here.act(
        "ResponsiblePersonNamed",
        "nr.lhasa",
        agency="nr.lhasa",
        role="deputy",
        officer="nr.lhasa/2",
        from_="2024-01-01",
    )
    assert list(found.addresses(here.registry, "nr.lhasa", "deputy", ON)) == [("mail", "nr.lhasa/2")]


def test_a_door_hears_of_the_roles_that_it_is_for(folder):
    found, here = read(folder, GOOD), office()
    assert list(found.addresses(here.registry, "procuratorate.lhasa", "procuratorate", ON)) == [
        ("webhook", "平台")
    ]
    assert list(found.addresses(here.registry, "procuratorate.lhasa", "officer", ON)) == []


def test_secrets_are_read_from_their_files(folder):
    found = read(folder, GOOD)
    assert found.smtp is not None
    assert (found.smtp.password, found.smtp.port, found.smtp.tls) == ("word", 465, "implicit")
    robot = found.doors["执法群"].to
    assert isinstance(robot, Robot)
    assert (robot.secret, robot.keyword, robot.inner) == ("word", "台账", frozenset({"10.1.2.3"}))


def test_an_own_authority_is_named_for_each_door(folder):
    certificate(folder)
    named = 'ca_file = "localhost.crt"'
    text = GOOD
    for line in (
        'from = "ledger@gov.example"',
        'url = "https://10.1.2.3/sms"',
        'keyword = "台账"',
        'roles = ["procuratorate"]',
    ):
        text = text.replace(line, f"{line}\n{named}")
    found = read(folder, text)
    assert found.smtp is not None
    assert found.sms is not None
    trusted = {found.smtp.ca_file, found.sms.ca_file, *(door.to.ca_file for door in found.doors.values())}
    assert trusted == {str(folder / "localhost.crt")}


def test_without_a_file_there_are_no_contacts():
    assert load(None) == Contacts()


@pytest.mark.parametrize(("was", "becomes"), [
    ('mail = "one@gov.example"', r'mail = "one@gov.example\nBcc: all@gov.example"'),
    ('mail = "one@gov.example"', 'mail = "张三 <one@gov.example>"'),
    ('mail = "one@gov.example"', "mail = 3"),
    ('mobile = "13800000000"', 'mobile = "138-0000"'),
    ('mobile = "13800000000"', 'mobil = "13800000000"'),
    ('officer = "nr.lhasa/1"', 'officer = "nr.lhasa/2"'),
    ('officer = "nr.lhasa/1"', ""),
    ('role = "head"', 'role = "boss"'),
    ('role = "head"', ""),
    ('from = "ledger@gov.example"', r'from = "ledger@gov.example\r\nX: y"'),
    ('host = "mail.gov.example"', ""),
    ('user = "ledger"', 'user = "ledger"\ntls = "none"'),
    ('user = "ledger"', 'user = "ledger"\nport = 70000'),
    ('user = "ledger"', 'user = "ledger"\nport = "465"'),
    ('user = "ledger"', ""),
    ('password_file = "password"', ""),
    ('from = "ledger@gov.example"', 'from = "ledger@gov.example"\nca_file = "missing"'),
    ('url = "https://hook.gov.example/in"', 'url = "https://hook.gov.example/in"\nca_file = "password"'),
    ('url = "https://10.1.2.3/sms"', 'url = "https://10.1.2.3/sms"\nca_file = "missing"'),
    ('keyword = "台账"', 'keyword = "台账"\nca_file = "missing"'),
    ('password_file = "password"', 'password_file = "missing"'),
    ('password_file = "password"', 'password = "word"'),
    ('kind = "dingtalk"', 'kind = "qq"'),
    ('url_file = "robot"', 'url_file = "password"'),
    ('url = "https://hook.gov.example/in"', 'url = "ftp://hook.gov.example/in"'),
    ('url = "https://hook.gov.example/in"', r'url = "https://hook.gov.example/in\r\nX: y"'),
    ('roles = ["procuratorate"]', 'roles = ["all"]'),
    ('name = "平台"', 'name = "执法群"'),
    ('name = "平台"', ""),
    ("[smtp]", "[[smtp]]"),
    ("[[contact]]", "[[robot]]\nname = 1\n[[contact]]"),
    ('inner_hosts = ["10.1.2.3"]', 'inner_hosts = "10.1.2.3"'),
    ('desk_url = "https://desk.gov.example"', 'desk_url = "javascript:x"'),
    ('desk_url = "https://desk.gov.example"', 'colour = "red"'),
])  # fmt: skip
def test_what_is_wrong_is_left_out_and_told_with_its_place(folder, was, becomes):
    assert was in GOOD
    whole, found = read(folder, GOOD), read(folder, GOOD.replace(was, becomes, 1))
    assert whole.faults == ()
    (fault,) = found.faults
    assert fault.startswith("通讯录 ")
    assert "word" not in fault.replace("password", "")
    parts = [{**one.people, **one.doors, "smtp": one.smtp, "sms": one.sms} for one in (whole, found)]
    lost = [name for name, part in parts[0].items() if parts[1].get(name) != part]
    assert len(lost) <= 2 or was.startswith("inner_hosts")  # which every address by push relies on


def test_one_bad_contact_silences_nobody_else(folder):
    found = read(folder, GOOD.replace('mail = "one@gov.example"', 'mail = "one at gov.example"'))
    assert set(found.people) == {"nr.lhasa/2", "nr.lhasa:head"}
    assert found.faults == ("通讯录 第 1 个 [[contact]]：mail 应为一个邮件地址，不带姓名和换行",)
    here = office()
    assert list(found.addresses(here.registry, "nr.lhasa", "officer", ON)) == [
        ("mail", "nr.lhasa/2"),
        ("dingtalk", "执法群"),
    ]


def test_of_two_entries_for_one_person_the_first_stays(folder):
    found = read(folder, GOOD.replace('officer = "nr.lhasa/2"', 'officer = "nr.lhasa/1"'))
    assert found.people["nr.lhasa/1"].mail == "one@gov.example"
    assert found.faults == ("通讯录 第 2 个 [[contact]]：同一个人或同一个 name 写了两次",)


def test_which_state_of_the_files_it_is_shows_when_one_of_them_changes(folder):
    stamp = read(folder, GOOD).stamp
    assert load(folder / "contacts.toml").stamp == stamp
    os.utime(folder / "robot", ns=(1, 1))
    assert load(folder / "contacts.toml").stamp != stamp


@pytest.mark.parametrize(
    "content", [b"\xff\xfe", b"# " + b"x" * 1024 * 1024, b"[smtp", b"[contact]\n[[contact]]"]
)
def test_a_file_that_is_no_text_or_too_large_is_refused(folder, content):
    path = folder / "contacts.toml"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        load(path)
    assert (refused.value.code, refused.value.field) == ("settings_unusable", "GONGZE_CONTACTS")
    with pytest.raises(Refusal):
        load(folder / "missing.toml")
