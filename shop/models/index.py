"""What listings and the search read instead of Oscar's tables; shop/index/ writes it, and nobody else. Only synonyms
are written by people."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, GistIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.utils.translation import gettext_lazy as _


class ListedProduct(models.Model):
    """A product with a page of its own, as lists show it in one language. Keys are Oscar's, without a constraint: the
    product may be gone a moment before its row here is."""

    product_id = models.BigIntegerField()
    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    title = models.CharField(max_length=255)
    slug = models.CharField(max_length=255)
    picture = models.CharField(max_length=255, blank=True)
    # The lowest price of what can be bought now, else of all variants; NULL where nothing is sold.
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    price_before = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    currency = models.CharField(max_length=12)
    has_options = models.BooleanField()
    price_varies = models.BooleanField()
    is_available = models.BooleanField()
    brand = models.CharField(max_length=80, blank=True)
    rating = models.DecimalField(max_digits=3, decimal_places=2, null=True)
    review_count = models.IntegerField(default=0)
    # "Material\x1fCopper": what the listing can be narrowed by.
    facts = ArrayField(models.CharField(max_length=200), default=list)
    # The public categories it is in, and those above them.
    categories = ArrayField(models.BigIntegerField(), default=list)
    score = models.FloatField(default=0)
    # Folded words: of the title (A), of all else that is known of it (B); of the other language (C, D).
    words = SearchVectorField()
    # The version of the index in which this row was written: what its page is made of stays the same until the next.
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product_id", "language"], name="a_product_is_listed_once")]
        indexes = [
            GinIndex(fields=["words"], name="shop_listedproduct_words"),
        ]

    def __str__(self) -> str:
        return self.title


class ProductPlace(models.Model):
    """Where a product stands in a category's listing, by each order; category 0 is the whole shop.

    An index for each order: the first page of 40,000 products costs what the first page of 40 does.
    """

    category_id = models.BigIntegerField()
    product_id = models.BigIntegerField()
    score = models.FloatField()
    priority = models.SmallIntegerField()
    price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["category_id", "product_id"], name="a_product_has_one_place")]
        indexes = [
            models.Index(
                "category_id", models.F("score").desc(), models.F("priority").desc(), "product_id", name="place_popular"
            ),
            models.Index(fields=["category_id", "-created_at", "-product_id"], name="place_new"),
            models.Index(fields=["category_id", "price", "product_id"], name="place_cheap"),
            models.Index("category_id", models.F("price").desc(nulls_last=True), "product_id", name="place_dear"),
            models.Index(fields=["product_id"], name="place_product"),
        ]

    def __str__(self) -> str:
        return f"{self.product_id} in {self.category_id}"


class SearchWord(models.Model):
    """A word that products are described with, folded; `shown` is how it was written, `products` how many have it.
    `kind` is the least of what it is in one of them."""

    class Kind(models.IntegerChoices):
        OWN = 0, "of this language"
        FOREIGN = 1, "of the other language"
        NAME = 2, "of a brand"

    language = models.CharField(max_length=8, choices=settings.LANGUAGES)
    word = models.CharField(max_length=60, db_collation="C")
    shown = models.CharField(max_length=60)
    products = models.IntegerField(default=0)
    kind = models.SmallIntegerField(choices=Kind.choices, default=Kind.OWN)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["language", "word"], name="a_word_is_known_once")]
        indexes = [GistIndex(fields=["word"], opclasses=["gist_trgm_ops"], name="shop_searchword_likeness")]

    def __str__(self) -> str:
        return self.shown


class Synonyms(models.Model):
    """A group of words that mean the same to a search in one language. Staff write it: shop/search/synonyms.py."""

    language = models.CharField(_("language"), max_length=8, choices=settings.LANGUAGES)
    words = ArrayField(models.CharField(max_length=60), verbose_name=_("words"))
    folded = models.TextField(editable=False)  # the same by crm.fold, blanks between them

    class Meta:
        verbose_name = _("group of synonyms")
        verbose_name_plural = _("synonyms")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(folded__regex="^[a-z0-9]+( [a-z0-9]+)+$"), name="synonyms_are_two_words_or_more"
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.words)


class StaleProduct(models.Model):
    """A product whose rows above are behind Oscar's tables: written by triggers (migration 0017), in the transaction of
    the change. Product 0 stands for the categories, the help's articles and synonyms, -1 for offers."""

    id = models.BigAutoField(primary_key=True)
    product_id = models.BigIntegerField()

    def __str__(self) -> str:
        return str(self.product_id)


class IndexState(models.Model):
    """One row. `version` grows with each change to the tables above, in its transaction: what was computed of them may
    be kept as long as it stays the same."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)
    # The last version in which an offer changed (migration 0026).
    campaigns_version = models.BigIntegerField(db_default=0)

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(id=1), name="there_is_one_index")]

    def __str__(self) -> str:
        return str(self.version)
