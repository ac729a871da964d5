"""Read before Django's settings are (`-p tests.environment` in pyproject.toml): the suite has services of its own."""

import os

from config import translations

os.environ["ESNAF_VAR"] = os.environ.get("ESNAF_TEST_VAR", "var/test")
os.environ["ESNAF_THROWAWAY"] = "1"
for _name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
    os.environ.pop(_name, None)

translations.compile_catalogue()
