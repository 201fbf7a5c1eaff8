"""`zinc`: table 2 of the TransVAE study, for autoencoders that were trained on ZINC-250k.

Entropy of codes, molecules that come back with every token right, and draws of the prior: valid, new, and how far from
the training molecules (Dollar et al., Chem. Sci. 12, 8362, 2021). The study says neither how it takes the entropy nor
what cross diversity is; ours are those of the task `latent`.
"""

from __future__ import annotations

from polydesign.core.errors import DataError
from polydesign.core.protocols import LatentGenerator, TokenReproducer
from polydesign.data.sources.load import table
from polydesign.engine.latent.map import encode
from polydesign.evaluation.distribution import molecule_bits
from polydesign.evaluation.positions import position_counts, position_figures
from polydesign.evaluation.result import Column, Details, Manifest, Result, Table
from polydesign.evaluation.samples import basic_figures
from polydesign.evaluation.statistics import Figure, mean_figure, rate
from polydesign.evaluation.tasks.latent import CODES_EACH, code_entropy
from polydesign.evaluation.tasks.task import Setting, Task
from polydesign.evaluation.training_bits import nearest_of_packed, packed_molecules

DATA = "zinc250k"
COLUMNS = (
    Column("entropy", "entropy (nats)", digits=1),
    Column("every_token", "every token", "percent", 1),
    Column("reconstructed", "same molecule", "percent", 1),
    Column("token_told", "tokens, told those before", "percent", 1),
    Column("valid", "valid", "percent", 1),
    Column("unique", "unique", "percent", 1),
    Column("novel", "novel", "percent", 1),
    Column("cross_diversity", "cross diversity"),
)
NOTES = (
    "Molecules of the published test side to codes and back, the most probable token each time: every token right, or "
    "the same molecule. Entropy is the sum over dimensions of that of a histogram of codes with bins of 0.01.",
    "Draws of the prior at the family's own temperature: valid counts every draw; novel is molecules outside the "
    "training side; cross diversity is 1 - the mean similarity to the nearest of its molecules.",
)


def run(setting: Setting) -> Result:
    """Encode and decode test molecules, and sample the prior."""
    from polydesign.chem.notation.identity import molecule_key

    generator = setting.generator
    if not isinstance(generator, LatentGenerator):
        raise DataError(f"{setting.label} has no latent space to measure; this task is for families that encode.")
    if DATA not in setting.data:
        raise DataError(
            f"{setting.label} was not trained on {DATA}. Prepare it (python -m polydesign.data prepare zinc) and train "
            "on it: python -m polydesign.train FAMILY --data zinc."
        )
    n = setting.n or ZINC_TASK.n or 0
    frame = table(DATA, columns=["smiles", "split"])
    held_out = frame.loc[frame["split"] == "test", "smiles"].sample(frac=1.0, random_state=setting.seed)
    molecules = [molecule_key(text) for text in held_out.head(n)]
    decoded = setting.judge(generator.decode(generator.encode(molecules), seed=setting.seed), molecules=True)
    many = encode(generator, held_out.head(CODES_EACH * n).tolist())
    prior = setting.judge(setting.generate({}, n), molecules=True)
    same = sum(key == text for key, text in zip(decoded.keys, molecules, strict=True))
    figures = {
        **basic_figures(prior, setting.trained_chains),
        "reconstructed": rate(same, len(molecules)),
        "entropy": Figure(code_entropy(many), len(many)),
    }
    library = packed_molecules(frame.loc[frame["split"] == "train", "smiles"].tolist())
    figures["cross_diversity"] = mean_figure(1 - nearest_of_packed(molecule_bits(prior.valid_psmiles), library))
    details: Details = {}
    if isinstance(generator, TokenReproducer):
        told, alone = generator.reproduced(molecules)
        figures |= position_figures(told, alone)
        details["positions"] = position_counts(told, alone)
    tables = [Table("zinc", f"{len(molecules):,} test molecules, {n:,} draws", COLUMNS, [setting.row(figures)])]
    return Result("zinc", tables, NOTES, Manifest(n=n), details)


ZINC_TASK = Task("zinc", "Codes of ZINC-250k: the table of the TransVAE study", 1_000, run)
