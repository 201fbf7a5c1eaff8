"""Derive ideal gas selectivities from predicted permeabilities, with the uncertainty that follows.

In decades, with P1 and P2 the permeabilities, s1 and s2 their standard deviations and r the
correlation of their errors,

    log alpha = log P1 - log P2,        s^2 = s1^2 + s2^2 - 2 r s1 s2.

The same chain is over- or underestimated for both gases alike, so that r is near 0.9 and a selectivity is
known far better than its permeabilities. A model states r as it was on chains it had not seen; where it
does not, r = 0 is taken, which makes the intervals too wide and never too narrow.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from polydesign.core.properties import SELECTIVITIES, property_spec
from polydesign.core.results import PredictionColumns

Z80 = 1.2815516  # half width of the central 80 % of a normal distribution, in standard deviations


def selectivities(
    predicted: Mapping[str, PredictionColumns], error_correlation: Mapping[str, float]
) -> dict[str, PredictionColumns]:
    """Return the N rows of each selectivity whose two permeabilities are among `predicted`.

    Args:
        predicted: N predictions of each key.
        error_correlation: selectivity key -> r, see the module; 0 where absent.
    """
    result = {}
    for key, pair in SELECTIVITIES.items():
        if not set(pair) <= set(predicted):
            continue
        spec, above, below = property_spec(key), predicted[pair[0]], predicted[pair[1]]
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = np.log10(above.mean) - np.log10(below.mean)
        variance = above.std**2 + below.std**2 - 2 * error_correlation.get(key, 0.0) * above.std * below.std
        std = np.sqrt(np.maximum(variance, 0.0))
        result[key] = PredictionColumns(
            mean=spec.from_scale(mean),
            std=std,
            lo80=spec.from_scale(mean - Z80 * std),
            hi80=spec.from_scale(mean + Z80 * std),
            in_domain=above.in_domain & below.in_domain,
        )
    return result
