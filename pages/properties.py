"""Properties: how they go together, in our library, in known values and in the results of a run."""

import streamlit as st

from polydesign.core.errors import PolydesignError
from polydesign.ui.parts.entry import through_app
from polydesign.ui.parts.text import plain
from polydesign.ui.properties import pareto as properties_pareto
from polydesign.ui.properties import possible as properties_possible
from polydesign.ui.properties import views as properties_views

VIEWS = {
    "Correlations": properties_views.correlations,
    "Distributions": properties_views.distributions,
    "Targets and results": properties_views.fits,
    "Compromises": properties_pareto.pareto,
    "Is it possible?": properties_possible.possible_view,
}

through_app()
st.html('<div class="pd-title"><b>Properties</b><span>What goes together, and what does not</span></div>')
view = st.segmented_control(
    "View", list(VIEWS), key="show", default="Correlations", required=True, label_visibility="collapsed",
    bind="query-params",
)  # fmt: skip
try:
    from polydesign.ui.properties.sets import sets

    VIEWS[view](sets())
except PolydesignError as error:
    st.error(plain(error), icon=":material/error:")
