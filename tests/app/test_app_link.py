"""A link restores exactly the request it was made from, and survives whatever else is in it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polydesign.core.properties import PROPERTIES
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.targets import Target
from polydesign.ui.request.link import MAX_LENGTH, MAX_PARTS, decode, encode

positive = st.floats(1e-6, 1e6).map(lambda v: float(f"{v:.10g}"))
weight = st.floats(0.01, 100).map(lambda v: float(f"{v:.6g}"))
targets = st.one_of(
    st.builds(lambda v, t, w: Target(value=v, tolerance=t, weight=w), positive, positive, weight),
    st.builds(lambda v, w: Target(minimum=v, weight=w), positive, weight),
    st.builds(lambda v, w: Target(maximum=v, weight=w), positive, weight),
)
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), min_size=1, max_size=40)
requests = st.builds(
    DesignRequest,
    checkpoint=st.sampled_from(["polygpt", "owner/name"]),
    targets=st.dictionaries(st.sampled_from(sorted(PROPERTIES)), targets, max_size=5),
    n=st.integers(1, 100_000),
    seed=st.integers(0, 2**32 - 1),
    options=st.dictionaries(st.sampled_from(["temperature", "top_p"]), words, max_size=2),
    filters=st.builds(
        Filters,
        must_contain=st.lists(words, max_size=3).map(tuple),
        exclude=st.lists(words, max_size=3).map(tuple),
        exclude_elements=st.lists(st.sampled_from(["F", "Cl", "Si"]), unique=True).map(tuple),
        max_atoms=st.none() | st.integers(1, 500),
        pfas_free=st.booleans(),
        novel_only=st.booleans(),
    ),
    steering=st.sampled_from(["native", "latent", "select"]),
    revision=st.none() | st.just("0123abc"),
)


def listed(parameters):
    return {name: value if isinstance(value, list) else [value] for name, value in parameters.items()}


@given(requests)
def test_what_is_written_is_read_back(request):
    restored, problems = decode(listed(encode(request)))
    assert problems == []
    assert restored == request


@given(st.dictionaries(words | st.sampled_from(["target", "n", "seed", "option", "keep"]), st.lists(words, min_size=1)))
def test_anything_else_is_reported_never_raised(parameters):
    request, problems = decode(parameters)
    assert isinstance(request, DesignRequest)
    assert all(isinstance(problem, str) and problem for problem in problems)


def test_the_sound_parts_of_a_damaged_link_are_kept():
    request, problems = decode(
        {
            "generator": ["polygpt"],
            "target": ["tg_exp_c=180:20", "egc_dft_ev>=", "nonsense_key=3", "eps_dft>=nan"],
            "n": ["many"],
            "seed": ["7"],
            "mystery": ["1"],
        }
    )
    assert dict(request.targets) == {"tg_exp_c": Target(value=180.0, tolerance=20.0)}
    assert request.seed == 7
    assert request.n == DesignRequest("").n
    assert len(problems) == 5
    assert any("nonsense_key" in problem for problem in problems)
    assert any("many" in problem for problem in problems)


def test_a_link_cannot_be_used_to_flood_the_page():
    request, problems = decode({"keep": ["C" * (MAX_LENGTH + 1)] + ["CC"] * (MAX_PARTS + 50)})
    assert len(request.filters.must_contain) < MAX_PARTS
    assert len(problems) == 2


@pytest.mark.parametrize("text", ["n=0", "n=100001", "seed=-1", "steering=magic", "max_atoms=0", "pfas_free=yes"])
def test_values_out_of_bounds_are_refused_with_the_bound(text):
    name, value = text.split("=")
    request, problems = decode({name: [value]})
    assert len(problems) == 1
    assert value in problems[0]
    assert request == DesignRequest("")


def test_a_link_is_short_when_little_is_asked():
    parameters = encode(DesignRequest("polygpt", {"tg_exp_c": Target(value=180.0, tolerance=20.0)}))
    assert parameters == {"generator": "polygpt", "target": ["tg_exp_c=180:20"]}
