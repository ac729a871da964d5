"""Titles as Turkish people sort and type them: ç after c, and "caydanlik" finds "Çaydanlık"."""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import models
from django.db.models import Func, Value
from django.db.models.functions import Collate
from django.http import HttpRequest
from unfold.views import ChangeList

from crm import api as crm

# Postgres out of the wheel knows no collation but those of its C library: each letter becomes one that stands in its
# place among the bytes, digits and signs before them.
_LETTERS = "abcçdefgğhıijklmnoöpqrsştuüvwxyz", "ABCÇDEFGĞHIİJKLMNOÖPQRSŞTUÜVWXYZ"
_PLACES = "".join(chr(ord("A") + place) for place in range(32))
_MARKED = {"â": "a", "á": "a", "à": "a", "ä": "a", "é": "e", "è": "e", "ê": "e", "î": "i", "ñ": "n", "û": "u"}
_FROM = "".join([*_LETTERS, *_MARKED, *(letter.upper() for letter in _MARKED)])
_TO = _PLACES * 2 + "".join(_PLACES[_LETTERS[0].index(letter)] for letter in _MARKED.values()) * 2
# What crm.fold makes of a column. Letters without a mark of their own first: no database locale has a say in them.
_FOLDED = r"""regexp_replace(regexp_replace(lower(
    normalize(translate({}, 'ıİIøØđĐłŁ', 'iiiooddll'), NFKD)
), '[\u0300-\u036f]', '', 'g'), '[^a-z0-9]+', ' ', 'g')"""


@models.CharField.register_lookup
class Folded(models.Lookup):
    """`title__folded="caydanlik"`: has these letters, whatever their case, dots, hooks and hats."""

    lookup_name = "folded"

    def get_prep_lookup(self) -> str:
        return crm.fold(str(self.rhs))

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        if not self.rhs:
            raise EmptyResultSet  # "–" is in no title, not in all of them
        column, params = self.process_lhs(compiler, connection)
        return f"{_FOLDED.format(column)} LIKE %s", (*params, f"%{self.rhs}%")


class TurkishOrder(ChangeList):
    """A list whose title is sorted by the Turkish alphabet, as Oscar's titles are Turkish."""

    def get_ordering(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> list[Any]:
        return [_by_alphabet(part) for part in super().get_ordering(request, queryset)]


def _by_alphabet(part: Any) -> Any:
    if part not in ("title", "-title"):
        return part
    title = Collate(Func("title", Value(_FROM), Value(_TO), function="translate"), "C")
    return title.desc() if part.startswith("-") else title.asc()
