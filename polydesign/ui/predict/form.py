"""What is to be predicted: lines that are typed or pasted, or a file; examples and a search by name."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import Final

import streamlit as st

from polydesign.chem.common import COMMON_POLYMERS, CommonPolymer, find, suggest
from polydesign.core.errors import PolydesignError
from polydesign.core.progress import ShouldStop
from polydesign.engine.intake import read as upload
from polydesign.engine.intake.lines import MAX_POLYMERS, Entries
from polydesign.ui.parts.text import plain

TEXT, SOURCE, FILE, COLUMN, SEARCH = (
    "predict.text", "predict.source", "predict.file", "predict.column", "predict.search",
)  # fmt: skip
TYPED, UPLOADED = "Type or paste", "Upload a file"
EXAMPLES = {
    "PEEK": "PEEK",
    "Nylon 6,6 and Kevlar": "nylon 6,6\nKevlar",
    "Six plastics": "PE\nPP\nPS\nPVC\nPET\nPMMA",
    "A polyimide of your own": "*c1ccc(C(C)(C)c2ccc(N3C(=O)c4ccc(Oc5ccc6c(c5)C(=O)N(*)C6=O)cc4C3=O)cc2)cc1",
}
_SHOWN = 3  # polymers named in the headline, and doubtful lines
_SESSION: Final = "session"


@dataclass(frozen=True)
class Asked:
    """What the form asks for; two are equal when they ask for the same.

    Attributes:
        text: lines as typed; "" for a file.
        file: name of the uploaded file, its id and the column of the polymers.
        size: of the file, in bytes.
        content: of the file; only while it is still to be read.
    """

    text: str = ""
    file: tuple[str, str, str | None] | None = None
    size: int = 0
    content: bytes = field(default=b"", compare=False, repr=False)

    def read(self, should_stop: ShouldStop | None = None) -> Entries:
        """Return the rows; raise `DataError` and `Stopped` as `polydesign.engine.intake.read.read`."""
        if self.file is None:
            return upload.typed(self.text)
        name, _, column = self.file
        return upload.read(io.BytesIO(self.content), name, column, should_stop=should_stop)

    @property
    def headline(self) -> str:
        """The request in one line, as Markdown."""
        if self.file is not None:
            return plain(f"{self.file[0]}, {_size(self.size)}")
        texts = [entry.text for entry in upload.typed(self.text).rows]
        more = f" and {len(texts) - _SHOWN:,} more" if len(texts) > _SHOWN else ""
        shown = ", ".join(text if len(text) <= 40 else f"{text[:39]}…" for text in texts[:_SHOWN])
        return plain(f"{len(texts):,} {'polymer' if len(texts) == 1 else 'polymers'}: {shown}{more}")


def fill(text: str) -> None:
    """Put lines into the form."""
    st.session_state[TEXT], st.session_state[SOURCE] = text, TYPED


def form() -> Asked | None:
    """Draw the form; return what it asks for, None while there is nothing."""
    st.session_state.setdefault(TEXT, "")
    st.session_state.setdefault(SOURCE, TYPED)
    source = st.segmented_control(
        "Where the polymers come from", (TYPED, UPLOADED), key=SOURCE, required=True,
        label_visibility="collapsed", persist_state=_SESSION,
    )  # fmt: skip
    return _typed() if source == TYPED else _uploaded()


def _typed() -> Asked | None:
    text = st.text_area(
        "One polymer a line: a repeat unit with two \\*, or a name",
        key=TEXT,
        height=190,
        placeholder="PEEK\nnylon 6,6\n*CC(*)c1ccccc1",
        persist_state=_SESSION,
    )
    st.selectbox(
        "Add a common polymer",
        COMMON_POLYMERS,
        index=None,
        key=SEARCH,
        format_func=_listed,
        placeholder=f"Search {len(COMMON_POLYMERS)} by name",
        on_change=_add,
    )
    rows = upload.typed(text).rows
    doubtful = [entry for entry in rows[:1000] if "*" not in entry.text and not find(entry.text)]
    for entry in doubtful[:_SHOWN]:
        near = suggest(entry.text)
        hint = f"Did you mean {' or '.join(near)}?" if near else "Give its repeat unit, with two * for the ends."
        st.warning(plain(f"Line {entry.row}: no common polymer is called “{entry.text[:60]}”. {hint}"))
    if len(doubtful) > _SHOWN:
        st.caption(f"{len(doubtful) - _SHOWN:,} more lines are no known names.")
    return Asked(text=text.strip()) if rows else None


def _uploaded() -> Asked | None:
    file = st.file_uploader(
        f"CSV, SMI or SDF, up to {MAX_POLYMERS:,} polymers",
        type=list(upload.ENDINGS),
        key=FILE,
        max_upload_size=upload.MAX_BYTES // 1_000_000,
        help="In CSV, the column that holds the polymers is found by itself; names of common polymers may stand in it.",
    )
    if file is None:
        st.caption("Every row comes back, those that cannot be predicted with the reason.")
        return None
    content = file.getvalue()
    try:
        names, chosen = upload.columns(io.BytesIO(content), file.name)
    except PolydesignError as error:
        st.error(plain(error), icon=":material/error:")
        return None
    column = None
    if len(names) > 1:
        column = st.selectbox(
            "Column of the polymers", names, index=names.index(chosen) if chosen in names else None,
            key=f"{COLUMN}.{file.file_id}", placeholder="Which column holds the polymers?",
        )  # fmt: skip
        if column is None:
            st.warning("No column seems to hold repeat units or names of polymers. Choose one.")
            return None
    return Asked(file=(file.name, file.file_id, column), size=len(content), content=content)


def _listed(polymer: CommonPolymer) -> str:
    """Return the name as the search shows it; what is searched is this text."""
    others = ", ".join((polymer.abbreviation, *polymer.synonyms[:3]) if polymer.abbreviation else polymer.synonyms[:3])
    return f"{polymer.name} ({others})" if others else polymer.name


def _add() -> None:
    """Append the polymer that was searched for to the lines, and clear the search."""
    polymer = st.session_state[SEARCH]
    if polymer is not None:
        lines = [*st.session_state[TEXT].rstrip().splitlines(), polymer.short]
        st.session_state[TEXT] = "\n".join(lines)
        st.session_state[SEARCH] = None


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:,.1f} MB" if n_bytes >= 1e5 else f"{n_bytes / 1e3:,.1f} kB"
