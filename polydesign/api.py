"""The Python face of the engine: what a notebook user writes. Each function is a name of `polydesign` itself."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polydesign.core.errors import TargetError
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.results import DesignResult
from polydesign.core.targets import Target, parse_target

if TYPE_CHECKING:
    import pandas as pd

    from polydesign.core.progress import OnProgress, ShouldStop
    from polydesign.core.protocols import Generator
    from polydesign.engine.session import Session
    from polydesign.store import Checkpoint

Wish = Target | str | float
"""A target as it may be given: a `Target`, a number, or the text that stands after the key on the command line."""


class Design(DesignResult):
    """A `DesignResult` that a notebook shows as a table."""

    def to_frame(self) -> pd.DataFrame:
        """Return one row a candidate, best first, with the columns of the command line's CSV file.

        These are rank, psmiles, chain_key, score, p_all_targets, novel, sa_score, and for each property ``KEY`` in
        its unit, ``KEY_std`` on its scale (decades for log10), ``KEY_lo80`` and ``KEY_hi80`` in its unit,
        ``KEY_in_domain`` and ``KEY_checker``, the independent model's value in the unit.
        """
        from polydesign.engine.design.export import to_frame

        return to_frame(self)

    def _repr_html_(self) -> str:
        warnings = "".join(f"<p>{html.escape(text)}</p>" for text in self.warnings)
        return warnings + self.to_frame().to_html(max_rows=20, float_format="{:.4g}".format, index=False, border=0)


def load(checkpoint: str | Path, revision: str | None = None) -> Generator:
    """Return a generator, verified and ready to sample.

    ``load("polygpt").sample({}, 5, seed=0)`` gives five raw strings, invalid ones included; see
    `polydesign.core.protocols.Generator`. It is loaded once and shared with `design`.

    Args:
        checkpoint: id of a checkpoint that ships, ``owner/name`` on the Hub, or a folder.
        revision: commit, branch or tag on the Hub; "main" when None.

    Raises `CheckpointError` when it is not on this machine, is broken or is no generator.
    """
    return _session().generator(_find(checkpoint, revision))


def design(
    targets: Mapping[str, Wish],
    n: int = 100,
    *,
    generator: str | Path = "polygpt",
    seed: int = 0,
    filters: Filters | None = None,
    steering: str = "native",
    revision: str | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
    **options: Any,
) -> Design:
    """Design repeat units for target properties: generate, validate, predict, rank, check.

    ``design({"tg_exp_c": "180:20", "egc_dft_ev": ">=4@2"}, n=20, temperature=0.8)`` asks for a glass transition at
    180 ± 20 °C and, twice as important, a band gap of 4 eV at least.

    Args:
        targets: property key -> wish: a number, a text such as "180:20" (value and tolerance), ">=4" or "<=4",
            with "@2" behind it for a weight, or a `Target`; a key that is absent means "don't care".
        n: number of candidates wanted.
        generator: id of a checkpoint that ships, ``owner/name`` on the Hub, or a folder.
        seed: seed of the generator; the same seed on the same machine gives the same result.
        filters: what a candidate must and must not contain; by default it must be new to the training data.
        steering: "native", "latent" or "select", see `polydesign.core.request.DesignRequest`.
        revision: commit, branch or tag on the Hub; "main" when None.
        on_progress: called with the stages "load", "head", "generate", "screen" and "check".
        should_stop: asked often; what was gathered before it turned true comes back.
        options: of the generator, such as ``temperature`` or ``guidance_scale``; what is absent takes its default.

    Returns:
        The result: `candidates` best first, the count of everything that was generated, `warnings` in sentences, and
        `to_frame` for a table.

    Raises:
        TargetError, OptionError, ChemistryError: the request cannot be fulfilled; the message says what to change.
        CheckpointError: a model is missing or broken.
        Stopped: stopped before there was any candidate.
    """
    from polydesign.engine.design.run import design as run

    checkpoint = _find(generator, revision)
    request = DesignRequest(
        checkpoint=str(generator),
        targets=read_targets(targets),
        n=n,
        seed=seed,
        options=options,
        filters=filters or Filters(),
        steering=steering,
        revision=revision,
    )
    result = run(
        request, session=_session(), checkpoint=checkpoint, on_progress=on_progress, should_stop=should_stop
    )  # fmt: skip
    return Design(**vars(result))


def predict(
    psmiles: str | Iterable[str],
    *,
    checker: bool = True,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> pd.DataFrame:
    """Predict all properties of repeat units.

    Args:
        psmiles: repeat units with two ``*``; one alone is a table of one row.
        checker: whether the independent model predicts too; it takes most of the time.
        on_progress, should_stop: called now and then; `Stopped` is raised when the latter turns true.

    Returns:
        One row for each, in order: ``psmiles``, ``status`` ("ok" or "error"), ``reason`` in words, and for each
        property ``KEY`` in its unit, ``KEY_std`` (standard deviation on its scale: in decades for log10),
        ``KEY_lo80`` and ``KEY_hi80`` (ends of the calibrated 80 % interval, in its unit), ``KEY_in_domain`` and, with
        `checker`, ``KEY_checker``. A text that is no repeat unit has no numbers.

    Raises `CheckpointError` when a model is missing or broken.
    """
    from polydesign.engine.predict.run import predict as run

    texts = [psmiles] if isinstance(psmiles, str) else list(psmiles)
    return run(texts, session=_session(), checker=checker, on_progress=on_progress, should_stop=should_stop)


def read_targets(targets: Mapping[str, Wish]) -> dict[str, Target]:
    """Return the targets that wishes stand for; raise `TargetError` for a wish or a key that cannot be read."""
    return {key: _target(key, wish) for key, wish in targets.items()}


def _target(key: str, wish: Wish) -> Target:
    if isinstance(wish, Target):
        parse_target(wish.text(key))  # refuses a key or a value that cannot be
        return wish
    if isinstance(wish, str):
        sign = "" if wish.lstrip()[:1] in ("<", ">", "=") else "="
        return parse_target(f"{key}{sign}{wish}")[1]
    try:
        return parse_target(f"{key}={float(wish)!r}")[1]
    except (TypeError, ValueError) as error:
        if isinstance(error, TargetError):
            raise
        raise TargetError(
            f"The target of {key} must be a number, a text such as '180:20' or '>=4', or a Target; got {wish!r:.80}."
        ) from None


def _find(checkpoint: str | Path, revision: str | None) -> Checkpoint:
    from polydesign import store
    from polydesign.commands.cli import find_checkpoint

    if isinstance(checkpoint, Path):
        return store.open_folder(checkpoint)
    return find_checkpoint(checkpoint, revision)


@cache
def _session() -> Session:
    """Return the models of this process: a second call does not load them again."""
    from polydesign.engine.session import Session

    return Session()
