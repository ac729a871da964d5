"""From a basket's row to the committed order, as stock Oscar's last checkout page does it."""

from types import SimpleNamespace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from oscar.core.loading import get_class, get_model

Basket = get_model("basket", "Basket")
Country = get_model("address", "Country")
ShippingAddress = get_model("order", "ShippingAddress")

Applicator = get_class("offer.applicator", "Applicator")
OrderPlacementMixin = get_class("checkout.mixins", "OrderPlacementMixin")
Repository = get_class("shipping.repository", "Repository")
Selector = get_class("partner.strategy", "Selector")


def place_basket(basket_id: int) -> Any:
    """What the middleware and `PaymentDetailsView.submit` do with a guest's basket, without page, payment and mail."""
    basket = Basket.objects.get(pk=basket_id)
    basket.strategy = strategy = Selector().strategy()
    user = AnonymousUser()
    Applicator().apply(basket, user)
    view = OrderPlacementMixin()
    view.request = SimpleNamespace(basket=basket, strategy=strategy, user=user)
    view.check_basket_is_not_empty(view.request)
    view.check_basket_is_valid(view.request)
    address = ShippingAddress(
        first_name="Ada",
        last_name="Yılmaz",
        line1="Kıbrıs Şehitleri Cd. 12/3",
        line4="İzmir",
        postcode="35220",
        country=Country.objects.get(iso_3166_1_a2="TR"),
    )
    method = Repository().get_shipping_methods(basket=basket, shipping_addr=address)[0]
    charge = method.calculate(basket)
    total = view.get_order_totals(basket, charge)
    number = view.generate_order_number(basket)
    view.freeze_basket(basket)
    order = view.place_order(
        order_number=number,
        user=user,
        basket=basket,
        shipping_address=address,
        shipping_method=method,
        shipping_charge=charge,
        order_total=total,
        guest_email=f"guest{basket_id}@example.com",
    )
    basket.submit()
    return order
