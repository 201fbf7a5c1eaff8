"""Figures that papers report for the tasks, shown beside ours and marked as published: nobody here measured them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from polydesign.evaluation.rows import Row
from polydesign.evaluation.statistics import Figure

_DOLLAR = "Dollar et al., Chem. Sci. 12, 8362 (2021). ZINC: more of it, and trained for longer."
_MOSES = (
    "Polykovskiy et al., Front. Pharmacol. 11, 565644 (2020). Trained on MOSES, 30,000 samples; means of three "
    "trainings, with one standard deviation to either side; Frag and Scaf without."
)

# Entropy (nats), then the shares of test molecules that come back whole, of valid draws of the prior, of new ones, and
# their cross diversity.
_TRANSVAE = {
    "MosesVAE": (127.4, 0.000, 0.976, 0.696, 0.213),
    "RNN-128": (453.9, 0.996, 0.475, 0.996, 0.516),
    "RNN-256": (458.7, 0.996, 0.846, 0.988, 0.459),
    "RNNAttn-128": (393.4, 0.996, 0.672, 0.999, 0.548),
    "RNNAttn-256": (383.2, 0.995, 0.851, 0.995, 0.492),
    "Trans1x-128": (576.3, 0.998, 0.227, 0.998, 0.538),
    "Trans4x-128": (546.4, 0.998, 0.365, 0.998, 0.530),
    "Trans1x-256": (556.6, 0.998, 0.424, 0.995, 0.502),
    "Trans4x-256": (529.5, 0.998, 0.567, 0.996, 0.503),
}
_CODES = ("entropy", "every_token", "valid", "novel", "cross_diversity")
# Valid, unique@1k, unique@10k, filters, novel, IntDiv1, IntDiv2, FCD and SNN against Test and TestSF, each with its
# standard deviation; Frag and Scaf against Test where the benchmark's summary has them.
_MOSES_COLUMNS = (
    "valid", "unique@1k", "unique@10k", "filters", "novel", "intdiv1", "intdiv2", "fcd", "fcd_sf", "snn", "snn_sf",
)  # fmt: skip
_MOSES_TABLE: Mapping[str, tuple[tuple[float, ...], tuple[float, ...], tuple[float, ...]]] = {
    "MOSES training set": (
        (1.0, 1.0, 1.0, 1.0, 0.0, 0.857, 0.851, 0.008, 0.476, 0.642, 0.586), (), (),
    ),
    "HMM": (
        (0.076, 0.623, 0.5671, 0.9024, 0.9994, 0.8466, 0.8104, 24.4661, 25.4312, 0.3876, 0.3795),
        (0.0322, 0.1224, 0.1424, 0.0489, 0.001, 0.0403, 0.0507, 2.5251, 2.5599, 0.0107, 0.0107), (),
    ),
    "NGram": (
        (0.2376, 0.974, 0.9217, 0.9582, 0.9694, 0.8738, 0.8644, 5.5069, 6.2306, 0.5209, 0.4997),
        (0.0025, 0.0108, 0.0019, 0.001, 0.001, 0.0002, 0.0002, 0.1027, 0.0966, 0.001, 0.0005), (),
    ),
    "Combinatorial": (
        (1.0, 0.9983, 0.9909, 0.9557, 0.9878, 0.8732, 0.8666, 4.2375, 4.5113, 0.4514, 0.4388),
        (0.0, 0.0015, 0.0009, 0.0018, 0.0008, 0.0002, 0.0002, 0.037, 0.0274, 0.0003, 0.0002), (),
    ),
    "CharRNN": (
        (0.975, 1.0, 0.999, 0.994, 0.842, 0.856, 0.85, 0.073, 0.52, 0.601, 0.565),
        (0.026, 0.0, 0.0, 0.003, 0.051, 0.0, 0.0, 0.025, 0.038, 0.021, 0.014), (0.9998, 0.9242),
    ),
    "VAE": (
        (0.977, 1.0, 0.998, 0.997, 0.695, 0.856, 0.85, 0.099, 0.567, 0.626, 0.578),
        (0.001, 0.0, 0.001, 0.0, 0.007, 0.0, 0.0, 0.013, 0.034, 0.0, 0.001), (0.9994, 0.9386),
    ),
    "AAE": (
        (0.937, 1.0, 0.997, 0.996, 0.793, 0.856, 0.85, 0.556, 1.057, 0.608, 0.568),
        (0.034, 0.0, 0.002, 0.001, 0.028, 0.003, 0.003, 0.203, 0.237, 0.004, 0.005), (0.9910, 0.9022),
    ),
    "JTN-VAE": (
        (1.0, 1.0, 0.9996, 0.976, 0.9143, 0.8551, 0.8493, 0.3954, 0.9382, 0.5477, 0.5194),
        (0.0, 0.0, 0.0003, 0.0016, 0.0058, 0.0034, 0.0035, 0.0234, 0.0531, 0.0076, 0.007), (0.9965, 0.8964),
    ),
    "LatentGAN": (
        (0.897, 1.0, 0.997, 0.973, 0.949, 0.857, 0.85, 0.296, 0.824, 0.538, 0.514),
        (0.002, 0.0, 0.005, 0.001, 0.001, 0.0, 0.0, 0.021, 0.030, 0.001, 0.009), (0.9986, 0.8867),
    ),
}  # fmt: skip
_OF = {"unique@1k": 1_000, "unique@10k": 10_000}  # samples, where not all 30,000


def _published(label: str, source: str, figures: Mapping[str, Figure]) -> Row:
    return Row(figures, label, origin="published", source=source)


def _moses(name: str) -> Row:
    means, spreads, frag_scaf = _MOSES_TABLE[name]
    figures = {}
    for key, mean, spread in zip(_MOSES_COLUMNS, means, spreads or [math.nan] * len(means), strict=True):
        figures[key] = Figure(mean, _OF.get(key, 30_000), mean - spread, mean + spread)
    figures |= {key: Figure(value, 30_000) for key, value in zip(("frag", "scaf"), frag_scaf, strict=False)}
    return _published(name, _MOSES, figures)


_GRAPHS = [
    _published(
        "GraphAF", "Shi et al., ICLR 2020. Molecules of ZINC-250k.",
        {"valid": Figure(0.68, 0), "valid_checked": Figure(1.0, 0)},
    ),
    _published(
        "GCPN", "You et al., NeurIPS 2018, as Shi et al. report it. Molecules of ZINC-250k.",
        {"valid": Figure(0.20, 0)},
    ),
    _published("GraphNVP", "Madhawa et al., 2019, as Shi et al. report it. Molecules of ZINC-250k.",
               {"valid": Figure(0.426, 0)}),
    _published("JT-VAE", "Jin et al., ICML 2018, as Shi et al. report it. Molecules of ZINC-250k.",
               {"valid_checked": Figure(1.0, 0)}),
    _published(
        "two-step graph VAE", "Bresson & Laurent, 2019. Molecules of ZINC-250k, beam search.",
        {"valid_checked": Figure(1.0, 0), "novel": Figure(1.0, 0), "reconstructed": Figure(0.905, 0)},
    ),
]  # fmt: skip

# Name of a table -> rows of papers; a figure has the number of observations where the paper states one (else 0).
PUBLISHED: Mapping[str, Sequence[Row]] = {
    "descriptors": (
        _published(
            "PolyTAO",
            "Qiu & Sun, npj Comput. Mater. 10, 273 (2024). Other requests, about 200,000; novelty is not stated.",
            {"valid": Figure(0.9927, 200_000), "r2_mean": Figure(0.96, 200_000)},
        ),
    ),
    "graphs": _GRAPHS,
    "moses": [_moses(name) for name in _MOSES_TABLE],
    "zinc": [
        _published(name, _DOLLAR, {key: Figure(value, 0) for key, value in zip(_CODES, row, strict=True)})
        for name, row in _TRANSVAE.items()
    ],
}
