"""What is asked of a generator, row by row: standardised property values, and which of them are asked for.

Shapes: B batch, C conditions.
"""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class Requests:
    """Requests of B rows.

    Attributes:
        values: ``(B, C)`` float32, in standard deviations of the training data; anything where nothing is asked.
        given: ``(B, C)`` bool, what is asked for.
    """

    values: Tensor
    given: Tensor

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, index) -> Requests:
        """Return the requests at `index`."""
        return Requests(self.values[index], self.given[index])

    def repeated(self, n: int) -> Requests:
        """Return each request `n` times in a row."""
        return Requests(self.values.repeat_interleave(n, 0), self.given.repeat_interleave(n, 0))
