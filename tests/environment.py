"""Read before Django's settings are (`-p tests.environment` in pyproject.toml): the suite has services of its own."""

import os

from config import translations

os.environ["ESNAF_VAR"] = os.environ.get("ESNAF_TEST_VAR", "var/test")
os.environ["ESNAF_THROWAWAY"] = "1"
os.environ["PAGE_CACHE_SECONDS"] = "0"  # a test changes the shop and looks at once
# Empty, not absent: a developer's .env must not send the suite to a real database.
for _name in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL"):
    os.environ[_name] = ""

translations.compile_catalogue()
