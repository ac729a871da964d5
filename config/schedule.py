"""When beat starts which job. Times of day are the shop's (TIME_ZONE)."""

from typing import Any

from celery.schedules import crontab

SCHEDULE: dict[str, dict[str, Any]] = {
    "deliver-mail": {"task": "crm.tasks.deliver_mail", "schedule": 10.0, "options": {"expires": 10}},
    "release-stuck-mail": {"task": "crm.tasks.release_stuck_mail", "schedule": 30.0, "options": {"expires": 30}},
    "copy-traces": {"task": "crm.tasks.copy_traces", "schedule": 5.0, "options": {"expires": 5}},
    "make-partitions": {"task": "crm.tasks.make_partitions", "schedule": crontab(hour="3", minute="10")},
    "rebuild-affinities": {"task": "crm.tasks.rebuild_affinities", "schedule": crontab(hour="3", minute="30")},
    "rebuild-popularity": {"task": "shop.tasks.rebuild_popularity", "schedule": crontab(hour="3", minute="50")},
    "refresh-index": {"task": "shop.tasks.refresh_index", "schedule": 5.0, "options": {"expires": 5}},
    "finish-orders": {"task": "shop.tasks.finish_orders", "schedule": 60.0, "options": {"expires": 60}},
    "note-late-deliveries": {
        "task": "shop.tasks.note_late_deliveries",
        "schedule": crontab(hour="8-20", minute="15"),
        "options": {"expires": 3600},
    },
    "forget-unconfirmed-returns": {
        "task": "shop.tasks.forget_unconfirmed_returns",
        "schedule": crontab(hour="4", minute="10"),
    },
    "go-on-with-catalogue-files": {
        "task": "shop.tasks.go_on_with_catalogue_files",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "send-stock-alerts": {"task": "shop.tasks.send_stock_alerts", "schedule": 60.0, "options": {"expires": 60}},
    "forget-stock-alerts": {
        "task": "shop.tasks.forget_stock_alerts",
        "schedule": crontab(hour="4", minute="20"),
    },
    "submit-invoices": {"task": "shop.tasks.submit_invoices", "schedule": 60.0, "options": {"expires": 60}},
    "send-offers": {"task": "shop.tasks.send_offers", "schedule": crontab(hour="10", minute="0", day_of_week="4")},
}
OF_SIMULATED_CARRIERS: dict[str, dict[str, Any]] = {
    "move-simulated-parcels": {
        "task": "shop.tasks.move_simulated_parcels",
        "schedule": 10.0,
        "options": {"expires": 10},
    },
}
