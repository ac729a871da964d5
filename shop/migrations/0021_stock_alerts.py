import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0032_category_exclude_from_menu_category_long_description'),
        ('crm', '0002_interaction'),
        ('shop', '0020_wish_lists'),
    ]

    operations = [
        migrations.CreateModel(
            name='StockAlert',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('email', models.EmailField(max_length=254, verbose_name='e-mail')),
                ('language', models.CharField(choices=[('tr', 'Türkçe'), ('en', 'English')], max_length=8, verbose_name='language')),
                ('asked_at', models.DateTimeField(verbose_name='asked at')),
                ('confirmed_at', models.DateTimeField(blank=True, null=True, verbose_name='confirmed at')),
                ('sent_at', models.DateTimeField(blank=True, null=True, verbose_name='sent at')),
                ('customer', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='crm.customer', verbose_name='customer')),
                ('product', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='stock_alerts', to='catalogue.product', verbose_name='product')),
            ],
            options={
                'verbose_name': 'back-in-stock alert',
                'verbose_name_plural': 'back-in-stock alerts',
            },
        ),
        migrations.AddIndex(
            model_name='stockalert',
            index=models.Index(condition=models.Q(('confirmed_at__isnull', False), ('sent_at', None)), fields=['product', 'confirmed_at'], name='shop_stockalert_waiting'),
        ),
        migrations.AddIndex(
            model_name='stockalert',
            index=models.Index(fields=['product', 'sent_at'], name='shop_stockalert_sent'),
        ),
        migrations.AddConstraint(
            model_name='stockalert',
            constraint=models.UniqueConstraint(condition=models.Q(('sent_at', None)), fields=('product', 'email'), name='one_open_alert_for_each_address'),
        ),
    ]
