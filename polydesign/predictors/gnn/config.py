"""Settings of the graph network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from polydesign.core.errors import TrainingError
from polydesign.core.properties import MOLECULE_KEYS, POLYMER_KEYS
from polydesign.core.specs import Phase


@dataclass(frozen=True)
class GnnConfig:
    """Everything needed to rebuild the network, apart from its weights.

    Attributes:
        keys: properties predicted, in the order of the outputs.
        structure: "molecule" (every hydrogen a node, answers summed over atoms) or "chain" (closed repeat
            unit, answers averaged over atoms, so that repeating the unit changes nothing).
        atom_columns: how many of the columns of `chem.describe.graphs` are read; 1 is the atomic number alone.
        bonds: whether messages know the kind of the bond.
        norm: whether messages are made of normalised embeddings.
        d_model: width of the embeddings.
        n_layers: rounds of messages, hence the reach in bonds.
        d_head: width of a further network between the pooled chain and the properties; 0 for none.
        dropout: share of each update that is switched off while training.
        n_members: networks; when there are several, member e never sees part e of `n_members` parts of the graphs.
        domain_bits, domain_radius: length and reach of the environments by which the domain is told.
        batch_atoms: atoms of a batch.
        max_atoms: larger graphs are not learnt from.
        learning_rate, weight_decay, average: of the training run; decay of the moving average of the weights.
        epochs: length of the run when no minutes are given.
        rare_weight: exponent with which properties that have few values count more in the loss.
    """

    keys: tuple[str, ...] = POLYMER_KEYS
    structure: Literal["molecule", "chain"] = "chain"
    atom_columns: int = 6
    bonds: bool = True
    norm: bool = False
    d_model: int = 96
    n_layers: int = 4
    d_head: int = 96
    dropout: float = 0.1
    n_members: int = 4
    domain_bits: int = 8192
    domain_radius: int = 2
    batch_atoms: int = 2000
    max_atoms: int = 200
    learning_rate: float = 2e-3
    weight_decay: float = 0.05
    average: float = 0.998
    epochs: int = 60
    rare_weight: float = 0.5

    def __post_init__(self) -> None:
        if self.structure not in ("molecule", "chain"):
            raise TrainingError(f"structure must be 'molecule' or 'chain'; got '{self.structure}'.")
        if self.structure == "molecule" and self.d_head:
            raise TrainingError(f"Answers for molecules are sums over atoms, without a head; got d_head {self.d_head}.")
        if self.n_members < 1 or (self.structure == "chain" and self.n_members < 2):
            raise TrainingError(f"Chains need at least two members, molecules one; got n_members {self.n_members}.")

    @property
    def phase(self) -> Phase:
        """The only phase of a run."""
        return Phase("regress", 1.0, self.learning_rate)


_MOLECULE: dict[str, Any] = {
    "keys": MOLECULE_KEYS, "structure": "molecule", "n_members": 1, "d_head": 0, "dropout": 0.0,
    "batch_atoms": 4000, "weight_decay": 0.01, "learning_rate": 1e-2,
}  # fmt: skip
PRESETS = {
    "tiny": GnnConfig(
        norm=True,
        d_model=16,
        n_layers=2,
        d_head=16,
        dropout=0.0,
        n_members=2,
        domain_bits=512,
        batch_atoms=400,
        epochs=4,
    ),
    "small": GnnConfig(norm=True, learning_rate=5e-3, epochs=40),
    # The network of the first task as it was set: atomic numbers only, 64 wide, 3 deep.
    "molecules": GnnConfig(**_MOLECULE, atom_columns=1, bonds=False, d_model=64, n_layers=3, epochs=60),
    "molecules-bonds": GnnConfig(**_MOLECULE, norm=True, d_model=64, n_layers=5, epochs=60),
}
# The preset that is meant when a data set is named and no preset.
PRESET_FOR = {"properties": "small", "qm9": "molecules"}
