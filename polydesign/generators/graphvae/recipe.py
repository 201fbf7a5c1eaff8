"""How the two-step graph VAE is trained: on graphs of heavy atoms, by its own loss."""

from polydesign.data.encodings.encoding import Encoding
from polydesign.data.encodings.heavy_graphs import HeavyGraphEncoding
from polydesign.generators.graphvae.config import GraphVAEConfig
from polydesign.training.recipes.loop import LoopRecipe


class GraphVAERecipe(LoopRecipe[GraphVAEConfig]):
    """Graphs in the order that the settings name; batches are cut by atoms."""

    size = "batch_atoms"

    def encoding_for(self, config: GraphVAEConfig) -> Encoding:
        """Return graphs in this order."""
        return HeavyGraphEncoding(config.order)


RECIPE = GraphVAERecipe("graphvae")
