"""The countries that conditions know: members of the European Union, and those whose postal codes can be asked for.

A profile's country is what a shop sent: a code of two or three letters, or a name in English or in the country's own
languages. Letters' case, points and spaces around do not count.
"""

from collections.abc import Iterable, Mapping
from functools import cache

# ISO code of two letters -> the one of three, and names
_NAMES: Mapping[str, tuple[str, ...]] = {
    "AT": ("AUT", "Austria", "Republic of Austria", "Österreich", "Oesterreich"),
    "AU": ("AUS", "Australia", "Commonwealth of Australia"),
    "BE": ("BEL", "Belgium", "Kingdom of Belgium", "België", "Belgique", "Belgien"),
    "BG": ("BGR", "Bulgaria", "Republic of Bulgaria", "България"),
    "CA": ("CAN", "Canada"),
    "CY": ("CYP", "Cyprus", "Republic of Cyprus", "Κύπρος", "Kıbrıs"),
    "CZ": ("CZE", "Czechia", "Czech Republic", "The Czech Republic", "Česko", "Česká republika"),
    "DE": ("DEU", "Germany", "Federal Republic of Germany", "Deutschland"),
    "DK": ("DNK", "Denmark", "Kingdom of Denmark", "Danmark"),
    "EE": ("EST", "Estonia", "Republic of Estonia", "Eesti"),
    "ES": ("ESP", "Spain", "Kingdom of Spain", "España"),
    "FI": ("FIN", "Finland", "Republic of Finland", "Suomi"),
    "FR": ("FRA", "France", "French Republic", "République française"),
    "GB": ("GBR", "United Kingdom", "The United Kingdom", "UK", "Great Britain", "Britain", "England", "Scotland",
           "Wales", "Northern Ireland", "United Kingdom of Great Britain and Northern Ireland"),
    "GR": ("GRC", "EL", "Greece", "Hellenic Republic", "Ελλάδα", "Ελλάς"),
    "HR": ("HRV", "Croatia", "Republic of Croatia", "Hrvatska"),
    "HU": ("HUN", "Hungary", "Magyarország"),
    "IE": ("IRL", "Ireland", "Republic of Ireland", "Éire"),
    "IT": ("ITA", "Italy", "Italian Republic", "Italia"),
    "LT": ("LTU", "Lithuania", "Republic of Lithuania", "Lietuva"),
    "LU": ("LUX", "Luxembourg", "Grand Duchy of Luxembourg", "Luxemburg", "Lëtzebuerg"),
    "LV": ("LVA", "Latvia", "Republic of Latvia", "Latvija"),
    "MT": ("MLT", "Malta", "Republic of Malta"),
    "NL": ("NLD", "Netherlands", "The Netherlands", "Kingdom of the Netherlands", "Holland", "Nederland"),
    "NZ": ("NZL", "New Zealand", "Aotearoa"),
    "PL": ("POL", "Poland", "Republic of Poland", "Polska"),
    "PT": ("PRT", "Portugal", "Portuguese Republic"),
    "RO": ("ROU", "Romania", "România"),
    "SE": ("SWE", "Sweden", "Kingdom of Sweden", "Sverige"),
    "SI": ("SVN", "Slovenia", "Republic of Slovenia", "Slovenija"),
    "SK": ("SVK", "Slovakia", "Slovak Republic", "Slovensko"),
    "US": ("USA", "United States", "The United States", "United States of America", "The United States of America",
           "America", "Estados Unidos", "États-Unis"),
}  # fmt: skip
EUROPEAN_UNION = frozenset(_NAMES) - {"AU", "CA", "GB", "NZ", "US"}
KNOWN = tuple(_NAMES)
BY_THREE_LETTERS: Mapping[str, str] = {names[0]: code for code, names in _NAMES.items()}


@cache
def names(countries: Iterable[str]) -> tuple[str, ...]:
    """Every way to say these countries, in small letters and as `sql.countries.written` gives it."""
    return tuple(name.lower() for country in sorted(countries) for name in (country, *_NAMES[country]))
