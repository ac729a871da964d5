"""Countries as a file spells them → ISO 3166-1 codes; "" for what is no country."""

from functools import cache

from babel import Locale

ALIASES = {
    "eire": "IE",
    "usa": "US",
    "rsa": "ZA",
    "uk": "GB",
    "great britain": "GB",
    "hong kong": "HK",
    "czech republic": "CZ",
    "turkey": "TR",
}


@cache
def _by_name() -> dict[str, str]:
    names = {
        name.lower(): code
        for language in ("tr", "en")
        for code, name in Locale(language).territories.items()
        if len(code) == 2 and code.isalpha() and code not in ("EU", "EZ", "UN", "ZZ")
    }
    return {**names, **ALIASES}


@cache
def country_code(name: str) -> str:
    return _by_name().get(name.strip().lower(), "")
