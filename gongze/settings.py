"""Settings: from the environment (`GONGZE_*`) and one TOML file, the environment first."""

import os
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from domain.refusal import Refusal
from domain.values import SHANGHAI, parse_moment
from gongze.tomltext import parsed

FIRST_YEAR, LAST_YEAR = 1900, 9900
"""The years that can be asked about: a report compares with years before, and from the last one on terms could not be
counted to their end."""
KNOWN = {
    "GONGZE_DATABASE_URL": "sqlite:///gongze-data/ledger.db",
    "GONGZE_DATA_DIR": "gongze-data",
    "GONGZE_LANG": "zh",
    "GONGZE_NOW": "",
    "GONGZE_CONFIG": "gongze.toml",
    "GONGZE_KEY_PASSPHRASE_FILE": "",
    "GONGZE_KAFKA_BOOTSTRAP": "",
    "GONGZE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
    "GONGZE_KAFKA_USER": "",
    "GONGZE_KAFKA_PASSWORD_FILE": "",
    "GONGZE_KAFKA_CA_FILE": "",
    "GONGZE_INBOX_RATE": "200",
    "GONGZE_CONTACTS": "",
    "GONGZE_TEMPLATES_DIR": "",
    "GONGZE_OPERATOR_KEY": "",
    "GONGZE_TRACE": "",
}
"""Every setting with its default. A TOML key is the name without the prefix, in lower case."""


PROTOCOLS = ("PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL")


@dataclass(frozen=True, slots=True)
class Kafka:
    """Where the exchange's broker is, and who we are to it; the password itself is in a file. `inbox_rate`: messages a
    second that are read of one inbox, 0 for no limit."""

    bootstrap: str
    protocol: str
    user: str | None
    password_file: Path | None
    ca_file: Path | None
    inbox_rate: int


@dataclass(frozen=True, slots=True)
class Settings:
    """`now` is set only for demonstration ledgers; `data_dir` holds keys and attachments; `templates_dir` an office's
    own templates of official documents."""

    database_url: str
    data_dir: Path
    lang: str
    now: datetime | None
    passphrase_file: Path | None
    kafka: Kafka | None = None
    contacts_file: Path | None = None
    templates_dir: Path | None = None
    operator_key: Path | None = None

    @property
    def out_dir(self) -> Path:
        """Where the clock's jobs lay down what they made."""
        return self.data_dir / "out"


def load(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings. Raises Refusal("settings_unusable"); an unknown GONGZE_* is a warning on stderr."""
    env = os.environ if environ is None else environ
    for name in sorted(env):
        if name.startswith("GONGZE_") and name not in KNOWN:
            print(f"提示：未知的设置 {name}，已忽略", file=sys.stderr)
    given = {name: value for name, value in env.items() if name in KNOWN and value}
    config = Path(given.get("GONGZE_CONFIG", KNOWN["GONGZE_CONFIG"]))
    values = {**KNOWN, **_from_file(config, needed="GONGZE_CONFIG" in given), **given}
    if values["GONGZE_LANG"] not in ("zh", "en"):
        raise Refusal("settings_unusable", "GONGZE_LANG 只能取 zh 或 en", "GONGZE_LANG")
    now = None
    if values["GONGZE_NOW"]:
        try:
            now = parse_moment(values["GONGZE_NOW"])
        except ValueError:
            try:  # without an offset, Shanghai time is meant
                now = parse_moment(values["GONGZE_NOW"] + "+08:00")
            except ValueError:
                raise Refusal("settings_unusable", "GONGZE_NOW 应为 ISO 8601 时间", "GONGZE_NOW") from None
        if not 1970 < now.year < LAST_YEAR:
            raise Refusal(
                "settings_unusable", f"GONGZE_NOW 应在 1971 至 {LAST_YEAR - 1} 年之间", "GONGZE_NOW"
            )
        now = now.astimezone(SHANGHAI)
    passphrase = values["GONGZE_KEY_PASSPHRASE_FILE"]
    data_dir = _data_dir(values, explicit="GONGZE_DATA_DIR" in given)
    contacts = Path(values["GONGZE_CONTACTS"]) if values["GONGZE_CONTACTS"] else data_dir / "contacts.toml"
    return Settings(
        database_url=values["GONGZE_DATABASE_URL"],
        data_dir=data_dir,
        lang=values["GONGZE_LANG"],
        now=now,
        passphrase_file=Path(passphrase) if passphrase else None,
        kafka=kafka_of(values),
        operator_key=Path(values["GONGZE_OPERATOR_KEY"]) if values["GONGZE_OPERATOR_KEY"] else None,
        contacts_file=contacts if values["GONGZE_CONTACTS"] or contacts.exists() else None,
        templates_dir=Path(values["GONGZE_TEMPLATES_DIR"]) if values["GONGZE_TEMPLATES_DIR"] else None,
    )


def kafka_of(values: Mapping[str, str]) -> Kafka | None:
    """None where there is no exchange: what the other settings say does not matter then. Raises
    Refusal("settings_unusable")."""
    bootstrap, protocol = values["GONGZE_KAFKA_BOOTSTRAP"], values["GONGZE_KAFKA_SECURITY_PROTOCOL"]
    if not bootstrap:
        return None
    if protocol not in PROTOCOLS:
        raise Refusal(
            "settings_unusable", f"GONGZE_KAFKA_SECURITY_PROTOCOL 只能取 {'、'.join(PROTOCOLS)}",
            "GONGZE_KAFKA_SECURITY_PROTOCOL",
        )  # fmt: skip
    rate = values["GONGZE_INBOX_RATE"]
    if not (rate.isascii() and rate.isdigit() and len(rate) <= 6):
        raise Refusal(
            "settings_unusable", "GONGZE_INBOX_RATE 应为每秒几份，整数，0 为不限", "GONGZE_INBOX_RATE"
        )
    password, ca = values["GONGZE_KAFKA_PASSWORD_FILE"], values["GONGZE_KAFKA_CA_FILE"]
    return Kafka(
        bootstrap=bootstrap,
        protocol=protocol,
        user=values["GONGZE_KAFKA_USER"] or None,
        password_file=Path(password) if password else None,
        ca_file=Path(ca) if ca else None,
        inbox_rate=int(rate),
    )


def _data_dir(values: Mapping[str, str], *, explicit: bool) -> Path:
    """Beside the embedded database, unless said otherwise."""
    url = values["GONGZE_DATABASE_URL"]
    if not explicit and url.startswith("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).parent
    return Path(values["GONGZE_DATA_DIR"])


def _from_file(path: Path, *, needed: bool) -> dict[str, str]:
    if not path.exists():
        if needed:
            raise Refusal("settings_unusable", f"找不到设置文件 {path}", "GONGZE_CONFIG")
        return {}
    try:
        data = parsed(path.read_bytes())
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Refusal("settings_unusable", f"设置文件 {path} 无法读取：{error}", "GONGZE_CONFIG") from None
    found = {}
    for key, value in data.items():
        name = f"GONGZE_{key.upper()}"
        if name not in KNOWN:
            print(f"提示：设置文件中未知的设置 {key}，已忽略", file=sys.stderr)
        elif not isinstance(value, str):
            raise Refusal("settings_unusable", f"设置 {key} 应为文本", key)
        else:
            found[name] = value
    return found
