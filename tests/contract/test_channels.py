"""Mail, webhooks and robots against real servers on this machine: what arrives, and what is refused."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import mail, robots, sending, webhooks
from connectors.mail import Smtp
from connectors.robots import Robot
from connectors.sending import Item, Message, SendFailed, post
from connectors.webhooks import Webhook
from tests import sinks

AT = 1_772_000_000_000
SECRET_WORD = "抄送申请材料"
MESSAGE = Message(
    "ab" * 16, "共责台账提醒 1 项",
    (Item("0c0b0366", f"{SECRET_WORD}　拉自然资执〔2025〕81号", ("期限：2026-02-26", "依据：拉萨实施意见 三（六）"), {"number": "0c0b0366", "case": "81"}),),
    "https://desk.example/duties/0c0b0366", AT,
)  # fmt: skip
INNER = frozenset({"127.0.0.1", "localhost"})


def settings(port, ca, tls="implicit", **changes):
    return Smtp("localhost", port, tls, "ledger@gov.example", ca_file=str(ca), **changes)


# --- mail -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("starttls", [False, True])
def test_a_mail_arrives_over_tls_with_what_it_says(tmp_path, starttls):
    with sinks.smtp(tmp_path, starttls=starttls) as (post_office, port, ca):
        mail.send(settings(port, ca, "starttls" if starttls else "implicit"), "zhang@gov.example", MESSAGE)
    (arrived,) = post_office.mails
    assert post_office.recipients == ["zhang@gov.example"]
    assert arrived["Subject"] == "共责台账提醒 1 项"
    assert arrived["To"] == "zhang@gov.example"
    assert arrived["Message-ID"] == f"<{'ab' * 16}@gov.example>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    body = arrived.get_content()
    for words in (SECRET_WORD, "2026-02-26", "三（六）", "https://desk.example/duties/0c0b0366"):
        assert words in body
    assert SECRET_WORD not in arrived["Subject"]  # it shows on a locked screen


@pytest.mark.parametrize("address", [
    "zhang@gov.example\nBcc: all@gov.example", "zhang@gov.example\r\n", "Zhang <zhang@gov.example>", "a@b.example, c@d.example",
    "zhang", "zhang@localhost", "zhang@gov.example\0", "张@gov.example",
])  # fmt: skip
def test_an_address_that_could_carry_more_than_one_address_is_refused(tmp_path, address):
    with sinks.smtp(tmp_path) as (post_office, port, ca), pytest.raises(SendFailed) as failed:
        mail.send(settings(port, ca), address, MESSAGE)
    assert failed.value.permanent
    assert post_office.mails == []


def test_a_line_break_in_the_subject_adds_no_header(tmp_path):
    crafted = Message("id", "提醒\r\nBcc: all@gov.example", MESSAGE.items, None, AT)
    with sinks.smtp(tmp_path) as (post_office, port, ca), pytest.raises(SendFailed):
        mail.send(settings(port, ca), "zhang@gov.example", crafted)
    assert post_office.mails == []


@pytest.mark.parametrize(("command", "answer", "permanent"), [
    ("RCPT", "550 no such user", True), ("RCPT", "451 try later", False), ("RCPT", "552 full", False),
    ("DATA", "554 not now", False), ("DATA", "421 closing", False),
])  # fmt: skip
def test_a_refusal_of_the_mailbox_is_for_good_all_else_is_tried_again(tmp_path, command, answer, permanent):
    with sinks.smtp(tmp_path) as (post_office, port, ca):
        post_office.answers[command] = answer
        with pytest.raises(SendFailed) as failed:
            mail.send(settings(port, ca), "zhang@gov.example", MESSAGE)
    assert failed.value.permanent is permanent
    assert answer[:3] in str(failed.value)


def test_without_tls_or_with_a_strange_certificate_nothing_is_sent(tmp_path):
    (tmp_path / "other").mkdir()
    other, _ = sinks.certificate(tmp_path / "other")
    with sinks.smtp(tmp_path, offers_tls=False) as (in_the_clear, port, ca), pytest.raises(SendFailed):
        mail.send(settings(port, ca, "starttls"), "zhang@gov.example", MESSAGE)
    with sinks.smtp(tmp_path) as (strange, port, _), pytest.raises(SendFailed):
        mail.send(settings(port, other), "zhang@gov.example", MESSAGE)
    assert in_the_clear.mails == strange.mails == []


def test_no_server_is_a_failure_that_names_no_secret(tmp_path):
    ca, _ = sinks.certificate(tmp_path)
    with pytest.raises(SendFailed) as failed:
        mail.send(settings(1, ca, user="u", password="secret-word"), "zhang@gov.example", MESSAGE)
    assert not failed.value.permanent
    assert "secret-word" not in str(failed.value)


# --- webhooks ---------------------------------------------------------------------------------------------------


def test_a_webhook_is_signed_over_its_time_and_its_bytes():
    with sinks.http() as sink:
        webhooks.send(Webhook(f"http://127.0.0.1:{sink.port}/in?a=1", "geheim", INNER), MESSAGE)
    (request,) = sink.requests
    assert request.path == "/in?a=1"
    assert request.json["alerts"] == [{"number": "0c0b0366", "case": "81"}]
    wanted = hmac.new(b"geheim", f"{AT // 1000}.".encode() + request.body, hashlib.sha256).hexdigest()
    assert request.headers["Gongze-Signature"] == wanted
    assert (request.headers["Gongze-Timestamp"], request.headers["Gongze-Id"]) == (str(AT // 1000), "ab" * 16)


def test_over_https_the_certificate_must_be_the_hosts(tmp_path):
    with sinks.http(sinks.certificate(tmp_path)) as sink, pytest.raises(SendFailed) as failed:
        webhooks.send(Webhook(f"https://localhost:{sink.port}/", "geheim", INNER), MESSAGE)
    assert sink.requests == []
    assert not failed.value.permanent


def test_a_certificate_of_an_own_authority_is_trusted_where_the_settings_name_it(tmp_path):
    paths = sinks.certificate(tmp_path)
    with sinks.http(paths) as sink:
        hook = f"https://localhost:{sink.port}/"
        webhooks.send(Webhook(hook, "geheim", INNER, str(paths[0])), MESSAGE)
        robots.send(Robot("wecom", hook, inner=INNER, ca_file=str(paths[0])), MESSAGE)
    assert len(sink.requests) == 2


@pytest.mark.parametrize("host", [
    "127.0.0.1", "localhost", "10.1.2.3", "192.168.0.7", "172.16.5.5", "169.254.169.254", "100.64.0.1", "[::1]",
    "0.0.0.0",  # noqa: S104 - to be refused
    "[::ffff:127.0.0.1]", "[fe80::1]", "[fc00::1]", "[2002:7f00:1::]", "224.0.0.1", "2130706433", "0x7f000001", "127.1",
])  # fmt: skip
def test_an_address_inside_is_refused_unless_the_settings_name_it(host):
    with pytest.raises(SendFailed) as failed:
        post(f"https://{host}/in", b"{}", {})
    assert failed.value.permanent


def test_of_a_name_with_several_addresses_one_inside_is_enough_to_refuse(monkeypatch):
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (a, 443)) for a in ("93.184.216.34", "10.0.0.1")]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(SendFailed) as failed:
        sending.public_address("hook.example", 443, inner=False)
    assert failed.value.permanent
    assert sending.public_address("hook.example", 443, inner=True) == ("93.184.216.34", 443)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused_and_not_followed(status):
    with sinks.http() as inside, sinks.http() as sink:
        sink.answer = (status, {"Location": f"http://127.0.0.1:{inside.port}/secrets"}, b"")
        with pytest.raises(SendFailed) as failed:
            post(f"http://127.0.0.1:{sink.port}/", b"{}", {}, INNER)
    assert failed.value.permanent
    assert (len(sink.requests), inside.requests) == (1, [])


@pytest.mark.parametrize("url", [
    "file:///etc/passwd", "ftp://hook.example/", "https://user:word@hook.example/", "https:///x", "https://[::1", "hook.example",
    "http://93.184.216.34/", "https://hook.example:99999/",
])  # fmt: skip
def test_other_addresses_than_https_are_refused(url):
    with pytest.raises(SendFailed) as failed:
        post(url, b"{}", {})
    assert failed.value.permanent


def test_sizes_are_limited_both_ways():
    with sinks.http() as sink:
        sink.answer = (200, {}, b"x" * (sending.LARGEST_ANSWER + 1))
        with pytest.raises(SendFailed):
            post(f"http://127.0.0.1:{sink.port}/", b"{}", {}, INNER)
        with pytest.raises(SendFailed) as failed:
            post(f"http://127.0.0.1:{sink.port}/", b"x" * (sending.LARGEST_BODY + 1), {}, INNER)
    assert failed.value.permanent
    assert len(sink.requests) == 1


def test_whoever_answers_byte_by_byte_is_cut_off(monkeypatch):
    monkeypatch.setattr(sending, "LONGEST", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(SendFailed):
        post(f"http://127.0.0.1:{silent.getsockname()[1]}/", b"{}", {}, INNER)


def test_a_name_server_that_says_nothing_is_not_waited_for(monkeypatch):
    asked = threading.Event()
    monkeypatch.setattr(sending, "TIMEOUT", 0.2)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: asked.wait(60) and [])
    try:
        with pytest.raises(SendFailed, match="没有回音") as failed:
            post("https://hook.example/", b"{}", {})
    finally:
        asked.set()
    assert not failed.value.permanent


def test_an_error_of_the_server_is_tried_again():
    with sinks.http() as sink:
        sink.answer = (503, {}, b"")
        with pytest.raises(SendFailed) as failed:
            post(f"http://127.0.0.1:{sink.port}/", b"{}", {}, INNER)
    assert not failed.value.permanent


# --- robots and text messages -----------------------------------------------------------------------------------


def robot(sink, kind, **changes):
    return Robot(kind, f"http://127.0.0.1:{sink.port}/robot/send?access_token=t", inner=INNER, **changes)


@pytest.mark.parametrize("kind", ["wecom", "dingtalk"])
def test_a_robot_says_number_and_link_and_nothing_else(kind):
    with sinks.http() as sink:
        robots.send(robot(sink, kind, keyword="拉萨台账"), MESSAGE)
    (request,) = sink.requests
    assert request.json == {
        "msgtype": "text",
        "text": {"content": "拉萨台账 1 项：0c0b0366 https://desk.example/duties/0c0b0366"},
    }


def test_a_dingtalk_robot_with_a_secret_is_signed_as_published():
    with sinks.http() as sink:
        robots.send(robot(sink, "dingtalk", secret="SEC123"), MESSAGE)
    query = parse_qs(urlsplit(sink.requests[0].path).query)
    wanted = base64.b64encode(hmac.new(b"SEC123", f"{AT}\nSEC123".encode(), hashlib.sha256).digest()).decode()
    assert query == {"access_token": ["t"], "timestamp": [str(AT)], "sign": [wanted]}


@pytest.mark.parametrize("answer", [
    b'{"errcode":310000,"errmsg":"keywords not in content"}', b'{"errmsg":"ok"}', b"<html>ok</html>", b"[]", b"",
])  # fmt: skip
def test_an_answer_of_200_with_an_error_inside_is_a_failure(answer):
    with sinks.http() as sink:
        sink.answer = (200, {}, answer)
        with pytest.raises(SendFailed) as failed:
            robots.send(robot(sink, "wecom"), MESSAGE)
    assert "access_token" not in str(failed.value)


def test_many_numbers_are_told_as_so_many():
    items = tuple(Item(f"n{n:02}", SECRET_WORD, (), {}) for n in range(25))
    text = webhooks.brief(Message("id", "s", items, None, AT))
    assert text.startswith("台账提醒 25 项：n00、n01")
    assert text.endswith("n09 等")


def test_a_text_message_goes_through_the_gateway_with_number_and_link():
    with sinks.http() as sink:
        webhooks.send_sms(Webhook(f"http://127.0.0.1:{sink.port}/", "geheim", INNER), "13800000000", MESSAGE)
    sent = sink.requests[0].json
    assert (sent["mobile"], SECRET_WORD in json.dumps(sent, ensure_ascii=False)) == ("13800000000", False)
    assert "0c0b0366" in sent["text"]
