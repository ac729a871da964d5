"""docker-compose.yml and Dockerfile are right as far as that can be known without a Docker engine."""

import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from gunicorn.config import Config

from config.processes import PROCESSES

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, Any] = COMPOSE["services"]
VARIABLES = re.findall(r"(?<!\$)\$\{([A-Z_]+)([^}]*)\}", TEXT)


@pytest.fixture(scope="module")
def schema() -> Any:
    """The official schema (Apache-2.0), as the package check-jsonschema brings it along."""
    package = metadata.distribution("check-jsonschema")
    path = package.locate_file("check_jsonschema/builtin_schemas/vendor/compose-spec.json")
    return json.loads(Path(str(path)).read_text())


def test_it_keeps_to_the_compose_specification(schema: Any) -> None:
    jsonschema.validate(COMPOSE, schema)


@pytest.mark.parametrize(
    "wrong",
    [
        {"services": {"web": {"comand": ["x"]}}},
        {"services": {"web": {"depends_on": {"redis": {"condition": "service_fine"}}}}},
        {"services": {"web": {"healthcheck": {"retries": "often", "test": 3}}}},
        {"service": {}},
    ],
)
def test_the_schema_would_notice(schema: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(wrong, schema)


@pytest.mark.parametrize("name", PROCESSES)
def test_the_processes_run_with_the_very_words_of_make_up(name: str) -> None:
    assert SERVICES[name]["command"] == PROCESSES[name]


def test_the_image_by_itself_runs_the_web_server_with_the_same_words() -> None:
    [words] = re.findall(r"^CMD (\[.*?\])$", (ROOT / "Dockerfile").read_text(), re.DOTALL | re.MULTILINE)
    assert json.loads(words.replace("\\\n", "")) == PROCESSES["web"]


def test_every_variable_is_explained_in_the_example() -> None:
    explained = set(re.findall(r"^#?\s?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name for name, _ in VARIABLES} - explained == set()


def test_no_secret_has_a_default() -> None:
    secrets = [(name, rest) for name, rest in VARIABLES if re.search("PASSWORD|SECRET|EMAIL_URL", name)]
    assert {name for name, _ in secrets} >= {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY", "EMAIL_URL"}
    assert [name for name, rest in secrets if not rest.startswith(":?")] == []
    assert re.findall(r"(?i)password: (?!\$\{)\S+", TEXT) == []


def test_everything_that_stays_up_is_watched_and_restarted() -> None:
    for name in set(SERVICES) - {"migrate"}:
        assert SERVICES[name]["restart"] == "unless-stopped", name
        assert SERVICES[name]["healthcheck"]["test"], name


def test_nothing_starts_before_the_schema_is_there() -> None:
    for name in PROCESSES:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["migrate"]["depends_on"]["postgres"] == {"condition": "service_healthy"}


def test_what_must_last_lies_on_named_volumes() -> None:
    mounts = {mount.partition(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert mounts == set(COMPOSE["volumes"])
    assert "postgres:/var/lib/postgresql" in SERVICES["postgres"]["volumes"]


def test_only_the_web_server_is_reachable_and_only_from_the_machine_itself() -> None:
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["web"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


def test_the_image_does_not_run_as_root_and_takes_no_secrets_in() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    assert "USER esnaf" in lines
    assert len([line for line in lines if line.startswith("FROM")]) == 2
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert not any(".env" in line for line in ignored)


def test_no_header_says_where_the_shop_is_mounted() -> None:
    """gunicorn takes SCRIPT_NAME from a proxy on the same host, and the shop keeps links that were made with it."""
    config = Config()
    for name, value in vars(config.parser().parse_args(PROCESSES["web"][1:])).items():
        if name in config.settings and value is not None:
            config.set(name, value)
    assert config.forwarder_headers == []
    assert Config().forwarder_headers, "so it does matter"


def test_the_image_leaves_the_packages_of_development_out() -> None:
    """The Dockerfile cuts requirements.txt at this line."""
    production, cut, development = (ROOT / "requirements.txt").read_text().partition("make check")
    assert cut
    assert "gunicorn" in production
    assert "pytest" in development
