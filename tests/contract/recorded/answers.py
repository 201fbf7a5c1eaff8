"""What the shipped models answer, recorded, so that a change of the code cannot change it unseen.

    python tests/contract/recorded/answers.py

writes strings.json (200 strings of each generator, two design results) and predictions.safetensors (200 polymers by
guide and checker) anew. Do so when a checkpoint was trained anew, never to make a change of code pass.
"""

from __future__ import annotations

import json
import platform
from pathlib import Path

import numpy as np
import torch
from safetensors.numpy import save_file

from polydesign import store
from polydesign.core import registry
from polydesign.core.request import DesignRequest
from polydesign.core.targets import Target
from polydesign.data.corpora.library import library
from polydesign.engine.design.run import design

FOLDER = Path(__file__).resolve().parent
STRINGS, PREDICTIONS = FOLDER / "strings.json", FOLDER / "predictions.safetensors"
N = 200
TARGETS = {"tg_exp_c": Target(value=150.0), "egc_dft_ev": Target(minimum=4.0)}
REQUESTS = {
    "native": DesignRequest("polygpt", TARGETS, n=20, seed=3),
    "latent": DesignRequest("gruvae", {"tg_exp_c": Target(value=200.0, tolerance=30.0)}, 10, 5, steering="latent"),
}


def processor() -> str:
    """Return the model of the processor: other ones round otherwise, and one other token changes all that follow."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "unknown")


def sampled(id: str) -> list[str]:
    """Return N strings of a generator for targets, ten constrained ones, and those of ten codes where it has any."""
    model = store.load_model(id)
    strings = model.sample(TARGETS, N, seed=7)
    options = {option.name for option in registry.spec(store.find(id).family).options}
    constrained = model.sample({}, 10, seed=8, options={"constrained": True}) if "constrained" in options else []
    decoded = model.decode(model.prior(10, seed=9), seed=9) if hasattr(model, "decode") else []
    return [*strings, *constrained, *decoded]


def predicted(id: str) -> np.ndarray:
    """Return ``(N, K, 2)`` float32 central values and standard deviations of the first N polymers of the library."""
    psmiles = library()["psmiles"].tolist()[:N]
    columns = store.load_model(id).predict(psmiles)
    return (
        np.stack([[columns[key].mean, columns[key].std] for key in sorted(columns)])
        .astype(np.float32)
        .transpose(2, 0, 1)
    )


def designed(name: str) -> list[list]:
    """Return string, score and probability of each candidate of a request."""
    result = design(REQUESTS[name])
    return [[c.psmiles, round(c.score, 5), round(c.p_all_targets, 5)] for c in result.candidates]


def main() -> None:
    """Record all."""
    torch.set_num_threads(1)
    generators = [checkpoint.id for checkpoint in store.list_checkpoints("generator")]
    record = {
        "processor": processor(),
        "generators": {id: sampled(id) for id in generators},
        "designs": {name: designed(name) for name in REQUESTS},
    }
    STRINGS.write_text(json.dumps(record, indent=0, ensure_ascii=False) + "\n")
    save_file({id: np.ascontiguousarray(predicted(id)) for id in ("guide", "checker")}, PREDICTIONS)


if __name__ == "__main__":
    main()
