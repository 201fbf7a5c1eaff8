"""The map of a latent space: polymers of our own library and common polymers, by the codes a generator gives them.

    code z -> plane:     x, y = C (z - m)        the first two principal components of the library's codes
    code z -> property:  y_k(z) = w_k (z - m) / s + b_k      ridge regression, on the property's scale

The map needs no model to be drawn; `latent_map_file` keeps it beside the checkpoint.

Shapes: N polymers of the library, M common polymers, d dimensions of a code, K properties. A polymer that the generator
cannot read has NaN coordinates.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files as resources

import numpy as np

from polydesign.chem.common import COMMON_POLYMERS
from polydesign.core import registry
from polydesign.core.errors import CheckpointError, DataError, PolydesignError
from polydesign.core.progress import OnProgress, Progress, ShouldStop, stop_if_asked
from polydesign.core.protocols import LatentGenerator
from polydesign.data.corpora import library
from polydesign.data.corpora.labels import on_scale
from polydesign.engine.latent.ridge import Ridge, fit_ridge
from polydesign.engine.relations.tables import library_values
from polydesign.store import Checkpoint, files, polymer_generators

_BLOCK = 128
_PRIOR = 1000  # draws that say how wide the prior is
_SEED = 0
_FIRST = "gruvae"  # what it reads comes back most often


@dataclass(frozen=True)
class LatentMap:
    """See the module.

    Attributes:
        made_from: "checkpoint", "library" and "common" -> sha256.
        mean: (d,) m, of the library's codes.
        components: (2, d) C, orthonormal.
        explained: (2,) shares of the codes' variance.
        prior_std: (d,) standard deviations of codes as the generator draws them.
        library, common: (N, 2) and (M, 2) in the plane of the principal components.
        library_tsne, common_tsne: the same by t-SNE, (0, 2) where nobody computed it.
        ridge: where properties lie.
        library_first, common_first: the first two dimensions of the codes themselves, (0, 2) in maps without them.
    """

    made_from: Mapping[str, str]
    mean: np.ndarray
    components: np.ndarray
    explained: np.ndarray
    prior_std: np.ndarray
    library: np.ndarray
    common: np.ndarray
    library_tsne: np.ndarray
    common_tsne: np.ndarray
    ridge: Ridge
    library_first: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))
    common_first: np.ndarray = field(default_factory=lambda: np.zeros((0, 2)))

    def project(self, codes: np.ndarray) -> np.ndarray:
        """Return the (n, 2) places of (n, d) codes in the plane of the principal components."""
        return (codes - self.mean) @ self.components.T


def encoding_generators() -> list[Checkpoint]:
    """Return the generators of this machine that have a latent space, the one that a newcomer meets first."""
    specs = registry.specs("generators")
    return sorted(
        (c for c in polymer_generators() if "latent" in specs[c.family].abilities), key=lambda c: c.id != _FIRST
    )


def encodes(checkpoint: Checkpoint) -> None:
    """Raise `CheckpointError` unless a generator has a latent space."""
    if "latent" not in registry.specs("generators")[checkpoint.family].abilities:
        there = ", ".join(found.id for found in encoding_generators()) or "none"
        raise CheckpointError(f"{checkpoint.id} has no latent space. Generators that have one: {there}.")


def build(
    generator: LatentGenerator,
    checkpoint: Checkpoint,
    *,
    with_tsne: bool = False,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> LatentMap:
    """Make the map of a generator; raises `Stopped`, and `CheckpointError` when it can read next to nothing."""
    frame = library_values()
    texts = [*frame["psmiles"].tolist(), *(polymer.psmiles for polymer in COMMON_POLYMERS)]
    codes = encode(generator, texts, on_progress, should_stop)
    ours = codes[: len(frame)]
    read = np.isfinite(ours).all(axis=1)
    keys = [key for key in frame if key != "psmiles"]
    if read.sum() < 100:
        raise CheckpointError(f"{checkpoint.id} can read {read.sum()} of {len(frame):,} polymers, too few for a map.")
    mean = ours[read].mean(axis=0)
    _, width, components = np.linalg.svd(ours[read] - mean, full_matrices=False)
    # The sign of a component is nobody's choice: its largest entry points up.
    components = components[:2] * np.sign(components[:2][[0, 1], np.abs(components[:2]).argmax(axis=1)])[:, None]
    plane = (codes - mean) @ components.T
    flat = tsne(codes, on_progress=on_progress, should_stop=should_stop) if with_tsne else np.zeros((0, 2))
    stop_if_asked(should_stop, "The map")
    return LatentMap(
        made_from=sources(checkpoint),
        mean=mean.astype(np.float32),
        components=components.astype(np.float32),
        explained=(width**2 / (width**2).sum())[:2].astype(np.float32),
        prior_std=generator.prior(_PRIOR, seed=_SEED, should_stop=should_stop).std(axis=0),
        library=plane[: len(frame)],
        common=plane[len(frame) :],
        library_tsne=flat[: len(frame)],
        common_tsne=flat[len(frame) :],
        ridge=fit_ridge(ours[read], on_scale(frame, keys)[read], keys),
        library_first=first_two(ours),
        common_first=first_two(codes[len(frame) :]),
    )


def first_two(codes: np.ndarray) -> np.ndarray:
    """Return (n, 2): the first two dimensions of (n, d) codes, the second 0 where there is one alone."""
    return codes[:, :2] if codes.shape[1] > 1 else np.pad(codes, ((0, 0), (0, 1)))


def encode(
    generator: LatentGenerator,
    psmiles: Sequence[str],
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> np.ndarray:
    """Return the (n, d) codes of repeat units, NaN for those that the generator cannot read; raises `Stopped`."""
    blocks = []
    for start in range(0, len(psmiles), _BLOCK):
        stop_if_asked(should_stop, "The map")
        blocks.append(_block(generator, list(psmiles[start : start + _BLOCK])))
        if on_progress is not None:
            done = min(start + _BLOCK, len(psmiles))
            on_progress(Progress("encode", done, len(psmiles), f"Reading polymers: {done:,} of {len(psmiles):,}"))
    width = next((block.shape[1] for block in blocks if block.size), 0)
    if not width:
        raise DataError("The generator can read none of these polymers: its notation has no way to write them.")
    return np.concatenate([np.full((len(b), width), np.nan, np.float32) if not b.size else b for b in blocks])


def _block(generator: LatentGenerator, psmiles: list[str]) -> np.ndarray:
    """Return codes; where one polymer spoils the block, it alone is NaN. All of them: ``(n, 0)``."""
    try:
        return np.asarray(generator.encode(psmiles), dtype=np.float32)
    except PolydesignError:
        if len(psmiles) == 1:
            return np.zeros((1, 0), dtype=np.float32)
    rows = [_block(generator, [text]) for text in psmiles]
    width = max(row.shape[1] for row in rows)
    return np.concatenate([row if row.size else np.full((1, width), np.nan, np.float32) for row in rows])


def tsne(
    codes: np.ndarray, *, on_progress: OnProgress | None = None, should_stop: ShouldStop | None = None
) -> np.ndarray:
    """Return (n, 2) places of (n, d) codes by scikit-learn's t-SNE (Barnes-Hut), begun from the principal components.

    Neighbours stay neighbours; distances between groups mean nothing. van der Maaten and Hinton, J. Mach. Learn. Res.
    9, 2579, 2008.
    """
    from sklearn.manifold import TSNE

    read = np.isfinite(codes).all(axis=1)
    places = np.full((len(codes), 2), np.nan)
    stop_if_asked(should_stop, "The map")
    if on_progress is not None:
        on_progress(Progress("tsne", 0, 1, f"t-SNE of {int(read.sum()):,} polymers; this takes a while"))
    perplexity = min(30.0, (read.sum() - 1) / 3)
    places[read] = TSNE(init="pca", random_state=_SEED, perplexity=perplexity).fit_transform(codes[read])
    stop_if_asked(should_stop, "The map")
    return places


def sources(checkpoint: Checkpoint) -> dict[str, str]:
    """Return the hashes of what a map of this checkpoint is made from now."""
    return {"checkpoint": checkpoint.sha256, **_tables()}


@cache
def _tables() -> dict[str, str]:
    common = resources("polydesign.chem").joinpath("common_polymers.csv").read_bytes()
    return {"library": files.sha256(library.FILE), "common": hashlib.sha256(common).hexdigest()}
