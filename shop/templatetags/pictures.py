"""`{{ card.picture|picture_url:400 }}` and `{{ card.picture|srcset }}`; the whole element: components/_picture.html."""

from django import template

from shop.pictures import addresses

register = template.Library()
register.filter(addresses.picture_url)
register.filter(addresses.srcset)


@register.simple_tag
def sizes_of(kind: str) -> str:
    """What the attribute `sizes` says for "list" and "large"; anything else is a length of its own."""
    return {"list": addresses.IN_A_LIST, "large": addresses.LARGE}.get(kind, kind)
