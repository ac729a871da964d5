"""The shop with a saboteur in it: the process kills itself at the point that a file names. For tests only.

`ESNAF_FAULT` is that file. A point is struck once: the file is gone when the process dies, so that the next one works.
A point is (part of the path of the request, what has just happened or is about to): a statement to the database, or a
function. Statements hold whatever the functions around them are called.
"""

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.backends.signals import connection_created

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
_app = get_wsgi_application()

from shop.checkout import views as checkout  # noqa: E402
from shop.payment import services, views  # noqa: E402
from shop.payment.providers import SimulatedCard, simulated  # noqa: E402

FILE = Path(os.environ["ESNAF_FAULT"])
# Struck after a statement that holds all of these words.
AFTER_STATEMENT: dict[str, tuple[str, ...]] = {
    "placing: the basket is locked": ("/en/checkout/", 'FROM "basket_basket"', "FOR UPDATE"),
    "placing: the stock is locked": ("/en/checkout/", 'FROM "partner_stockrecord"', "FOR NO KEY UPDATE"),
    "placing: the order is written": ("/en/checkout/", 'INSERT INTO "order_order"'),
    "placing: the order is recorded": ("/en/checkout/", 'INSERT INTO "crm_interaction"'),
    "payment: its row is written": ("/pay/", 'INSERT INTO "shop_payment"'),
    "finish: the order is locked": ("/pay/", 'FROM "shop_payment"', "FOR UPDATE"),
    "finish: the payment is closed": ("/pay/", 'UPDATE "shop_payment"'),
    "finish: the mail is queued": ("/pay/", 'INSERT INTO "crm_outgoingmail"'),
    "return: the payment is closed": ("/return/", 'UPDATE "shop_payment"'),
    "webhook: the call is written": ("/webhooks/", 'INSERT INTO "shop_webhookcall"'),
    "webhook: the payment is closed": ("/webhooks/", 'UPDATE "shop_payment"'),
    "webhook: the mail is queued": ("/webhooks/", 'INSERT INTO "crm_outgoingmail"'),
}
# Struck when a function is called, or when it has returned: (path, where, name, is it before).
AT_FUNCTION: dict[str, tuple[str, Any, str, bool]] = {
    "placing: committed, not answered": ("/en/checkout/", checkout, "place_order", False),
    "payment: its row is committed": ("/pay/", services, "start_payment", False),
    "provider: about to be asked": ("/pay/", SimulatedCard, "start", True),
    "provider: it took the money": ("/pay/", SimulatedCard, "start", False),
    "finish: committed, not answered": ("/pay/", services, "finish_payment", False),
    "bank: the shopper approved": ("/simulated-bank/", simulated, "decide", False),
    "return: about to ask": ("/return/", SimulatedCard, "look_up", True),
    "return: committed, not answered": ("/return/", services, "finish_payment", False),
    "webhook: committed, not answered": ("/webhooks/", views, "take_webhook", False),
}
_path = ""


def strike(point: str, path: str) -> None:
    if path in _path and FILE.exists() and FILE.read_text() == point:
        FILE.unlink()
        os.kill(os.getpid(), signal.SIGKILL)


def _watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
    result = execute(sql, params, many, context)
    for point, (path, *words) in AFTER_STATEMENT.items():
        if all(word in sql for word in words):
            strike(point, path)
    return result


def _install(connection: Any, **kwargs: Any) -> None:
    connection.execute_wrappers.append(_watch)


def _trap(point: str, path: str, function: Callable[..., Any], is_before: bool) -> Callable[..., Any]:
    def trapped(*args: Any, **kwargs: Any) -> Any:
        if is_before:
            strike(point, path)
        result = function(*args, **kwargs)
        if not is_before:
            strike(point, path)
        return result

    return trapped


connection_created.connect(_install, weak=False)
for _point, (_where, _owner, _name, _is_before) in AT_FUNCTION.items():
    setattr(_owner, _name, _trap(_point, _where, getattr(_owner, _name), _is_before))


def application(environ: Any, start_response: Any) -> Any:
    global _path
    _path = environ["PATH_INFO"]
    return _app(environ, start_response)
