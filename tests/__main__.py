"""The whole suite in two halves at once, each with services of its own: `make test` on two cores.

A half is a pytest process with its own Postgres and Valkey, so neither can be seen from the other. What the first says
is shown as it comes, the second's when both are done.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SECOND = (
    "tests/benchmarks",
    "tests/config",
    "tests/crm",
    "tests/knowledgebase",
    "tests/shop",
)  # about as long as all the others together


def others() -> list[str]:
    """Every folder of tests that is not in the second half, so that a new one is never forgotten."""
    folders = (
        f"tests/{path.parent.relative_to(ROOT / 'tests').parts[0]}" for path in (ROOT / "tests").rglob("test_*.py")
    )
    return sorted({*folders} - {*SECOND})


def start(paths: list[str], var: str, out: int | None) -> subprocess.Popen[bytes]:
    environment = {**os.environ, "ESNAF_TEST_VAR": var}
    command = [sys.executable, "-m", "pytest", "-o", f"cache_dir={var}/pytest", *paths]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=out)


def main() -> int:
    with tempfile.TemporaryFile() as said:
        second = start([*SECOND], "var/test2", said.fileno())
        try:
            first_code = start(others(), "var/test", None).wait()
            second_code = second.wait()
        except KeyboardInterrupt:
            second.wait()
            return 130
        said.seek(0)
        print(f"\n\n===== {' '.join(SECOND)} =====\n", flush=True)
        sys.stdout.buffer.write(said.read())
        sys.stdout.flush()
    return first_code or second_code


if __name__ == "__main__":
    sys.exit(main())
