from django.db import migrations

# What a search finds depends on the help as well: its answers stand beside the goods, and its headings' words are
# nobody's slip. A change of articles is noted as one of product 0, which there is not: what was found is looked for anew
# under the index's next version (see 0017). An import of thousands is a few notes.
TRIGGERS = """
CREATE FUNCTION shop_help_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop_staleproduct (product_id) VALUES (0);
    RETURN NULL;
END $$;
CREATE TRIGGER shop_is_beside_goods AFTER INSERT OR UPDATE OR DELETE ON knowledgebase_article
    FOR EACH STATEMENT EXECUTE FUNCTION shop_help_changed();
"""
GONE = "DROP FUNCTION shop_help_changed CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('knowledgebase', '0002_words_by_likeness'),
        ('shop', '0031_slugs_in_each_language'),
    ]

    operations = [migrations.RunSQL(TRIGGERS, GONE)]
