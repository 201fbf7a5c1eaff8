"""A vocabulary of clusters: which there are, how much room each kind of atom has, and what fits where.

What is shared when a cluster is put onto what is there must be alike on both sides: an atom of the same kind, or a bond
of the same order between such, with room for the cluster's further bonds. Answers are arrays of bool and are kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache

import numpy as np

from polydesign.chem.clusters.cluster import STAR, Cluster

_CACHE = 1 << 16

Shared = tuple[tuple[str, int], ...]
"""Kind and room of each of the atoms that are to be shared: one, or the two of a bond."""


class Clusters:
    """A vocabulary; see the module.

    Attributes:
        clusters: numbered from 0.
        room: kind of atom -> largest sum of bond orders.
        number: cluster -> its number.
        ends: (V,) order of the bond where a cluster is one to an attachment point, else 0.
        spare: (V,) room that an atom of it has for certain, however it is put.
    """

    def __init__(self, clusters: Sequence[Cluster], room: Mapping[str, int]) -> None:
        self.clusters = tuple(clusters)
        self.room = dict(room)
        self.number = {cluster: number for number, cluster in enumerate(self.clusters)}
        self.orders = np.array([cluster.order for cluster in self.clusters])
        self.ends = np.array([cluster.order if cluster.kinds[0] == STAR else 0 for cluster in self.clusters])
        self.spare = np.array([self._spare(cluster) for cluster in self.clusters])
        self.fitting = lru_cache(_CACHE)(self._fitting)
        self.glues = lru_cache(_CACHE)(self._glues)

    def _spare(self, cluster: Cluster) -> int:
        left = [self.room[kind] - used for kind, used in zip(cluster.kinds, cluster.used, strict=True)]
        return min(max((n for i, n in enumerate(left) if i not in glue), default=0) for glue in cluster.glues)

    def _fitting(self, shared: Shared, order: int) -> np.ndarray:
        """Return (V,) which clusters can share an atom, or a bond of this order (0 for an atom)."""
        return np.array([self._glues(number, shared, order).any() for number in range(len(self.clusters))])

    def _glues(self, number: int, shared: Shared, order: int) -> np.ndarray:
        """Return (G,) which glues of a cluster fit there, of those that are alike by symmetry the lowest alone."""
        cluster = self.clusters[number]
        if cluster.order:
            return np.array([not order and cluster.order <= shared[0][1]])
        orders = {(i, j): bond for i, j, bond in cluster.bonds}
        fits = np.zeros(len(cluster.glues), dtype=bool)
        for place in cluster.distinct:
            glue = cluster.glues[place]
            fits[place] = (
                len(glue) == len(shared)
                and all(cluster.kinds[i] == kind for i, (kind, _) in zip(glue, shared, strict=True))
                and all(cluster.used[i] - order <= room for i, (_, room) in zip(glue, shared, strict=True))
                and (not order or orders[min(glue), max(glue)] == order)
            )
        return fits
