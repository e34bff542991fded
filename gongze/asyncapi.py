"""The exchange as an AsyncAPI 3.0 document, made from what the code does: topics, keys, headers, values.

`docs/reference/asyncapi.json` is this document for any ledger; `gongze schema export` writes it with the Avro schemas.
"""

from typing import Any

from connectors.kafka_in import DISCARDED, KEPT_BYTES, REFUSED, RETRIED
from connectors.outbox import BLANK
from connectors.topics import PARTITIONS
from domain.acts import EVENTS
from events.statement import STATEMENT_MAX, TYP

VERSION = "1.0.0"
"""Of the exchange, not of the software: raised when what partners see changes."""
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "string", "pattern": "^[0-9]+$"}
BYTES: dict[str, Any] = {"type": "string", "format": "binary"}
CLOUD_EVENT: dict[str, Any] = {
    "ce_specversion": {"const": "1.0"}, "ce_id": TEXT, "ce_source": TEXT, "ce_type": TEXT, "ce_subject": TEXT,
    "ce_time": {"type": "string", "format": "date-time"},
}  # fmt: skip
PROOF: dict[str, Any] = {"index": NUMBER, "R": BYTES, "O": BYTES}


def document() -> dict[str, Any]:
    """The same whatever the ledger: region, kind and agency are parameters of the addresses."""
    acts = [f"gongze.{name}" for name in EVENTS]
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "共责台账 Gongze exchange", "version": VERSION,
            "description": "Read with isolation.level=read_committed. Statements: docs/statement-profile.md; "
            "headers and groups: docs/exchange.md.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": TYP,
        "channels": {
            "acts": _channel("gongze.{region}.{kind}", {"region": "六位行政区划代码", "kind": "机关类别"},
                             "act", "blank", "answer"),
            "actsOfAgency": _channel("gongze.agency.{agency}", {"agency": "机构代码"}, "act", "blank", "answer"),
            "inbox": _channel("gongze.inbox.{agency}", {"agency": "机构代码"}, "statement"),
            "deadLetters": _channel("gongze.{region}.dead-letter", {"region": "六位行政区划代码"}, "deadLetter"),
        },
        "operations": {
            "publish": _operation("send", "acts", "act", "blank", "answer"),
            "publishToAgency": _operation("send", "actsOfAgency", "act", "blank", "answer"),
            "consume": _operation("receive", "inbox", "statement"),
            "keepRefused": _operation("send", "deadLetters", "deadLetter"),
        },
        "components": {"messages": {
            "act": _message("一条记录，值是签名的声明", TYP, {**CLOUD_EVENT, **PROOF, "content-type": {"const": TYP},
                            "ce_type": {"enum": acts}}, {**BYTES, "maxLength": STATEMENT_MAX}),
            "blank": _message("一条看不到内容的记录，值为空", TYP, {**CLOUD_EVENT, **PROOF, "ce_type": {"enum": [BLANK, *acts]},
                              "number": TEXT, "date": {"type": "string", "format": "date"}}, {**BYTES, "maxLength": 0},
                              optional=("number", "date")),
            "answer": _message("对来信的答复", "application/json", {**CLOUD_EVENT, "content-type": {"const": "application/json"},
                               "ce_type": {"enum": [REFUSED, RETRIED, DISCARDED]}}, _answer()),
            "statement": _message("本机关签名的声明", TYP, {}, {**BYTES, "maxLength": STATEMENT_MAX}),
            "deadLetter": _message("退回的来信原件，或它后来怎样", "application/octet-stream", {
                **CLOUD_EVENT, "ce_type": {"enum": [REFUSED, RETRIED, DISCARDED]},
                **{name: TEXT for name in _answer()["properties"] if name != "origin"},
            }, {**BYTES, "maxLength": KEPT_BYTES}, optional=tuple(_answer()["properties"])),
        }},
    }  # fmt: skip


def _answer() -> dict[str, Any]:
    names = ("code", "message", "field", "origin_topic", "origin_partition", "origin_offset", "sha256", "bytes",
             "origin", "reason")  # fmt: skip
    return {"type": "object", "properties": dict.fromkeys(names, TEXT)}


def _channel(address: str, parameters: dict[str, str], *messages: str) -> dict[str, Any]:
    return {
        "address": address,
        "parameters": {name: {"description": what} for name, what in parameters.items()},
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages},
        "bindings": {"kafka": {"partitions": PARTITIONS}},
    }


def _operation(action: str, channel: str, *messages: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{channel}"},
        "messages": [{"$ref": f"#/channels/{channel}/messages/{name}"} for name in messages],
    }


def _message(
    title: str, content: str, headers: dict[str, Any], payload: dict[str, Any], optional: tuple[str, ...] = ()
) -> dict[str, Any]:
    made: dict[str, Any] = {"title": title, "contentType": content, "payload": payload}
    if headers:
        needed = [name for name in headers if name not in optional]
        made["headers"] = {"type": "object", "properties": headers, "required": needed}
    return made
