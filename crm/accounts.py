"""AUTHENTICATION_BACKENDS: who is logged in, with the customer that the account belongs to, in one query."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import OuterRef, Subquery

from crm.models import Customer, User


class AccountBackend(ModelBackend):
    def get_user(self, user_id: int) -> User | None:
        """`known_customer_id` is the customer's, None for staff without one; see crm/middleware.py."""
        customer = Customer.objects.filter(account=OuterRef("pk")).values("pk")[:1]
        user = User.objects.annotate(known_customer_id=Subquery(customer)).filter(pk=user_id).first()
        return user if user is not None and self.user_can_authenticate(user) else None
