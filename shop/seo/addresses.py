"""Which pages are to be found, and under which one address each."""

from collections.abc import Callable

from django.conf import settings
from django.utils import translation
from django.utils.http import urlencode

# The pages for everybody. All others say "noindex": a page that is new is private until it stands here.
INDEXED = frozenset(
    {
        "shop:home",
        "catalogue:index",
        "catalogue:category",
        "catalogue:detail",
        "knowledgebase:home",
        "knowledgebase:category",
        "knowledgebase:article",
    }
)


def absolute(path: str) -> str:
    """The whole address of a path of ours; what is whole already stays."""
    return path if path.startswith(("http://", "https://")) else settings.SITE_URL + path


def canonical_path(path: str, *, page: int = 1) -> str:
    """A page without what only sorts, filters, chooses or counts clicks; later pages of a list are their own."""
    return f"{path}?{urlencode({'page': page})}" if page > 1 else path


def in_every_language(path_in: Callable[[str], str]) -> dict[str, str]:
    """What `path_in(language)` answers while that language is the active one, by language."""
    paths = {}
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            paths[language] = path_in(language)
    return paths


def alternates(path: str) -> dict[str, str]:
    """The same page in every language where no words are in its address; a path without a language (the root) has none.

    Only the beginning differs, so nothing is resolved here: this is asked for on every page.
    """
    codes = [code for code, _name in settings.LANGUAGES]
    here = next((code for code in codes if path.startswith(f"/{code}/")), None)
    return {code: f"/{code}{path[len(here) + 1 :]}" for code in codes} if here else {}
