"""Measure a latent flow among codes: ``python -m benchmarks.flow_codes ID PREPARED``.

Held-out nats a code beside those of two simple priors, and the spread with which a design run should start. Codes are
those of validation polymers; nothing here sees the test side, and nothing is decoded.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, Normal

from polydesign import store
from polydesign.commands import cli
from polydesign.core.errors import DataError
from polydesign.data.encodings.stream import Stream
from polydesign.data.encodings.tokens import TokenRows
from polydesign.generators.latentflow.network import LatentFlow
from polydesign.nn.latent import Gaussian
from polydesign.nn.requests import Requests
from polydesign.training.codes import Codes, read_codes


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    p = argparse.ArgumentParser(prog="python -m benchmarks.flow_codes", description=__doc__.split("\n")[0])
    p.add_argument("id", metavar="ID", help="a latent flow (id or folder)")
    p.add_argument("prepared", type=Path, help="the prepared corpus that it was trained on")
    p.add_argument("--n", type=int, default=20_000, help="training codes that the Gaussian is fitted to (20,000)")
    p.add_argument("--seed", type=int, default=0)
    return p


@cli.command
def main(argv: Sequence[str] | None = None) -> int:
    """Run the command."""
    args = parser().parse_args(argv)
    network = getattr(store.load_model(cli.find_checkpoint(args.id)), "network", None)
    if not isinstance(network, LatentFlow):
        raise DataError(f"'{args.id}' is no latent flow.")
    strings = Stream(TokenRows.load(args.prepared), network.config.batch_tokens, network.max_tokens)
    for name, value in figures(network, read_codes(network, strings, args.n, seed=args.seed), args.seed).items():
        print(f"{name}: {value:.3f}")
    return cli.OK


@torch.no_grad()
def figures(network: LatentFlow, codes: Codes, seed: int) -> Mapping[str, float]:
    """Return nats a standardised code of the flow and of simple priors, and the spread of held-out polymers.

    Nats are -log of the density, mean over held-out codes, each drawn once from its q(z | string); "free" are those of
    the flow when it is told nothing. The spread is the root mean square of the noise that the *means* of held-out codes
    are made of: as far out as polymers themselves lie, without the noise that their codes are read with.
    """
    train, valid = (_rows(codes, side) for side in (0, 1))
    generator = torch.Generator().manual_seed(seed)
    seen, unseen = (_standard(network, Gaussian(r["mean"], r["log_var"]).draw(generator)) for r in (train, valid))
    e = network.embedded(Requests(valid["values"], valid["given"]))
    gaussian = MultivariateNormal(seen.double().mean(dim=0), torch.cov(seen.double().T))
    means = network.couplings(torch.zeros_like(e))(_standard(network, valid["mean"]))
    return {
        "flow": -float(network.couplings.log_density(unseen, e).mean()),
        "flow, free": -float(network.couplings.log_density(unseen, torch.zeros_like(e)).mean()),
        "Gaussian of full covariance": -float(gaussian.log_prob(unseen.double()).mean()),
        "independent Gaussians": -float(Normal(seen.mean(dim=0), seen.std(dim=0)).log_prob(unseen).sum(dim=1).mean()),
        "spread": float(means.square().mean().sqrt()),
    }


def _rows(codes: Codes, side: int) -> dict[str, Tensor]:
    return {name: torch.from_numpy(array) for name, array in codes.batch(codes.split == side).items()}


def _standard(network: LatentFlow, z: Tensor) -> Tensor:
    return (z - network.shift) / network.scale


if __name__ == "__main__":
    raise SystemExit(main())
