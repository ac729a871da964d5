"""Every change of a text is a new revision; what nobody changed stays as it is."""

from datetime import datetime
from typing import Any

import pytest

from crm import api as crm
from knowledgebase import api as knowledgebase
from knowledgebase.articles import recount_words
from knowledgebase.models import Article, Category, Revision, Term, Vote


def count_of(term: str, language: str = "en") -> int:
    return sum(Term.objects.filter(language=language, term=term).values_list("article_count", flat=True))


def test_saving_the_same_text_again_makes_no_revision(db: None, write: Any) -> None:
    first = write("return-it", aliases=("send it back",))
    again = write("return-it", aliases=("send it back",))
    assert first.is_new and not again.is_new
    assert again.revision is None
    assert Revision.objects.count() == 1


def test_a_rewrite_keeps_the_former_text_and_starts_with_a_clean_score(db: None, write: Any, now: datetime) -> None:
    first = write("return-it").revision
    who = crm.Who(None, None)
    knowledgebase.vote_on_article(first.pk, who=who, voter="session:1", is_helpful=False, now=now)
    second = write("return-it", body="Send it back within 30 days.").revision
    article = Article.objects.with_votes().get()
    assert article.current_revision == second
    assert (article.helpful, article.unhelpful) == (0, 0)
    assert Revision.objects.get(pk=first.pk).body == "Send it back within **14 days**."
    assert Vote.objects.count() == 1


def test_a_draft_is_read_by_nobody_until_it_is_published(db: None, write: Any) -> None:
    write("return-it")
    draft = write("return-it", title="Returns, rewritten", publish_text=False).revision
    assert not knowledgebase.search_articles("rewritten", language="en")
    knowledgebase.publish_revision(draft.pk, actor=crm.Actor.staff(1))
    assert [one.title for one in knowledgebase.search_articles("rewritten", language="en")] == ["Returns, rewritten"]


def test_a_revision_refuses_to_be_edited(db: None, write: Any) -> None:
    revision = write("return-it").revision
    with pytest.raises(TypeError):
        Revision.objects.filter(pk=revision.pk).update(body="something else")
    assert Revision.objects.get().body == revision.body


def test_words_are_counted_once_an_article_and_follow_its_text(db: None, write: Any) -> None:
    write("one", title="Copper copper pots", body="Copper")
    write("two", title="Copper pans", body="Pans")
    assert (count_of("copper"), count_of("pans"), count_of("")) == (2, 1, 2)
    write("two", title="Linen cloth", body="Linen")
    assert (count_of("copper"), count_of("pans"), count_of("linen"), count_of("")) == (1, 0, 1, 2)


def test_counting_all_words_anew_gives_the_same(demo: knowledgebase.Imported, write: Any) -> None:
    write("one", title="Copper pots")
    write("one", title="Linen")
    write("hidden", is_published=False)
    counted = set(Term.objects.filter(article_count__gt=0).values_list("language", "term", "article_count"))
    recount_words()
    assert set(Term.objects.values_list("language", "term", "article_count")) == counted


@pytest.mark.parametrize(
    "wrong",
    [
        {"reference": ""},
        {"reference": "a/../b"},
        {"reference": "a\x00b"},
        {"language": "de"},
        {"title": "  "},
        {"title": "x" * 301},
        {"body": ""},
        {"body": "x\x00y"},
        {"body": "x" * 50_001},
        {"aliases": ("x" * 501,)},
        {"category": "!!"},
    ],
)
def test_what_cannot_be_an_article_is_refused_and_leaves_nothing(db: None, write: Any, wrong: dict[str, Any]) -> None:
    with pytest.raises(knowledgebase.NotAnArticle):
        write(wrong.pop("reference", "return-it"), category=wrong.pop("category", "returns"), **wrong)
    assert not Article.objects.exists() and not Revision.objects.exists() and not Category.objects.exists()


def test_loading_the_demo_again_changes_nothing(demo: knowledgebase.Imported, now: datetime) -> None:
    again = knowledgebase.load_demo(now=now)
    assert (demo.read, demo.new) == (96, 96)
    assert (again.read, again.new, again.changed) == (96, 0, 0)
    assert Revision.objects.count() == 96
