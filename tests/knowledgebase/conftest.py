from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from knowledgebase import api as knowledgebase

Write = Callable[..., knowledgebase.Saved]


@pytest.fixture
def write(now: datetime) -> Write:
    """`write("return-it", title="…")`: an article, published unless said otherwise."""

    def _write(reference: str, **changes: Any) -> knowledgebase.Saved:
        options = {key: changes.pop(key) for key in ("is_published", "publish_text", "comment") if key in changes}
        draft = knowledgebase.Draft(
            reference=reference,
            language=changes.pop("language", "en"),
            title=changes.pop("title", "How do I return something?"),
            body=changes.pop("body", "Send it back within **14 days**."),
            **changes,
        )
        return knowledgebase.save_article(draft, actor=crm.Actor.system("test"), now=now, **options)

    return _write


@pytest.fixture(scope="module")
def demo(shared_db: None, now: datetime) -> knowledgebase.Imported:
    return knowledgebase.load_demo(now=now)
