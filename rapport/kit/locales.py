"""Locales as stores write them: de, de-AT, pt_BR."""


def language_part(locale: str | None) -> str:
    """The language of a locale in small letters; empty where there is none."""
    return (locale or "").replace("_", "-").partition("-")[0].strip().lower()
