"""`make bench [ONLY=name]`: each benchmark in a process and with services of its own."""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def names() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.py") if not path.stem.startswith("_"))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=names())
    chosen = parser.parse_args().only
    environment = {
        **os.environ,
        "ESNAF_VAR": os.environ.get("ESNAF_BENCH_VAR", "var/bench/services"),
        "ESNAF_THROWAWAY": "1",
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "EMAIL_URL": "",
    }
    failed = []
    for name in [chosen] if chosen else names():
        print(f"\n--- {name}", flush=True)
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"], cwd=HERE.parent, env=environment, check=False
        )
        if done.returncode:
            failed.append(name)
    if failed:
        print(f"did not finish: {', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
