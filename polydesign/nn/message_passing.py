"""Message passing on graphs, without a loop over atoms or bonds.

With h_i the (d,) embedding of atom i and N(i) its neighbours, one layer computes

    m_i = sum over j in N(i) of MessageMLP(h_i * h_j [+ e_ij]),        h_i <- h_i + UpdateMLP(m_i),

where * multiplies element by element and e_ij is the embedding of the kind of bond, if bonds have kinds.
The product, and therefore the message, is the same in both directions: it is computed once a bond and
added at both ends. Scheme after Gilmer et al., Neural message passing for quantum chemistry,
ICML 2017; the product of neighbours and the residual update are those of the reference network.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def mlp(d_in: int, d_hidden: int, d_out: int) -> nn.Sequential:
    """Return Linear, SiLU, Linear."""
    return nn.Sequential(nn.Linear(d_in, d_hidden), nn.SiLU(), nn.Linear(d_hidden, d_out))


def sum_onto(x: Tensor, index: Tensor, n: int) -> Tensor:
    """Return (n, d) sums of the rows of (m, d) `x` that share an (m,) `index`, in single precision."""
    return torch.zeros(n, x.shape[1], dtype=torch.float32, device=x.device).index_add_(0, index, x.float())


class MessagePassing(nn.Module):
    """One layer; see the module.

    Args:
        d_model: width d.
        n_bond_codes: number of kinds of bonds, 0 to ignore them.
        dropout: share of the update that is switched off while training.
        norm: whether products are taken of normalised embeddings. Otherwise they grow from layer to layer, and
            a structure unlike the training data can be answered wildly.
    """

    def __init__(self, d_model: int, n_bond_codes: int = 0, dropout: float = 0.0, norm: bool = False) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(d_model) if norm else None
        self.message = mlp(d_model, d_model, d_model)
        self.update = mlp(d_model, d_model, d_model)
        self.bond = nn.Embedding(n_bond_codes, d_model) if n_bond_codes else None
        self.dropout = nn.Dropout(dropout)

    def forward(self, h: Tensor, bonds: Tensor, codes: Tensor) -> Tensor:
        """Return the next embeddings.

        Args:
            h: (n, d) embeddings of the atoms.
            bonds: (2, e) ends of each bond, each bond once; a loop brings its atom two messages.
            codes: (e,) kinds of the bonds.
        """
        left, right = bonds
        even = h if self.norm is None else self.norm(h).float()
        product = even.index_select(0, left) * even.index_select(0, right)
        if self.bond is not None:
            product = product + self.bond(codes)
        message = self.message(product).float()
        received = torch.zeros_like(h).index_add_(0, left, message).index_add_(0, right, message)
        return h + self.dropout(self.update(received)).float()
