"""The carriers by their codes. Others, not listed here, may call us if they have a secret in CARRIER_SECRETS."""

from django.conf import settings

from shop.shipments.carriers.base import CannotAnnounce, Carrier, News, NotAuthentic, Notice, NotUnderstood
from shop.shipments.carriers.signed import SignedCarrier
from shop.shipments.carriers.simulated import SimulatedCarrier

SIMULATED = SimulatedCarrier()

CARRIERS: dict[str, Carrier] = {
    carrier.code: carrier
    for carrier in (
        SIMULATED,
        SignedCarrier("aras", "Aras Kargo", "https://kargotakip.araskargo.com.tr/mainpage.aspx?code={number}"),
        SignedCarrier(
            "yurtici", "Yurtiçi Kargo", "https://www.yurticikargo.com/tr/online-servisler/gonderi-sorgula?code={number}"
        ),
        SignedCarrier("ptt", "PTT Kargo", "https://gonderitakip.ptt.gov.tr/Track/Verify?q={number}"),
        SignedCarrier("ups", "UPS", "https://www.ups.com/track?tracknum={number}"),
    )
}

__all__ = [
    "CARRIERS",
    "SIMULATED",
    "CannotAnnounce",
    "Carrier",
    "News",
    "NotAuthentic",
    "NotUnderstood",
    "Notice",
    "SignedCarrier",
    "carrier_code",
    "carrier_name",
    "carrier_page",
    "get_carrier",
]


def get_carrier(code: str) -> Carrier | None:
    if code in CARRIERS:
        return CARRIERS[code]
    return SignedCarrier(code, code) if code in settings.CARRIER_SECRETS else None


def carrier_code(text: str) -> str:
    """The code of the carrier that is called so; a name that we do not know stays as it was typed."""
    wanted = " ".join(text.split())
    names = {code.casefold(): code for code in settings.CARRIER_SECRETS}
    for code, carrier in CARRIERS.items():
        names |= {code: code, carrier.name.casefold(): code}
    return names.get(wanted.casefold(), wanted)


def carrier_name(code: str) -> str:
    return CARRIERS[code].name if code in CARRIERS else code


def carrier_page(code: str, tracking_number: str) -> str:
    """The carrier's own page about a parcel; "" if there is none."""
    return CARRIERS[code].tracking_url(tracking_number) if code in CARRIERS else ""
