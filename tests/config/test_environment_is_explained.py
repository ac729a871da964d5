"""`.env.example` explains every variable that anything reads, and none that nothing reads."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = (ROOT / ".env.example").read_text()
EXPLAINED = re.findall(r"^# ([A-Z_]+)=", EXAMPLE, re.MULTILINE)
# The system's own, and what is passed on to children without meaning anything to a person.
NOT_OURS = {"PATH", "PYTHONUNBUFFERED"}


def read_by_settings() -> set[str]:
    """The names in env.str("NAME"), required("NAME", …) and a loop over names."""
    tree = ast.parse((ROOT / "config" / "settings.py").read_text())
    read = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
            function = ast.unparse(node.func)
            if function == "required" or (function.startswith("env.") and "config" not in function):
                read.add(node.args[0].value)
        elif isinstance(node, ast.For) and "required" in ast.unparse(node):
            read |= {name.value for name in ast.walk(node.iter) if isinstance(name, ast.Constant)}
    return read


def read_around_settings() -> set[str]:
    """The names that the services, `make up` and the suite read straight from the environment."""
    files = [*sorted((ROOT / "config").glob("*.py")), ROOT / "manage.py", ROOT / "tests" / "environment.py"]
    pattern = r"(?:environ|given|environment)(?:\.get|\.setdefault)?[(\[]\"([A-Z_]+)\""
    return {name for path in files for name in re.findall(pattern, path.read_text())} - NOT_OURS


def read_by_compose() -> set[str]:
    return set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", (ROOT / "docker-compose.yml").read_text()))


def test_the_readers_are_found_at_all() -> None:
    assert {"SECRET_KEY", "DEBUG", "DATABASE_URL", "CURRENCY", "MARKETING_QUIET_HOURS"} <= read_by_settings()
    assert {"ESNAF_VAR", "ESNAF_TEST_VAR", "WEB_CONCURRENCY", "EMAIL_URL"} <= read_around_settings()
    assert {"POSTGRES_PASSWORD", "PORT"} <= read_by_compose()


def test_every_variable_that_is_read_is_explained() -> None:
    assert read_by_settings() | read_around_settings() | read_by_compose() == set(EXPLAINED)


def test_none_is_explained_twice() -> None:
    assert len(EXPLAINED) == len(set(EXPLAINED))


@pytest.mark.parametrize("name", EXPLAINED)
def test_each_has_its_line_of_explanation(name: str) -> None:
    [explanation] = re.findall(rf"^# (.+)\n# {name}=", EXAMPLE, re.MULTILINE)
    assert len(explanation) > 15
    assert not re.match("[A-Z_]+=", explanation)
