"""Payment as Oscar's documentation has a project write it: `handle_payment` asks the network, then notes a source."""

import json
import time
from typing import Any

from django.conf import settings
from oscar.apps.checkout.views import PaymentDetailsView
from oscar.core.loading import get_model


class CardPaymentView(PaymentDetailsView):
    def handle_payment(self, order_number: Any, total: Any, **kwargs: Any) -> None:
        charge(str(order_number), str(total.incl_tax))
        source_type, _ = get_model("payment", "SourceType").objects.get_or_create(name="Card")
        self.add_payment_source(
            get_model("payment", "Source")(
                source_type=source_type,
                currency=total.currency,
                amount_allocated=total.incl_tax,
                amount_debited=total.incl_tax,
            )
        )
        self.add_payment_event("Settled", total.incl_tax)


def charge(order_number: str, amount: str) -> None:
    """The card network: takes its time, then the money. A line in a file, which no rollback takes back."""
    time.sleep(settings.CARD_NETWORK_SECONDS)
    settings.CARD_NETWORK_FILE.parent.mkdir(parents=True, exist_ok=True)
    with settings.CARD_NETWORK_FILE.open("a") as file:
        file.write(json.dumps({"order": order_number, "amount": amount}) + "\n")


def charges() -> list[dict[str, str]]:
    """Every charge of this run, in the order of being taken."""
    path = settings.CARD_NETWORK_FILE
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
