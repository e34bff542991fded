"""What is written for containers names only what there is, and leaves no door open; the same parts as plain processes."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from kafka import KafkaConsumer, TopicPartition
from typer.core import TyperGroup

from events import opening
from gongze.cli import app
from gongze.settings import KNOWN
from tests.brokers import _free_ports
from tests.end_to_end.conftest import FILING, Desk, line
from tests.exchange import until

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"].startswith("gongze:")]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")

SERVICE_KEYS = {
    "image", "build", "init", "read_only", "tmpfs", "cap_drop", "security_opt", "networks", "volumes", "environment",
    "secrets", "logging", "restart", "stop_grace_period", "stop_signal", "depends_on", "healthcheck", "shm_size", "ports",
    "command",
}  # fmt: skip
"""Of the Compose specification what is used here: a word that is misspelled is none of them."""


def words(value: Any) -> Iterator[str]:
    """Every text in a part of the file."""
    if isinstance(value, dict):
        for inner in (*value, *value.values()):
            yield from words(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words(inner)
    elif isinstance(value, str):
        yield value


# --- the file itself ----------------------------------------------------------------------------------------


def test_the_file_has_no_word_that_compose_does_not_know():
    assert {key for key in COMPOSE if not key.startswith("x-")} == {
        "name",
        "services",
        "networks",
        "volumes",
        "secrets",
    }
    for name, service in SERVICES.items():
        assert set(service) <= SERVICE_KEYS, name
        assert set(service.get("build", {})) <= {"context", "target"}
        health = service.get("healthcheck", {"test": ["CMD"]})
        assert set(health) <= {"test", "interval", "timeout", "retries", "start_period"}, name
        assert health["test"][0] == "CMD"
        assert {c["condition"] for c in service.get("depends_on", {}).values()} <= {
            "service_healthy", "service_completed_successfully",
        }  # fmt: skip


def test_what_one_part_refers_to_is_in_the_file_and_is_used():
    used: dict[str, set[str]] = {"networks": set(), "volumes": set(), "secrets": set()}
    for name, service in SERVICES.items():
        used["networks"] |= set(service["networks"])
        used["volumes"] |= {volume.partition(":")[0] for volume in service.get("volumes", ())}
        used["secrets"] |= set(service.get("secrets", ()))
        for secret in re.findall(r"/run/secrets/([\w-]+)", " ".join(words(service))):
            assert secret in service["secrets"], f"{name} reads {secret}"
        for other, how in service.get("depends_on", {}).items():
            healthy = "healthcheck" in SERVICES[other]
            assert healthy or how["condition"] == "service_completed_successfully", (
                f"{name} waits for {other}"
            )
    for kind, names in used.items():
        assert names == set(COMPOSE[kind]), kind
    assert all(s["file"].startswith("./secrets/") for s in COMPOSE["secrets"].values())
    assert "/secrets/" in (ROOT / ".gitignore").read_text("utf-8").split()


def test_nothing_runs_with_a_default_password_or_more_rights_than_it_needs():
    for name, service in SERVICES.items():
        for key, value in service.get("environment", {}).items():
            if re.search("PASSWORD|PASSPHRASE|SECRET", key):
                assert key.endswith("_FILE"), f"{name} {key}"
                assert value.startswith("/run/secrets/")
            assert not re.search(r"://[^/@]*:[^/@]*@", str(value)), f"{name} {key} has a password in it"
        # what must be said has no default: a name left out stops everything
        for variable in re.findall(r"\$\{([^}]*)\}", " ".join(words(service))):
            assert re.fullmatch(r"[A-Z_]+:\?.+", variable), variable
        assert "no-new-privileges:true" in service["security_opt"]
        assert not {"privileged", "cap_add", "user", "pid", "network_mode"} & set(service)
        assert service.get("ports", []) == (["9093:9093"] if name == "broker" else [])
        assert "max-size" in service["logging"]["options"]
        assert "healthcheck" in service or service["restart"] == "no"
    assert COMPOSE["networks"]["inside"]["internal"] is True
    assert [n for n in OURS if "inside" not in SERVICES[n]["networks"]] == []
    assert {n for n in SERVICES if set(SERVICES[n]["networks"]) - {"inside"}} == {"broker", "scheduler"}
    for name in OURS:
        assert SERVICES[name]["read_only"] is True
        assert SERVICES[name]["cap_drop"] == ["ALL"]


def commands() -> dict[str, Any]:
    found: dict[str, Any] = {}

    def below(name: str, command: Any) -> None:
        if isinstance(command, TyperGroup):
            for inner in command.commands.values():
                below(f"{name} {inner.name}".strip(), inner)
        else:
            found[name] = {option for parameter in command.params for option in parameter.opts}

    below("", typer.main.get_command(app))
    return found


def calls() -> Iterator[tuple[str, list[str]]]:
    """Each `gongze …` of the file and of the scripts."""
    for name in OURS:
        command = SERVICES[name]["command"]
        if command[0] == "gongze":
            yield name, command[1:]
        health = SERVICES[name].get("healthcheck", {"test": []})["test"]
        if "gongze" in health:
            yield name, health[health.index("gongze") + 1 :]
    yield "initialise", ["init", *(o for o in SERVICES["initialise"]["command"] if o.startswith("--"))]
    for script in (ROOT / "deploy").glob("*.sh"):
        code = re.sub(r"^\s*#.*$|\\\n", "", script.read_text("utf-8"), flags=re.M)
        for call in re.findall(r"(?:^\s*as_admin|(?<![\w/.:@])gongze) ([a-z][^\n|;]*)", code, re.M):
            yield script.name, re.sub(r'2?>.*|"\$@"', "", call).split()


def test_every_command_and_setting_there_is_one_of_ours():
    known = commands()
    made = [(where, call) for where, call in calls() if "$" not in call[0]]
    assert len(made) > 8
    for where, call in made:
        name = next((" ".join(call[:n]) for n in (2, 1) if " ".join(call[:n]) in known), None)
        assert name is not None, f"{where}: gongze {call}"
        options = {word for word in call if word.startswith("--")}
        assert options <= known[name], f"{where}: gongze {name} {options - known[name]}"
    texts = [(ROOT / "docker-compose.yml"), ROOT / "Dockerfile", *(ROOT / "deploy").glob("*.sh")]
    settings = set(re.findall(r"GONGZE_[A-Z_]+", "\n".join(path.read_text("utf-8") for path in texts)))
    assert settings <= set(KNOWN), settings - set(KNOWN)


def test_the_scripts_are_told_all_that_they_ask_for():
    asked = {
        "broker": "broker.sh", "initialise": "initialise.sh",
    }  # fmt: skip
    given = dict(re.findall(r"(BROKER_[A-Z_]+)=(\S+)", DOCKERFILE))
    for service, script in asked.items():
        text = (ROOT / "deploy" / script).read_text("utf-8")
        needed = set(re.findall(r"\$\{([A-Z_]+):\?", text))
        assert needed
        assert needed <= set(SERVICES[service]["environment"]) | set(given), service
    for path in (ROOT / "deploy").glob("*.sh"):
        assert os.access(path, os.X_OK), path
        subprocess.run(["/bin/bash", "-n", str(path)], check=True)


# --- the images ---------------------------------------------------------------------------------------------


def test_the_images_stand_on_exact_versions_and_run_as_nobody():
    bases = re.findall(r"^FROM (\S+) AS (\w+)$", DOCKERFILE, re.M)
    images = [base for base, _ in bases] + [s["image"] for s in SERVICES.values() if "build" not in s]
    assert len(images) > 4
    for image in images:
        assert re.search(r":\d+\.\d+(\.\d+)?[\w.-]*(@sha256:[0-9a-f]{64})?$", image), image
    stages = {stage for _, stage in bases}
    for service in SERVICES.values():
        if "build" in service:
            stage = service["build"]["target"]
            assert stage in stages
            text = re.search(rf"AS {stage}\n(.*?)(?=^FROM |\Z)", DOCKERFILE, re.M | re.S)
            assert text is not None
            users = re.findall(r"^USER (\w+)$", text[1], re.M)
            assert users == [stage]
            assert not re.search(r"^(RUN|COPY)", text[1].rpartition("USER ")[2], re.M)
    assert "--require-hashes" in DOCKERFILE


def copied() -> Iterator[tuple[list[str], str]]:
    """Sources and target of each COPY from the checkout."""
    for line_ in re.findall(r"^COPY (?!--from)(.+)$", DOCKERFILE, re.M):
        *sources, target = line_.split()
        yield sources, target


def test_what_is_copied_is_there_and_is_let_in_and_is_all_that_the_program_needs(tmp_path: Path):
    let_in = {one[1:] for one in (ROOT / ".dockerignore").read_text("utf-8").split() if one.startswith("!")}
    sources = {source for some, _ in copied() for source in some}
    assert sources == let_in
    for some, target in copied():
        for source in some:
            assert (ROOT / source).exists(), source
            if target.startswith("/opt/gongze/app/") and (ROOT / source).is_dir():
                shutil.copytree(
                    ROOT / source, tmp_path / Path(target).name, ignore=shutil.ignore_patterns("__pycache__")
                )
    packages = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["setuptools"]["packages"][
        "find"
    ]["include"]
    assert {p.name for p in tmp_path.iterdir()} == {name for name in packages if "*" not in name}
    # the program as it lies in the image, away from this checkout: packs, schemas and sample come along
    script = "import gongze, json, sys; from gongze.cli import main; print(gongze.__file__, file=sys.stderr); sys.argv[0] = 'gongze'; main()"
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGZE_")}
    for arguments in (["init", "--demo-keys", "keys"], ["rules", "check"], ["schema", "show"]):
        ran = subprocess.run(
            [sys.executable, "-c", script, *arguments], cwd=tmp_path, env={**environment, "PYTHONPATH": str(tmp_path)},
            capture_output=True, timeout=120,
        )  # fmt: skip
        assert ran.returncode == 0, ran.stderr.decode()
        assert str(tmp_path / "gongze") in ran.stderr.decode()


# --- the same as plain processes ----------------------------------------------------------------------------


def test_the_databases_password_reaches_libpq_through_a_file_alone(tmp_path: Path):
    """A colon and a backslash are written with a backslash before them (libpq, the password file)."""
    password = tmp_path / "password"
    password.write_text("a:b\\c\nsecond line\n")
    show = 'stat -c %a "$PGPASSFILE"; cat "$PGPASSFILE"; env | grep -c "a:b" || true'
    for _ in range(2):
        ran = subprocess.run(
            [str(ROOT / "deploy/enter.sh"), "/bin/bash", "-c", show],
            env={"PATH": os.environ["PATH"], "TMPDIR": str(tmp_path), "DATABASE_PASSWORD_FILE": str(password)},
            capture_output=True, check=True,
        )  # fmt: skip
        assert ran.stdout.decode().splitlines() == ["600", "*:*:*:*:a\\:b\\\\c", "0"]
    (folder,) = (one for one in tmp_path.iterdir() if one.is_dir())
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(list(folder.iterdir())) == 1  # however often something was started


@pytest.mark.parametrize("password", ["", "short", 'sixteen letters"; evil', "admin-admin-adm\\"])
def test_a_broker_does_not_start_with_a_password_that_can_be_guessed_or_breaks_out_of_its_quotes(
    tmp_path, password
):
    (tmp_path / "password").write_text(password)
    environment = dict.fromkeys(
        re.findall(r"\$\{(BROKER_[A-Z_]+):\?", (ROOT / "deploy/broker.sh").read_text("utf-8")), "x"
    )
    environment |= {
        "BROKER_ADMIN_PASSWORD_FILE": str(tmp_path / "password"),
        "BROKER_DATA": str(tmp_path / "data"),
    }
    ran = subprocess.run(
        [str(ROOT / "deploy/broker.sh")], env={"PATH": os.environ["PATH"], **environment}, capture_output=True
    )
    assert ran.returncode == 2
    assert "口令" in ran.stderr.decode()
    assert not (tmp_path / "data").exists()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Path]:
    """The folder of a whole exchange; whatever became of it, nothing of it goes on running."""
    folder = tmp_path / "up"
    yield folder
    down(folder)
    place = folder / "postgres"
    if place.exists():
        shutil.rmtree(place.read_text().strip())


def down(folder: Path) -> None:
    subprocess.run([str(ROOT / "deploy/up.sh"), "down", str(folder)], check=True, stdout=subprocess.DEVNULL)


def start(folder: Path, ports: list[int]) -> None:
    names = ("POSTGRES_PORT", "BROKER_PORT", "BROKER_CONTROLLER_PORT")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GONGZE_")}
    ran = subprocess.run(
        [str(ROOT / "deploy/up.sh"), "up", str(folder)], capture_output=True, timeout=400,
        env=environment | dict(zip(names, map(str, ports), strict=True)),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout.decode()[-2000:] + ran.stderr.decode()[-2000:]


def published(settings: dict[str, str], topic: str) -> list[tuple[str, int]]:
    """Stream and position of what lies on a topic, as the ledger's own user reads it."""
    consumer = KafkaConsumer(
        bootstrap_servers=settings["GONGZE_KAFKA_BOOTSTRAP"], security_protocol="SASL_SSL", sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="gongze", sasl_plain_password=Path(settings["GONGZE_KAFKA_PASSWORD_FILE"]).read_text().strip(),
        ssl_cafile=settings["GONGZE_KAFKA_CA_FILE"], isolation_level="read_committed", group_id=None, enable_auto_commit=False,
    )  # fmt: skip
    partition = TopicPartition(topic, 0)
    found = []
    try:
        end = consumer.end_offsets([partition])[partition]
        consumer.assign([partition])
        consumer.seek_to_beginning(partition)
        while consumer.position(partition) < end:
            for one in consumer.poll(timeout_ms=500).get(partition, ()):
                found.append((one.key.decode(), opening.read_leaf(dict(one.headers)["R"]).index))
    finally:
        consumer.close(autocommit=False)
    return found


@pytest.mark.postgres
def test_the_whole_exchange_comes_up_publishes_goes_down_and_comes_up_again(up: Path, tmp_path: Path):
    ports = _free_ports(3)
    start(up, ports)
    settings = dict(
        one.removeprefix("export ").split("=", 1) for one in (up / "environment").read_text().splitlines()
    )
    secrets = [(up / "secrets" / name).read_text().strip() for name in ("database", "broker-admin", "gongze")]
    assert len(set(secrets)) == 3
    told = "".join(path.read_text("utf-8", "replace") for path in up.glob("*.log")) + json.dumps(settings)
    assert not [secret for secret in secrets if secret in told]
    processes = {
        name: int((up / f"{name}.pid").read_text())
        for name in ("postgres", "broker", "publish", "consume", "schedule")
    }
    arguments = " ".join(Path(f"/proc/{pid}/cmdline").read_text() for pid in processes.values())
    assert not [secret for secret in secrets if secret in arguments]
    # the database's password as a process of the topology gets it
    (tmp_path / "pgpass").write_text(f"*:*:*:*:{secrets[0]}\n")
    (tmp_path / "pgpass").chmod(0o600)
    settings.pop("DATABASE_PASSWORD_FILE")
    desk = Desk(tmp_path, {**settings, "PGPASSFILE": str(tmp_path / "pgpass")})
    script = desk.script([line("CaseFiled", "nr.lhasa", "2026-03-02", FILING)])
    made = desk.ask("replay", script, "--keys", up / "keys")["accepted"][0]
    case = ("case/拉自然资执〔2025〕81号", made["index"])
    until(lambda: case in published(settings, "gongze.540100.nr"), 120)
    down(up)
    assert not [pid for pid in processes.values() if Path(f"/proc/{pid}").exists()]
    start(up, ports)  # nothing was lost, and nothing is there twice
    assert published(settings, "gongze.540100.nr").count(case) == 1
    assert desk.ask("verify")["ok"]
