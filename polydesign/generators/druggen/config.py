"""Settings of DrugGEN: two generators and two critics, all graph transformers.

    python -m polydesign.train druggen --data polymers
    python -m polydesign.train druggen --data polymers --init druggen --where "tg_exp_c>=250" --out runs/druggen-tg

The first reads all properties, so that any class can be asked for; the second goes on with polymers of one class alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from polydesign.core.errors import TrainingError
from polydesign.core.specs import Minutes, Phase


@dataclass(frozen=True)
class DrugGENConfig:
    """Everything needed to rebuild the generators and to train them.

    Attributes:
        kinds: kinds of atoms, "*" first; taken from the prepared data, as the conditions are.
        conditions, condition_mean, condition_std: properties that the second generator reads.
        max_atoms, max_bonds: those of the largest graph, attachment points among them.
        n_starts: graphs that are edited, made once and shipped.
        d_model, d_pair, n_heads: features of an atom and of a pair, heads of attention.
        n_layers, n_second, n_critic_layers: layers of the first and the second generator and of each critic.
        d_noise: numbers of noise at each atom.
        n_class: embeddings that stand for the polymers of a class.
        hidden_kinds, hidden_orders, hidden_atoms: shares of kinds, of bonds' orders and of whole atoms that are hidden
            of a start at most.
        p_unconditional: share of training rows in which nothing is asked for.
        restore_share: share of a run in which hidden parts are restored, before the critics come in.
        restore_lr, lr: peak learning rates of both phases.
        critic_steps, penalty, beta_1, beta_2: see `training.objectives.adversarial`.
        overfull, apart, anchor: weights of what a generator pays for bonds beyond an atom's room, for atoms apart from
            the rest, and for what it restores wrongly.
        batch_atoms: atoms of a batch, padding included.
    """

    kinds: tuple[str, ...] = ("*",)
    conditions: tuple[str, ...] = ()
    condition_mean: tuple[float, ...] = ()
    condition_std: tuple[float, ...] = ()
    max_atoms: int = 40
    max_bonds: int = 48
    n_starts: int = 8192
    d_model: int = 128
    d_pair: int = 32
    n_heads: int = 8
    n_layers: int = 3
    n_second: int = 1
    n_critic_layers: int = 2
    d_noise: int = 8
    n_class: int = 16
    hidden_kinds: float = 0.8
    hidden_orders: float = 0.4
    hidden_atoms: float = 0.2
    p_unconditional: float = 0.2
    restore_share: float = 0.6
    restore_lr: float = 2e-3
    lr: float = 2e-4
    critic_steps: int = 2
    penalty: float = 10.0
    beta_1: float = 0.5
    beta_2: float = 0.9
    overfull: float = 1.0
    apart: float = 1.0
    anchor: float = 0.5
    batch_atoms: int = 6400

    def __post_init__(self) -> None:
        if self.d_model % self.n_heads:
            raise TrainingError(f"d_model must be a multiple of n_heads; got {self.d_model} and {self.n_heads}.")
        if min(self.n_layers, self.n_second, self.n_critic_layers, self.critic_steps, self.n_starts) < 1:
            raise TrainingError("n_layers, n_second, n_critic_layers, critic_steps and n_starts must be at least 1.")
        if not 0 <= self.restore_share < 1:
            raise TrainingError(f"restore_share must lie in [0, 1); got {self.restore_share:g}.")

    def for_data(self, meta: Mapping[str, Any]) -> Self:
        """Return this preset fitted to prepared data (its meta.json)."""
        named = ("kinds", "conditions", "condition_mean", "condition_std")
        most = min(self.max_atoms, int(meta["max_atoms"]))
        return replace(self, max_atoms=most, **{name: tuple(meta[name]) for name in named})

    @property
    def phases(self) -> tuple[Phase, ...]:
        """What is hidden is restored, then both generators play."""
        phases = (
            Phase("restore", self.restore_share, self.restore_lr),
            Phase("play", 1.0 - self.restore_share, self.lr),
        )
        return tuple(phase for phase in phases if phase.share > 0)


PRESETS = {
    "tiny": DrugGENConfig(
        n_starts=256, d_model=32, d_pair=16, n_heads=4, n_layers=2, n_second=1, n_critic_layers=1, n_class=4,
        critic_steps=1, batch_atoms=768,
    ),
    "small": DrugGENConfig(),
    "reference": DrugGENConfig(n_layers=6, n_second=3, critic_steps=5, batch_atoms=12_800),
}  # fmt: skip

MINUTES = {"tiny": Minutes(cpu=2), "small": Minutes(cpu=240, gpu=10), "reference": Minutes(gpu=60)}
