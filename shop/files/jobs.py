"""A file from its upload to its report: looked at (nothing is written), confirmed, written in portions, reported.

A portion – some products with their variants – is one transaction, which also moves the file's `done` on. A crash stops
between two portions: whoever runs the file next, by beat or by hand, goes on behind the last one. An import that runs
for minutes thus holds no order up for longer than a portion, and two of them take turns.
"""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import IO, Any

from django.conf import settings
from django.core.files.base import File
from django.db import connection, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from crm import api as crm
from shop.files import own, shopify
from shop.files.categories import Categories
from shop.files.items import Item
from shop.files.pictures import Pictures
from shop.files.planning import CHANGED, CREATED, REFUSED, SAME, Outline, Plan, plan_items
from shop.files.reading import BrokenFile, Sheet, look_at, read_rows
from shop.files.writing import lock_records, write_plans
from shop.index.refresh import count_words, refresh_index
from shop.models import CatalogueFile, CatalogueProblem
from shop.oscar import Product

PORTION = 200
PREVIEW = 100
LARGEST_FILE = 100 * 1024 * 1024
LARGEST_ZIP = 500 * 1024 * 1024
# After this long without a move, whoever had the file is taken to be gone.
STUCK = timedelta(minutes=2)
IMPORTED = "shop.catalogue.imported"
_ONE_AT_A_TIME = 0x66696C65

State = CatalogueFile.State
# Called with how many products have been gone through, of how many.
Progress = Callable[[int, int], None]


class HasMoved(Exception):
    """The file is not in the state that the step needs: somebody has taken it already."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


def take_file(
    file: File,
    *,
    pictures: File | None,
    language: str,
    report_language: str,
    currency: str,
    actor: crm.Actor,
    now: datetime,
) -> CatalogueFile:
    """Keep an upload, to be looked at."""
    taken = CatalogueFile(
        name=crm.clean_line(file.name or "")[:200] or "products.csv",
        language=language,
        report_language=report_language,
        currency=currency,
        actor=str(actor),
        uploaded_at=now,
        moved_at=now,
    )
    taken.file.save("products.csv", file, save=False)
    if pictures is not None:
        taken.pictures.save("pictures.zip", pictures, save=False)
    taken.save()
    return taken


def check_file(file_id: int, *, now: Callable[[], datetime], progress: Progress = lambda done, total: None) -> None:
    """Find out what a file would do. Writes nothing but its own preview and problems; again if it is asked again."""
    taken = CatalogueFile.objects.get(pk=file_id)
    if taken.state != State.UPLOADED:
        return
    with override(taken.report_language):
        try:
            with _opened(taken) as (file, pictures):
                checked = _look_through(taken, file, pictures, now, progress)
        except BrokenFile as error:
            CatalogueFile.objects.filter(pk=file_id, state=State.UPLOADED).update(
                state=State.BROKEN, error=str(error), moved_at=now(), finished_at=now()
            )
            return
    with transaction.atomic():
        current = CatalogueFile.objects.select_for_update().get(pk=file_id)
        if current.state != State.UPLOADED:
            return
        current.problems.all().delete()
        CatalogueProblem.objects.bulk_create(checked.problems, batch_size=1000)
        for name in (CREATED, CHANGED, SAME, REFUSED):
            setattr(current, name, checked.counts[name])
        current.form, current.total, current.preview = checked.form, checked.total, checked.preview
        current.state, current.moved_at, current.done = State.CHECKED, now(), 0
        current.save()


@transaction.atomic
def confirm_file(file_id: int, *, actor: crm.Actor, now: datetime) -> CatalogueFile:
    """Let a file be written that was looked at.

    :raises HasMoved: if it was confirmed or dropped before
    """
    taken = _locked(file_id, State.CHECKED)
    taken.state, taken.moved_at, taken.done, taken.actor = State.RUNNING, now, 0, str(actor)
    taken.created = taken.changed = taken.same = taken.refused = 0
    taken.save()
    # They are found again, against the catalogue as it is then.
    taken.problems.all().delete()
    return taken


@transaction.atomic
def drop_file(file_id: int, *, now: datetime) -> None:
    """Forget a file, or stop writing it: what is written by then stays, as a whole number of portions.

    :raises HasMoved: if it has come to its end
    """
    taken = _locked(file_id, State.UPLOADED, State.CHECKED, State.RUNNING)
    taken.state, taken.moved_at, taken.finished_at = State.DROPPED, now, now
    taken.save()


def run_file(file_id: int, *, now: Callable[[], datetime], progress: Progress = lambda done, total: None) -> None:
    """Write a confirmed file from where it stands to its end. Two at once do each portion once, between them."""
    taken = CatalogueFile.objects.get(pk=file_id)
    if taken.state != State.RUNNING:
        return
    with override(taken.report_language):
        try:
            with _opened(taken) as (file, pictures):
                sheet = look_at(file)
                outline = _outline(file, sheet, taken)
                position = 0
                for portion in _portions(file, sheet, taken):
                    if not _write_portion(file_id, portion, position, outline, pictures, now):
                        return
                    position += len(portion)
                    progress(position, outline.rows)
        except BrokenFile as error:
            CatalogueFile.objects.filter(pk=file_id).update(state=State.BROKEN, error=str(error), finished_at=now())
            return
    refresh_index()
    count_words()  # with them, the first search already weighs what is new
    _finish(file_id, now())


def due_files(*, now: datetime) -> list[CatalogueFile]:
    """Files that wait for a worker, or whose worker is gone."""
    return list(
        CatalogueFile.objects.filter(state__in=(State.UPLOADED, State.RUNNING), moved_at__lt=now - STUCK).order_by("pk")
    )


# --- Parts ----------------------------------------------------------------------------------------------------------


class _Checked:
    def __init__(self) -> None:
        self.counts = dict.fromkeys((CREATED, CHANGED, SAME, REFUSED), 0)
        self.preview: list[dict[str, Any]] = []
        self.problems: list[CatalogueProblem] = []
        self.form = ""
        self.total = 0

    def note(self, plan: Plan) -> None:
        outcome = plan.outcome
        self.counts[outcome] += 1
        if outcome in (CREATED, CHANGED) and len(self.preview) < PREVIEW:
            self.preview.append(_preview_of(plan))


def _look_through(
    taken: CatalogueFile, file: IO[bytes], pictures: Pictures, now: Callable[[], datetime], progress: Progress
) -> _Checked:
    checked = _Checked()
    sheet = look_at(file)
    checked.form = _form_of(sheet)
    outline = _outline(file, sheet, taken)
    checked.total = outline.rows
    categories, zeros = Categories(), _eaten_zeros()
    done = 0
    for portion in _portions(file, sheet, taken):
        for plan in plan_items(portion, outline, categories=categories, pictures=pictures, zeros=zeros):
            checked.note(plan)
        checked.problems.extend(_problems_of(taken, portion))
        done += len(portion)
        # Only while it is looked at: a second look that comes late must not touch the counting of the writing.
        looked_at = CatalogueFile.objects.filter(pk=taken.pk, state=State.UPLOADED)
        looked_at.update(total=outline.rows, done=done, moved_at=now())
        progress(done, outline.rows)
    return checked


@transaction.atomic
def _write_portion(
    file_id: int,
    portion: list[Item],
    position: int,
    outline: Outline,
    pictures: Pictures,
    now: Callable[[], datetime],
) -> bool:
    """False: the file is not to be written any more."""
    taken = CatalogueFile.objects.select_for_update().get(pk=file_id)
    if taken.state != State.RUNNING:
        return False
    if taken.done > position:
        # Somebody has been here; what was announced there is in the catalogue by now.
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
    lock_records([item.sku for item in portion])
    categories = Categories()
    plans = plan_items(portion, outline, categories=categories, pictures=pictures, zeros=_eaten_zeros())
    write_plans(plans, categories=categories, pictures=pictures, language=taken.language, now=now())
    for plan in plans:
        setattr(taken, plan.outcome, getattr(taken, plan.outcome) + 1)
    CatalogueProblem.objects.bulk_create(_problems_of(taken, portion), batch_size=1000)
    taken.total, taken.done, taken.moved_at = outline.rows, position + len(portion), now()
    taken.save()
    return True


@transaction.atomic
def _finish(file_id: int, now: datetime) -> None:
    taken = CatalogueFile.objects.select_for_update().get(pk=file_id)
    if taken.state != State.RUNNING:
        return
    taken.state, taken.moved_at, taken.finished_at = State.DONE, now, now
    taken.save()
    kind, _colon, who = taken.actor.partition(":")
    crm.record(
        IMPORTED,
        customer_id=None,
        actor=crm.Actor(kind, who),
        now=now,
        subject=f"shop.catalogue_file:{taken.pk}",
        data={name: getattr(taken, name) for name in (CREATED, CHANGED, SAME, REFUSED)},
    )


def _locked(file_id: int, *states: str) -> CatalogueFile:
    taken = CatalogueFile.objects.select_for_update().get(pk=file_id)
    if taken.state not in states:
        raise HasMoved(taken.get_state_display())
    return taken


@contextmanager
def _opened(taken: CatalogueFile) -> Iterator[tuple[IO[bytes], Pictures]]:
    try:
        file = taken.file.open("rb")
        pictures = Pictures(taken.pictures.open("rb")) if taken.pictures else Pictures()
    except FileNotFoundError as error:
        raise BrokenFile(_("The file is not here any more. Upload it again.")) from error
    except zipfile.BadZipFile as error:
        raise BrokenFile(_("The pictures are no ZIP file.")) from error
    with file:
        yield file, pictures


def _form_of(sheet: Sheet) -> str:
    if shopify.is_shopify(sheet):
        return str(CatalogueFile.Form.SHOPIFY)
    own.check_columns(sheet)
    return str(CatalogueFile.Form.OWN)


def _items(file: IO[bytes], sheet: Sheet, taken: CatalogueFile) -> Iterator[Item]:
    rows = read_rows(file, sheet)
    if _form_of(sheet) == CatalogueFile.Form.SHOPIFY:
        currency = taken.currency or settings.OSCAR_DEFAULT_CURRENCY
        yield from shopify.read_items(rows, sheet, language=taken.language, currency=currency)
    else:
        yield from own.read_items(rows, sheet)


def _outline(file: IO[bytes], sheet: Sheet, taken: CatalogueFile) -> Outline:
    """The file once through, for what stands twice and who has variants."""
    outline = Outline()
    for item in _items(file, sheet, taken):
        outline.rows += 1
        outline.first_line.setdefault(item.sku, item.line)
        if item.parent_sku:
            outline.parents.add(item.parent_sku)
    return outline


def _portions(file: IO[bytes], sheet: Sheet, taken: CatalogueFile) -> Iterator[list[Item]]:
    """About PORTION items; a product is not parted from the variants that follow it."""
    portion: list[Item] = []
    for item in _items(file, sheet, taken):
        if len(portion) >= PORTION and not item.parent_sku:
            yield portion
            portion = []
        portion.append(item)
    if portion:
        yield portion


def _problems_of(taken: CatalogueFile, items: list[Item]) -> list[CatalogueProblem]:
    return [
        CatalogueProblem(
            file=taken,
            line=problem.line,
            sku=problem.sku[:64],
            field=problem.field[:60],
            reason=problem.reason,
            is_refusal=problem.is_refusal,
        )
        for item in items
        for problem in item.problems
    ]


def _eaten_zeros() -> dict[str, str]:
    skus = Product.objects.filter(upc__startswith="0").values_list("upc", flat=True)
    return {sku.lstrip("0"): sku for sku in skus if sku.lstrip("0")}


def _preview_of(plan: Plan) -> dict[str, Any]:
    item = plan.item
    order = [settings.LANGUAGE_CODE, *plan.texts, *item.words]
    titles = [item.words[code].title for code in order if code in item.words and item.words[code].title]
    return {
        "line": item.line,
        "sku": item.sku,
        "title": titles[0] if titles else (plan.product.title if plan.product else ""),
        "outcome": plan.outcome,
        "changes": [[change.field, change.old, change.new] for change in plan.changes],
    }
