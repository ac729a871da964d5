"""As much of our shop's tables as a page of cards needs; they are the shop's, nothing here makes or changes them."""

from django.db import models


class Category(models.Model):
    name = models.CharField(max_length=255)

    class Meta:
        managed = False
        db_table = "catalogue_category"

    def __str__(self) -> str:
        return self.name


class Product(models.Model):
    title = models.CharField(max_length=255)
    slug = models.CharField(max_length=255)

    class Meta:
        managed = False
        db_table = "catalogue_product"

    def __str__(self) -> str:
        return self.title


class Price(models.Model):
    product = models.ForeignKey(Product, models.DO_NOTHING, related_name="prices")
    price = models.DecimalField(max_digits=12, decimal_places=2)
    num_in_stock = models.IntegerField(null=True)

    class Meta:
        managed = False
        db_table = "partner_stockrecord"

    def __str__(self) -> str:
        return str(self.price)


class Picture(models.Model):
    product = models.ForeignKey(Product, models.DO_NOTHING, related_name="pictures")
    original = models.CharField(max_length=255)

    class Meta:
        managed = False
        db_table = "catalogue_productimage"

    def __str__(self) -> str:
        return self.original
