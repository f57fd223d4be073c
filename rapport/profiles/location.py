"""Where somebody is: what was said of it, and what an address of the network suggests (behaviour-people 1.6, 1.8).

An address that was given counts for more: what an IP address tells never takes its place and never mixes with it. The
time zone is a matter of its own. A profile remembers which keys of its location came from an IP address (`located`), so
that a newer one may replace them.
"""

from typing import Any, NamedTuple

from rapport.kit import geoip

_IP = "ip"
_ZONE = "timezone"
_ADDRESS = frozenset({"address1", "address2", "city", "country", "region", "zip", "latitude", "longitude"})


class Place(NamedTuple):
    """A profile's location, and the keys of it that an IP address told."""

    location: dict[str, Any]
    located: list[str]


def changed(place: Place, changes: dict[str, Any] | None) -> Place:
    """The place after `changes`: an absent key stays, a null clears the key, None as a whole clears everything."""
    if changes is None:
        return Place({}, [])
    location = {key: value for key, value in {**place.location, **changes}.items() if value is not None}
    located = [key for key in place.located if key not in changes]
    if located and any(changes.get(key) is not None for key in _ADDRESS):
        location = {key: value for key, value in location.items() if key not in located or key == _ZONE}
        located = [key for key in located if key == _ZONE]
    if address := changes.get(_IP):
        return _by_ip(Place(location, located), geoip.lookup(address))
    return Place(location, located)


def _by_ip(place: Place, looked_up: dict[str, Any]) -> Place:
    """Replace what an earlier IP address suggested by what this one does; `{}` (unknown address) changes nothing."""
    if not looked_up:
        return place
    stated = {key: value for key, value in place.location.items() if key not in place.located}
    has_address = not _ADDRESS.isdisjoint(stated)
    by_address = {
        key: value for key, value in looked_up.items() if key not in stated and (key == _ZONE or not has_address)
    }
    after = Place({**stated, **by_address}, sorted(by_address))
    # the same in another order is no change
    return place if after.location == place.location and after.located == sorted(place.located) else after


def joined(into: Place, source: Place) -> Place:
    """The place of two profiles that become one: of whoever has more address, with the source's time zone (1.6)."""
    chosen = source if _wealth(source) > _wealth(into) else into
    zoned = _zoned(into, source)
    location = {key: value for key, value in chosen.location.items() if key != _ZONE}
    located = [key for key in chosen.located if key != _ZONE]
    if zoned is None:
        return Place(location, located)
    by_ip = [_ZONE] if _ZONE in zoned.located else []
    return Place({**location, _ZONE: zoned.location[_ZONE]}, [*located, *by_ip])


def _zoned(into: Place, source: Place) -> Place | None:
    """Whose time zone it is: one that was said before one that an IP address told."""
    known = [place for place in (source, into) if _ZONE in place.location]
    return min(known, key=lambda place: _ZONE in place.located, default=None)


def _wealth(place: Place) -> tuple[int, int]:
    """How much was given, then how much there is."""
    keys = place.location.keys() - {_ZONE}
    return len(keys - {_IP, *place.located}), len(keys)
