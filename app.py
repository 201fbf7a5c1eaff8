"""Start the app: streamlit run app.py."""

from pathlib import Path

import streamlit as st

STATIC = Path(__file__).parent / "static"

st.set_page_config(page_title="polydesign", page_icon=STATIC / "icon.svg", layout="wide")
st.html(STATIC / "style.css")
pages = [
    st.Page("pages/design.py", title="Design", icon=":material/tune:", default=True),
    st.Page("pages/predict.py", title="Predict", icon=":material/query_stats:"),
    st.Page("pages/polymer.py", title="Polymer", icon=":material/hexagon:"),
    st.Page("pages/compare.py", title="Compare", icon=":material/balance:"),
    st.Page("pages/latent.py", title="Latent space", icon=":material/scatter_plot:"),
    st.Page("pages/properties.py", title="Properties", icon=":material/insights:"),
    st.Page("pages/data.py", title="Data", icon=":material/dataset:"),
    st.Page("pages/shortlist.py", title="Shortlist", icon=":material/star:"),
    st.Page("pages/models.py", title="Models", icon=":material/deployed_code:"),
]
st.navigation(pages, position="hidden" if st.context.is_embedded else "top").run()
