"""Categories by the names on their way from the top, in any language; made where a file names new ones."""

from collections import defaultdict
from typing import Any

from crm import api as crm
from shop.catalogue.editing import slug_of
from shop.models import CategoryText
from shop.oscar import Category


class Categories:
    """The tree as it stands, looked up by folded names. `#12` is the category with that number."""

    def __init__(self) -> None:
        rows = list(Category.objects.order_by("path").values_list("pk", "path", "name"))
        self._names = {pk: name for pk, _path, name in rows}
        names: dict[int, set[str]] = defaultdict(set)
        for pk, _path, name in rows:
            names[pk].add(crm.fold(name))
        for pk, title in CategoryText.objects.values_list("category_id", "title"):
            names[pk].add(crm.fold(title))
        by_path = {path: pk for pk, path, _name in rows}
        self._parents = {pk: by_path.get(path[: -Category.steplen]) for pk, path, _name in rows}
        self._children: dict[tuple[int | None, str], int] = {}
        for pk, _path, _name in rows:
            for name in names[pk]:
                self._children.setdefault((self._parents[pk], name), pk)

    def find(self, path: list[str]) -> int | None:
        """The category's key, or None where there is none."""
        if path[0].startswith("#") and path[0][1:].isdecimal() and len(path[0]) < 10:
            pk = int(path[0][1:])
            return pk if pk in self._names else None
        found: int | None = None
        for name in path:
            found = self._children.get((found, crm.fold(name)))
            if found is None:
                return None
        return found

    def name_of(self, pk: int) -> str:
        return self._names.get(pk, f"#{pk}")

    def path_of(self, pk: int) -> str:
        """As a file has it; by its number where a name would be taken for something else."""
        names: list[str] = []
        at: int | None = pk
        while at is not None:
            names.insert(0, self._names[at])
            at = self._parents.get(at)
        is_plain = all(not set(name) & set(">|\n") and not name.startswith("#") for name in names)
        text = " > ".join(names)
        return text if is_plain and self.find(names) == pk else f"#{pk}"

    def ensure(self, path: list[str], *, language: str) -> int:
        """The category's key; what is missing of its way is made, called so in `language`."""
        found: int | None = None
        known = self.find(path)
        if known is not None:
            return known
        for name in path:
            key = (found, crm.fold(name))
            if key not in self._children:
                self._children[key] = self._make(found, name, language)
            found = self._children[key]
        assert found is not None  # noqa: S101
        return found

    def _make(self, parent: int | None, name: str, language: str) -> int:
        fields = {"name": name, "slug": slug_of(name)}
        made: Any = (
            Category.objects.add_root(fields)
            if parent is None
            else Category.objects.add_child(Category.objects.get(pk=parent), fields)
        )
        CategoryText.objects.create(category=made, language=language, title=name, slug=slug_of(name))
        self._names[made.pk], self._parents[made.pk] = name, parent
        return int(made.pk)
