"""What shoppers of the demo shop call its goods besides: shop/demo/synonyms.json."""

import json
from pathlib import Path

from shop.models import Synonyms
from shop.search.synonyms import read_words, save_synonyms

FILE = Path(__file__).with_name("synonyms.json")


def ensure_synonyms() -> int:
    """Add the groups if there are none of anybody's; returns how many."""
    if Synonyms.objects.exists():
        return 0
    groups = [
        save_synonyms(Synonyms(language=language), read_words(text))
        for language, texts in json.loads(FILE.read_text(encoding="utf-8")).items()
        for text in texts
    ]
    return len(groups)
