import django.contrib.postgres.fields
import django.db.models.deletion
import shop.models.reviews
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0032_category_exclude_from_menu_category_long_description'),
        ('crm', '0002_interaction'),
        ('order', '0021_billingaddress_code_shippingaddress_code'),
        ('shop', '0018_price_history'),
    ]

    operations = [
        migrations.CreateModel(
            name='ProductRating',
            fields=[
                ('product', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='buyer_rating', serialize=False, to='catalogue.product', verbose_name='product')),
                ('count', models.PositiveIntegerField(default=0, verbose_name='reviews')),
                ('average', models.DecimalField(decimal_places=2, default=0, max_digits=3, verbose_name='average')),
                ('by_stars', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveIntegerField(), default=shop.models.reviews._no_stars, size=5, verbose_name='by stars')),
            ],
            options={
                'verbose_name': 'rating of a product',
                'verbose_name_plural': 'ratings of products',
            },
        ),
        migrations.CreateModel(
            name='Review',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('author', models.CharField(max_length=60, verbose_name='author')),
                ('language', models.CharField(choices=[('tr', 'Türkçe'), ('en', 'English')], max_length=8, verbose_name='language')),
                ('stars', models.PositiveSmallIntegerField(verbose_name='stars')),
                ('title', models.CharField(blank=True, max_length=120, verbose_name='title')),
                ('text', models.TextField(verbose_name='text')),
                ('state', models.CharField(choices=[('waiting', 'waiting for approval'), ('approved', 'published'), ('refused', 'not published')], default='waiting', max_length=10, verbose_name='state')),
                ('written_at', models.DateTimeField(verbose_name='written at')),
                ('edited_at', models.DateTimeField(blank=True, null=True, verbose_name='edited at')),
                ('decided_at', models.DateTimeField(blank=True, null=True, verbose_name='decided at')),
                ('decided_by', models.CharField(blank=True, max_length=60, verbose_name='decided by')),
                ('refusal', models.TextField(blank=True, verbose_name='why it is not published')),
                ('reply', models.TextField(blank=True, verbose_name='our reply')),
                ('replied_at', models.DateTimeField(blank=True, null=True, verbose_name='replied at')),
                ('replied_by', models.CharField(blank=True, max_length=60, verbose_name='replied by')),
                ('customer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='crm.customer', verbose_name='customer')),
                ('order', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='reviews', to='order.order', verbose_name='order')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='buyer_reviews', to='catalogue.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'review',
                'verbose_name_plural': 'reviews',
            },
        ),
        migrations.CreateModel(
            name='ReviewPhoto',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('file', models.FileField(storage=shop.models.reviews._private, upload_to='reviews/%Y/%m/', verbose_name='file')),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded at')),
                ('review', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='photos', to='shop.review', verbose_name='review')),
            ],
            options={
                'verbose_name': 'photo of a review',
                'verbose_name_plural': 'photos of reviews',
            },
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(condition=models.Q(('state', 'approved')), fields=['product', '-written_at'], name='shop_review_shown'),
        ),
        migrations.AddIndex(
            model_name='review',
            index=models.Index(fields=['state', 'written_at'], name='shop_review_state'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.UniqueConstraint(fields=('product', 'customer'), name='a_customer_reviews_a_product_once'),
        ),
        migrations.AddConstraint(
            model_name='review',
            constraint=models.CheckConstraint(condition=models.Q(('stars__gte', 1), ('stars__lte', 5)), name='a_review_has_one_to_five_stars'),
        ),
    ]
