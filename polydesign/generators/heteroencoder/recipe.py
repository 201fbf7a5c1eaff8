"""How the heteroencoder is trained: on pairs of spellings, by its own loss."""

from polydesign.data.encodings.encoding import Encoding
from polydesign.generators.heteroencoder.config import HeteroencoderConfig
from polydesign.generators.heteroencoder.encoding import PairEncoding
from polydesign.training.recipes.loop import LoopRecipe


class PairRecipe(LoopRecipe[HeteroencoderConfig]):
    """Spellings are made where the data have none yet."""

    encoding = PairEncoding()

    def encoding_for(self, config: HeteroencoderConfig) -> Encoding:
        """See `LoopRecipe`."""
        return PairEncoding(n_spellings=config.n_spellings)


RECIPE = PairRecipe("heteroencoder")
