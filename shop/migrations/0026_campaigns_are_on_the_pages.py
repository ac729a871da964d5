from django.db import migrations, models

# Products' pages tell which offers without a voucher are live (decision 19). Each change of one is noted in its own
# transaction as one of product -1, which there is not: the index gets a new version (see 0017), by which pages are kept, and keeps in
# mind that this was the last one in which campaigns changed.
# Orders count their offers: that is no change, unless one is used up by it, or free again.
TRIGGERS = """
CREATE FUNCTION shop_campaign_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shop_staleproduct (product_id) VALUES (-1);
    RETURN NULL;
END $$;

CREATE TRIGGER shop_campaign_comes AFTER INSERT ON offer_conditionaloffer FOR EACH ROW
    WHEN (NEW.offer_type = 'Site') EXECUTE FUNCTION shop_campaign_changed();
CREATE TRIGGER shop_campaign_goes AFTER DELETE ON offer_conditionaloffer FOR EACH ROW
    WHEN (OLD.offer_type = 'Site') EXECUTE FUNCTION shop_campaign_changed();
CREATE TRIGGER shop_campaign_changes AFTER UPDATE ON offer_conditionaloffer FOR EACH ROW
    WHEN ((OLD.offer_type = 'Site' OR NEW.offer_type = 'Site') AND (
        (OLD.name, OLD.offer_type, OLD.status, OLD.exclusive, OLD.priority, OLD.condition_id, OLD.benefit_id,
         OLD.start_datetime, OLD.end_datetime, OLD.date_created, OLD.max_basket_applications,
         OLD.max_user_applications)
            IS DISTINCT FROM
        (NEW.name, NEW.offer_type, NEW.status, NEW.exclusive, NEW.priority, NEW.condition_id, NEW.benefit_id,
         NEW.start_datetime, NEW.end_datetime, NEW.date_created, NEW.max_basket_applications,
         NEW.max_user_applications)
        OR coalesce(OLD.num_applications >= nullif(OLD.max_global_applications, 0), false)
            <> coalesce(NEW.num_applications >= nullif(NEW.max_global_applications, 0), false)
        OR coalesce(OLD.total_discount >= nullif(OLD.max_discount, 0), false)
            <> coalesce(NEW.total_discount >= nullif(NEW.max_discount, 0), false)
    )) EXECUTE FUNCTION shop_campaign_changed();
"""
# A statement that puts thousands of products into a range is one change. What is only added to the first three belongs
# to no offer yet; what the past cost is added with a price, which the index notes itself.
TABLES = {
    "offer_condition": "UPDATE",
    "offer_benefit": "UPDATE",
    "offer_range": "UPDATE",
    "offer_rangeproduct": "INSERT OR UPDATE OR DELETE",
    "offer_range_excluded_products": "INSERT OR UPDATE OR DELETE",
    "offer_range_classes": "INSERT OR UPDATE OR DELETE",
    "offer_range_included_categories": "INSERT OR UPDATE OR DELETE",
    "offer_range_excluded_categories": "INSERT OR UPDATE OR DELETE",
    "offer_conditionaloffer_combinations": "INSERT OR UPDATE OR DELETE",
    "shop_offertext": "INSERT OR UPDATE OR DELETE",
    "shop_pricechange": "UPDATE OR DELETE",
}
ON_TABLES = "".join(
    f"CREATE TRIGGER shop_campaign_changes AFTER {events} ON {table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION shop_campaign_changed();\n"
    for table, events in TABLES.items()
)
GONE = "DROP FUNCTION shop_campaign_changed CASCADE;"


class Migration(migrations.Migration):

    dependencies = [
        ('offer', '0013_range_excluded_categories'),
        ('shop', '0025_ratings_are_listed'),
    ]

    operations = [
        migrations.AddField('indexstate', 'campaigns_version', models.BigIntegerField(db_default=0)),
        migrations.RunSQL(TRIGGERS + ON_TABLES, GONE),
    ]
