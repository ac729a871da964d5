"""What the demo's help tells a reader to press or to look for is called so in the shop."""

import json
import re

from config.translations import ROOT, written

# Words to write to us or to think of; no page says them.
NOT_ON_A_PAGE = {"Toptan satış", "Wholesale", "Şikâyet", "Complaint", "kullanılmamış olma"}


def test_each_name_in_quotes_is_a_text_of_the_shop() -> None:
    texts = written(ROOT).values()
    names = {
        "en": {text.singular for text in texts},
        "tr": {turkish for text in texts for turkish in text.turkish},
    }
    lines = (ROOT / "knowledgebase" / "demo" / "articles.jsonl").read_text(encoding="utf-8").splitlines()
    wrong = []
    for article in map(json.loads, lines):
        quoted = set(re.findall("“([^”]*)”", article["body"])) - NOT_ON_A_PAGE
        wrong += [(article["id"], name) for name in quoted - names[article["language"]]]
        assert '"' not in article["body"], f"{article['id']}: the quotes of the pages are “ and ”"
    assert wrong == []
