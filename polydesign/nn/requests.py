"""What a network is asked for: some values of the properties it reads, standardised.

Shapes: B batch, C conditions (properties that a network reads).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor

from polydesign.core.configs import ConditionalConfig
from polydesign.core.properties import property_spec
from polydesign.core.targets import Targets


@dataclass(frozen=True, eq=False)
class Requests:
    """One request for each of B strings.

    Attributes:
        values: ``(B, C)`` float32, standardised; what is not given is of no meaning.
        given: ``(B, C)`` bool, which properties are asked for.
    """

    values: Tensor
    given: Tensor

    @classmethod
    def none(cls, n: int, n_conditions: int = 0) -> Self:
        """Return `n` rows in which nothing is asked for."""
        return cls(torch.zeros(n, n_conditions), torch.zeros(n, n_conditions, dtype=torch.bool))

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, index: Any) -> Requests:
        """Return the rows at `index`: a slice, or numbers as a list, an array or a tensor."""
        return Requests(self.values[index], self.given[index])

    def repeated(self, k: int) -> Requests:
        """Return each row `k` times in succession."""
        return Requests(self.values.repeat_interleave(k, 0), self.given.repeat_interleave(k, 0))

    def hidden(self) -> Requests:
        """Return as many rows in which nothing is asked for."""
        return replace(self, given=torch.zeros_like(self.given))

    def before(self, others: Requests) -> Requests:
        """Return these rows followed by others."""
        return Requests(torch.cat([self.values, others.values]), torch.cat([self.given, others.given]))


@dataclass(frozen=True)
class Conditions:
    """Which properties a network reads, and how their values are standardised on each property's own scale.

    Attributes:
        keys, mean, std: one of each a property; a network that reads none has none.
    """

    keys: tuple[str, ...] = ()
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()

    @classmethod
    def of(cls, config: ConditionalConfig) -> Self:
        """Return those of the settings of a family that has conditions."""
        return cls(config.conditions, config.condition_mean, config.condition_std)

    def requests(self, targets: Targets | Sequence[Targets], n: int) -> Requests:
        """Return the requests that targets are; keys that the network does not read are left out.

        Raises `ValueError` when `targets` is neither one mapping for all rows nor `n` of them.
        """
        rows = [targets] * n if isinstance(targets, Mapping) else list(targets)
        if len(rows) != n:
            raise ValueError(f"targets has {len(rows)} rows; expected one mapping or {n} of them.")
        values = np.zeros((n, len(self.keys)), dtype=np.float32)
        given = np.zeros(values.shape, dtype=bool)
        for column, key in enumerate(self.keys):
            wished = [(i, row[key].central) for i, row in enumerate(rows) if key in row]
            if wished:
                where, numbers = (np.array(part) for part in zip(*wished, strict=True))
                values[where, column] = (property_spec(key).to_scale(numbers) - self.mean[column]) / self.std[column]
                given[where, column] = True
        return Requests(torch.from_numpy(values), torch.from_numpy(given))
