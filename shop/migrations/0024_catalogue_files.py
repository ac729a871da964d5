import django.db.models.deletion
import shop.models.files
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('shop', '0023_offer_texts'),
    ]

    operations = [
        migrations.CreateModel(
            name='CatalogueFile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='file')),
                ('file', models.FileField(storage=shop.models.files.private, upload_to='catalogue/%Y/%m/', verbose_name='file')),
                ('pictures', models.FileField(blank=True, storage=shop.models.files.private, upload_to='catalogue/%Y/%m/', verbose_name='pictures')),
                ('form', models.CharField(blank=True, choices=[('own', 'our own CSV'), ('shopify', 'Shopify')], max_length=10, verbose_name='form')),
                ('language', models.CharField(max_length=8, verbose_name='language')),
                ('report_language', models.CharField(max_length=8, verbose_name='language of the report')),
                ('currency', models.CharField(blank=True, max_length=12, verbose_name='currency')),
                ('actor', models.CharField(max_length=60, verbose_name='who')),
                ('state', models.CharField(choices=[('uploaded', 'being looked at'), ('checked', 'to be confirmed'), ('running', 'being written'), ('done', 'done'), ('broken', 'cannot be read'), ('dropped', 'dropped')], default='uploaded', max_length=10, verbose_name='state')),
                ('uploaded_at', models.DateTimeField(verbose_name='uploaded')),
                ('moved_at', models.DateTimeField(verbose_name='last moved')),
                ('finished_at', models.DateTimeField(blank=True, null=True, verbose_name='finished')),
                ('total', models.PositiveIntegerField(default=0, verbose_name='rows')),
                ('done', models.PositiveIntegerField(default=0, verbose_name='done')),
                ('created', models.PositiveIntegerField(default=0, verbose_name='created')),
                ('changed', models.PositiveIntegerField(default=0, verbose_name='changed')),
                ('same', models.PositiveIntegerField(default=0, verbose_name='as they were')),
                ('refused', models.PositiveIntegerField(default=0, verbose_name='refused')),
                ('preview', models.JSONField(blank=True, default=list, verbose_name='preview')),
                ('error', models.TextField(blank=True, verbose_name='error')),
            ],
            options={
                'verbose_name': 'catalogue file',
                'verbose_name_plural': 'catalogue files',
                'indexes': [models.Index(condition=models.Q(('state__in', ('uploaded', 'running'))), fields=['moved_at'], name='shop_cataloguefile_moving')],
                'constraints': [models.CheckConstraint(condition=models.Q(('done__lte', models.F('total'))), name='no_more_done_than_read')],
            },
        ),
        migrations.CreateModel(
            name='CatalogueProblem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.PositiveIntegerField(verbose_name='line')),
                ('sku', models.CharField(blank=True, max_length=64, verbose_name='SKU')),
                ('field', models.CharField(blank=True, max_length=60, verbose_name='column')),
                ('reason', models.TextField(verbose_name='reason')),
                ('is_refusal', models.BooleanField(default=True, verbose_name='refused')),
                ('file', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='problems', to='shop.cataloguefile', verbose_name='file')),
            ],
            options={
                'verbose_name': 'problem of a catalogue file',
                'verbose_name_plural': 'problems of catalogue files',
                'ordering': ('line', 'pk'),
            },
        ),
    ]
