"""How JT-VAE is trained: on the steps that build units from clusters, by its own loss."""

from polydesign.generators.jtvae.config import JTVAEConfig
from polydesign.generators.jtvae.encoding import ClusterEncoding
from polydesign.training.recipes.loop import LoopRecipe


class JTVAERecipe(LoopRecipe[JTVAEConfig]):
    """Batches are cut by atoms."""

    encoding = ClusterEncoding()
    size = "batch_atoms"


RECIPE = JTVAERecipe("jtvae")
