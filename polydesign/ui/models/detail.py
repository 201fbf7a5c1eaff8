"""One model at large: what it is, where it comes from, its card, figures and data."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import streamlit as st

from polydesign.core import registry
from polydesign.core.properties import PROPERTIES
from polydesign.engine.models import cards as model_cards
from polydesign.engine.models.cards import Figures, Names
from polydesign.engine.models.installed import Model
from polydesign.store import Checkpoint
from polydesign.ui.models.list import size
from polydesign.ui.models.removal import removal
from polydesign.ui.parts.text import plain, unit

# Names in metrics.json -> headings; what is not named here stands as it is.
_HEADS = {
    "r2": "R²", "rmse": "RMSE", "mae": "MAE", "coverage80": "80 % interval holds", "in_domain": "in domain",
    "half_width": "half width of it", "rmse_in_domain": "RMSE in domain", "rmse_outside": "RMSE outside",
    "value": "value",
}  # fmt: skip
_SHARES = {"coverage80", "in_domain"}
_DIGITS = 12  # of a sha256 that is shown; the whole is in the tooltip


def detail(model: Model) -> None:
    """Draw a model; one that cannot be used with the reason and no more than is known."""
    marks = [(model.kind, ""), (model.place, "")]
    marks.append(("altered: cannot be used", "pd-bad") if model.problem else ("files verified", "pd-good"))
    items = "".join(f'<span class="pd-mark {css}">{escape(text)}</span>' for text, css in marks)
    st.html(f'<div class="pd-name"><b>{escape(model.label)}</b></div><div class="pd-marks">{items}</div>')
    if model.problem:
        st.error(plain(model.problem), icon=":material/broken_image:")
    checkpoint = model.checkpoint
    if checkpoint is None:
        removal(model)
        return
    st.markdown(plain(checkpoint.summary))
    _facts(model, checkpoint)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="model-doors"):
        if not model.problem:
            _doors(checkpoint)
        with st.popover("Cite", icon=":material/format_quote:", key="model-cite"):
            st.caption("BibTeX of these weights; the method's own papers stand in its note.")
            st.code(model_cards.bibtex(checkpoint), language="bibtex", wrap_lines=True)
        removal(model)
    card, figures, data = st.tabs(["Card", "Figures", "Training data"])
    with card, st.container(key="card"):
        text = model_cards.body(model.card).removeprefix(checkpoint.summary).strip()
        st.markdown(text or "This model has no card.")
        for picture in model.pictures:
            st.image(picture, caption=plain(picture.stem.replace("-", " ")), width="stretch")
    with figures:
        groups = model_cards.figures(model.metrics)
        for group in groups:
            _figures(group)
        if not groups:
            st.caption("Its metrics.json holds no figures.")
    with data:
        _data(checkpoint)


def _facts(model: Model, checkpoint: Checkpoint) -> None:
    spec = registry.spec(checkpoint.family)
    trained = checkpoint.config["trained"]
    training = [
        f"{trained['minutes']:g} minutes" if isinstance(trained.get("minutes"), (int, float)) else "",
        *(str(trained[name]) for name in ("hardware", "date") if trained.get(name)),
    ]
    commit = checkpoint.config["git_commit"] or ""
    facts = [
        ("Name", f"<code>{escape(model.name)}</code>"),
        ("Family", f"<code>{escape(checkpoint.family)}</code> {escape(spec.label)}"),
        ("Size", size(model.n_bytes)),
        ("Licence", escape(model.licence or "its card does not say")),
        ("Trained", escape(", ".join(text for text in training if text) or "not stated")),
        ("Version", f"{_hash(checkpoint.sha256)}{f' by source {_hash(commit, 7)}' if commit else ''}"),
        ("Properties", _properties(checkpoint)),
        ("Reference", f'{escape(spec.citation)} <a href="{escape(spec.url)}" target="_blank">Source</a>'),
    ]
    st.html(
        '<dl class="pd-facts">' + "".join(f"<dt>{name}</dt><dd>{text}</dd>" for name, text in facts if text) + "</dl>"
    )


def _properties(checkpoint: Checkpoint) -> str:
    return ", ".join(
        f'<span title="{escape(PROPERTIES[key].label)}">{escape(PROPERTIES[key].symbol)}</span>'
        for key in checkpoint.properties
    )


def _doors(checkpoint: Checkpoint) -> None:
    """Lead on to the page where the model works."""
    if checkpoint.kind == "generator" and checkpoint.structure == "polymer":
        query = {"generator": checkpoint.id}
        if checkpoint.revision:
            query["revision"] = checkpoint.revision
        st.page_link("pages/design.py", label="Design with it", icon=":material/tune:", query_params=query)
    elif checkpoint.role == "guide":
        st.page_link("pages/predict.py", label="Predict with it", icon=":material/query_stats:")


def _figures(group: Figures) -> None:
    if group.title:
        st.html(f'<div class="pd-section">{_words(group.title)}</div>')
    rows = [
        [_named(name), *(_number(column, row.get(column)) for column in group.columns)]
        for name, row in group.rows.items()
    ]
    table(["", *(_HEADS.get(column, column) for column in group.columns)], rows)


def _data(checkpoint: Checkpoint) -> None:
    rows = []
    for entry in checkpoint.config["data"]:
        count, digest = entry.get("rows"), entry.get("sha256")
        rows.append([
            escape(entry["name"]),
            f"{count:,}" if isinstance(count, int) else "–",
            escape(str(entry.get("licence") or "not stated")),
            _hash(digest) if isinstance(digest, str) else "–",
        ])  # fmt: skip
    if rows:
        table(["set", "rows", "licence", "sha256"], rows, words=(2,))
        st.caption("No rows of these sets are in the checkpoint: weights, summary statistics and hashes of chains are.")
    else:
        st.caption("Its config.json names no data.")


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], words: Sequence[int] = ()) -> None:
    """Draw a table that scrolls by itself when it is too wide; cells are HTML, the columns `words` hold text."""

    def line(cells: Sequence[str], tag: str) -> str:
        marked = ("th scope=row" if i == 0 and tag == "td" else tag for i in range(len(cells)))
        return "".join(
            f"<{name}{' class=pd-words' if i in words else ''}>{cell}</{name.split()[0]}>"
            for i, (name, cell) in enumerate(zip(marked, cells, strict=True))
        )

    body = "".join(f"<tr>{line(row, 'td')}</tr>" for row in rows)
    head = line([escape(head) for head in heads], "th")
    st.html(
        f'<div class="pd-scroll" tabindex="0"><table class="pd-score"><thead><tr>{head}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _named(names: Names) -> str:
    if len(names) != 1 or names[0] not in PROPERTIES:
        return _words(names)
    spec = PROPERTIES[names[0]]
    of = "decades" if spec.scale == "log10" else unit(spec)
    return f"{escape(spec.label)} <small>{escape(', '.join(text for text in (spec.kind, of) if text))}</small>"


def _words(names: Names) -> str:
    """Write names of metrics.json: properties by their labels, others in words."""
    parts = (PROPERTIES[name].label if name in PROPERTIES else name.replace("_", " ") for name in names)
    return escape(" · ".join(parts))


def _number(column: str, value: float | str | None) -> str:
    if value is None:
        return "–"
    if isinstance(value, str):
        return escape(value)
    if column in _SHARES:
        return f"{100 * value:.0f} %"
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}".replace("-", "−")


def _hash(digest: str, digits: int = _DIGITS) -> str:
    return f'<code title="{escape(digest)}">{escape(digest[:digits])}</code>'
