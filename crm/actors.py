"""Who does something: named in every write."""

from dataclasses import dataclass
from uuid import UUID

from django.http import HttpRequest


@dataclass(frozen=True)
class Actor:
    """Prints as `customer:7`, `staff:3`, `visitor:<uuid>` or `system:outbox`."""

    kind: str
    id: str

    @classmethod
    def customer(cls, customer_id: int) -> "Actor":
        return cls("customer", str(customer_id))

    @classmethod
    def staff(cls, user_id: int) -> "Actor":
        return cls("staff", str(user_id))

    @classmethod
    def system(cls, name: str) -> "Actor":
        return cls("system", name)

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"


@dataclass(frozen=True)
class Who:
    """Whoever is behind a request: a known customer, a browser, both or neither."""

    customer_id: int | None
    visitor: UUID | None

    @property
    def actor(self) -> Actor:
        if self.customer_id is not None:
            return Actor.customer(self.customer_id)
        return Actor("visitor", str(self.visitor) if self.visitor else "unknown")


def actor_of(request: HttpRequest) -> Actor:
    """The member of staff behind a request to the back office.

    :raises ValueError: if nobody is logged in
    """
    if request.user.pk is None:
        raise ValueError("nobody is logged in")
    return Actor.staff(request.user.pk)
