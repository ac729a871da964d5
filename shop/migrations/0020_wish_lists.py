import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0032_category_exclude_from_menu_category_long_description'),
        ('crm', '0002_interaction'),
        ('shop', '0019_buyer_reviews'),
    ]

    operations = [
        migrations.CreateModel(
            name='WishList',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('share_key', models.CharField(blank=True, max_length=32, null=True, unique=True, verbose_name='key to share')),
                ('shows_name', models.BooleanField(default=False, verbose_name="shows its owner's first name")),
                ('created_at', models.DateTimeField(verbose_name='created at')),
                ('customer', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='crm.customer', verbose_name='customer')),
            ],
            options={
                'verbose_name': 'wish list',
                'verbose_name_plural': 'wish lists',
            },
        ),
        migrations.CreateModel(
            name='Wish',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('added_at', models.DateTimeField(verbose_name='added at')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='catalogue.product', verbose_name='product')),
                ('wish_list', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='wishes', to='shop.wishlist', verbose_name='wish list')),
            ],
            options={
                'verbose_name': 'wish',
                'verbose_name_plural': 'wishes',
            },
        ),
        migrations.AddConstraint(
            model_name='wish',
            constraint=models.UniqueConstraint(fields=('wish_list', 'product'), name='a_product_is_wished_for_once'),
        ),
    ]
