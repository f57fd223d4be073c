"""What each kind of touch adds, learned from the paths that led to a conversion and those that led to none.

A path is the set of kinds of touches whose windows are open at one moment: at a conversion, or at a touch after which
the person neither converted nor touched anything for as long as the longest window. A logistic model of these sets says
how likely a path converts; a kind's part in a path is its Shapley value there: what it adds on average to every part of
the path without it (docs/adr/0022). All that is read is counted by set in one statement.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.attribution.models import BIT, EXCLUSION, KINDS, OPEN, Model
from rapport.kit import db

NEEDED = 1000
_LEARNED_FROM = timedelta(days=365)
# Weights are whole numbers in the statements of `models`.
_WHOLE = 10**12
_ROUNDS, _CLOSE = 50, 1e-10
# One made-up path of each outcome for each kind: a kind that always converts is not believed to be certain.
_RIDGE = 1.0
# Every so many-th person, by their numbers.
_SPARSE = 64
# So many paths are plenty to learn from: more would only take longer.
_PLENTY = 20_000
_PATHS = f"""
    WITH people AS MATERIALIZED (
        SELECT DISTINCT profile_id FROM engagements
        WHERE account_id = %(account)s AND profile_id %% %(every)s = 0),
    counted AS (
        SELECT e.profile_id, e.time,
            lead(e.time) OVER (PARTITION BY e.profile_id ORDER BY e.time, e.event_id) AS next
        FROM people p JOIN engagements e ON e.account_id = %(account)s AND e.profile_id = p.profile_id
        JOIN {KINDS} ON r.channel = e.channel AND r.kind = e.kind
        WHERE e.account_id = %(account)s AND e.time >= %(since)s AND e.time <= %(now)s
          AND r.length IS NOT NULL AND {EXCLUSION} IS NULL),
    moments AS (
        SELECT true AS converted, v.profile_id, v.time
        FROM people p JOIN events v ON v.account_id = %(account)s AND v.profile_id = p.profile_id
        WHERE v.account_id = %(account)s AND v.metric_id = %(metric)s AND v.time >= %(since)s AND v.time <= %(now)s
        UNION ALL
        SELECT false, t.profile_id, t.time FROM counted t
        WHERE (t.next IS NULL OR t.next > t.time + %(longest)s) AND t.time + %(longest)s <= %(now)s AND NOT EXISTS (
            SELECT FROM events v
            WHERE v.account_id = %(account)s AND v.profile_id = t.profile_id AND v.metric_id = %(metric)s
              AND v.time >= t.time AND v.time <= t.time + %(longest)s))
    SELECT path.mask, count(*) FILTER (WHERE c.converted), count(*)
    FROM moments c CROSS JOIN LATERAL (SELECT bit_or({BIT}) AS mask FROM {OPEN}) path
    WHERE path.mask IS NOT NULL GROUP BY path.mask"""


@dataclass(frozen=True)
class Learned:
    """Weights of the kinds in every set of them; none when there were too few paths.

    parts: by set, as a mask of bits, the weight of each kind in it by its place in the rules, from 0.
    """

    paths: int
    parts: Mapping[int, Mapping[int, int]]

    @property
    def is_enough(self) -> bool:
        return self.paths >= NEEDED

    @property
    def parameters(self) -> dict[str, Any]:
        rows = [(mask, kind + 1, weight) for mask, parts in self.parts.items() for kind, weight in parts.items()]
        names = ("learned_masks", "learned_states", "learned_weights")
        return {name: [row[at] for row in rows] for at, name in enumerate(names)}

    @property
    def shown(self) -> dict[str, Any]:
        return {"status": "learned" if self.is_enough else "too-few-paths", "paths": self.paths, "needed": NEEDED}


async def learn(conn: db.Connection, model: Model, metric: int, now: datetime) -> Learned:
    """From the paths of a year: of everybody, or where there are very many of some. Under NEEDED paths nothing is
    learned."""
    scope = {**model.parameters, "metric": metric, "now": now, "since": now - _LEARNED_FROM}
    counts = await _counts(conn, scope, _SPARSE)
    if (some := _paths(counts)) < _PLENTY:
        counts = await _counts(conn, scope, max(1, _SPARSE * some // _PLENTY))
    paths = _paths(counts)
    if paths < NEEDED:
        return Learned(paths, {})
    return Learned(paths, _parts(counts, len(model.rules)))


async def _counts(conn: db.Connection, scope: Mapping[str, Any], every: int) -> dict[int, tuple[int, int]]:
    """By set of kinds: paths that converted, and all."""
    rows = await db.rows(conn, _PATHS, {**scope, "every": every})
    return {mask: (converted, paths) for mask, converted, paths in rows}


def _paths(counts: Mapping[int, tuple[int, int]]) -> int:
    return sum(paths for _, paths in counts.values())


def _parts(counts: Mapping[int, tuple[int, int]], kinds: int) -> dict[int, dict[int, int]]:
    """The parts in every set of the kinds that were seen; others take part in no conversion."""
    seen = [kind for kind in range(kinds) if any(mask >> kind & 1 for mask in counts)]
    likely = _likelihoods(counts, kinds)
    sets = [chosen for size in range(1, len(seen) + 1) for chosen in combinations(seen, size)]
    return {_mask(chosen): _shapley(chosen, likely) for chosen in sets}


def _mask(kinds: tuple[int, ...]) -> int:
    return sum(1 << kind for kind in kinds)


def _likelihoods(counts: Mapping[int, tuple[int, int]], kinds: int) -> NDArray[np.float64]:
    """How likely each set of kinds converts, by its mask: a logistic model, fitted by Newton's method."""
    masks = np.array(sorted(counts))
    converted, paths = (np.array([counts[mask][at] for mask in masks], dtype=float) for at in (0, 1))
    features = _features(masks, kinds)
    ridge = np.diag([1e-6] + [_RIDGE] * kinds)
    coefficients = np.zeros(kinds + 1)
    for _ in range(_ROUNDS):
        likely = _logistic(features @ coefficients)
        slope = features.T @ (converted - paths * likely) - ridge @ coefficients
        bend = (features.T * (paths * likely * (1 - likely))) @ features + ridge
        step = np.linalg.solve(bend, slope)
        coefficients += np.clip(step, -2, 2)
        if np.abs(step).max() < _CLOSE:
            break
    return _logistic(_features(np.arange(1 << kinds), kinds) @ coefficients)


def _features(masks: NDArray[np.int64], kinds: int) -> NDArray[np.float64]:
    bits = masks[:, None] >> np.arange(kinds)[None, :] & 1
    return np.hstack([np.ones((len(masks), 1)), bits]).astype(float)


def _logistic(x: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1 / (1 + np.exp(-np.clip(x, -30, 30))), dtype=float)


def _shapley(kinds: tuple[int, ...], likely: NDArray[np.float64]) -> dict[int, int]:
    """Each kind's part of a set, in parts of `_WHOLE`. One that makes converting less likely has none; where none makes
    it likelier, all have the same."""
    n = len(kinds)
    added = {}
    for kind in kinds:
        others = tuple(other for other in kinds if other != kind)
        added[kind] = sum(
            factorial(size) * factorial(n - size - 1) / factorial(n) * float(likely[mask | 1 << kind] - likely[mask])
            for size in range(n)
            for mask in map(_mask, combinations(others, size))
        )
    gains = {kind: max(0.0, gain) for kind, gain in added.items()}
    total = sum(gains.values())
    return {kind: round(_WHOLE * gain / total) if total > 0 else 1 for kind, gain in gains.items()}
