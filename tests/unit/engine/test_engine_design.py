import numpy as np
import pytest

from polydesign.chem.notation.identity import chain_hash, chain_key
from polydesign.core.errors import CheckpointError, ChemistryError, OptionError, Stopped, TargetError
from polydesign.core.request import DesignRequest, Filters
from polydesign.core.results import DesignResult
from polydesign.core.targets import Target
from polydesign.engine.design.run import design, round_seed, round_size
from tests.unit.engine.fakes import CarbonModel, FakeSession, ToldGenerator

TG = {"tg_exp_c": Target(value=250, tolerance=20)}
NONE_KNOWN = np.zeros(0, dtype=np.uint32)


def request(targets=TG, **fields):
    return DesignRequest("fake", targets=targets, **{"n": 10, **fields})


def reciting(*strings, known=NONE_KNOWN, **more):
    return FakeSession(ToldGenerator(strings), known=known, guide=CarbonModel(), checker=CarbonModel(3.0), **more)


def test_candidates_come_ranked_with_predictions_and_the_checker(session):
    result = design(request(), session=session)
    assert len(result.candidates) == result.counts["kept"] == 10
    scores = [candidate.score for candidate in result.candidates]
    assert scores == sorted(scores, reverse=True) and 0 < scores[0] <= 1
    for candidate in result.candidates:
        assert candidate.predictions["tg_exp_c"].mean == pytest.approx(candidate.psmiles.count("C") * 10.0)
        assert candidate.checker["tg_exp_c"]["mean"] == candidate.predictions["tg_exp_c"].mean + 3.0
        assert candidate.novel is True
        assert candidate.chain_key == chain_key(candidate.psmiles)
    assert result.candidates[0].predictions["tg_exp_c"].mean == pytest.approx(250, abs=10)


def test_every_generation_is_accounted_for(session):
    result = design(request(), session=session)
    gathered = len(session.predictors["guide"].asked)
    assert result.counts["generated"] == sum(call.n for call in session.fake.calls)
    assert result.counts["generated"] == gathered + sum(result.rejected.values())
    assert result.counts["generated"] >= result.counts["parses"] >= result.counts["valid"]
    assert result.counts["valid"] >= result.counts["unique"] >= result.counts["novel"] >= result.counts["kept"]


def test_rejections_are_told_apart():
    known = np.array([chain_hash(chain_key("*CC*"))], dtype=np.uint32)
    strings = ("*CCO*", "*OCC*", "*CC*", "CCO", "*C", "C(", "*CC(*)Cl", "*CC(*)F")
    session = reciting(*strings, known=known)
    result = design(request(n=1, filters=Filters(exclude_elements=("Cl",))), session=session)
    assert {"duplicate chain", "known polymer", "no stars", "one star", "does not parse", "contains Cl"} <= set(
        result.rejected
    )
    assert result.rejected["no prediction for a target"] == 1
    assert [candidate.psmiles for candidate in result.candidates] == ["*CCO*"]
    rounds = result.counts["generated"] // 8
    assert result.counts["generated"] <= 220
    assert result.counts["parses"] >= 7 * rounds and result.counts["valid"] >= 5 * rounds
    assert result.counts["unique"] == 4 and result.counts["novel"] == 3


def test_known_polymers_can_be_kept():
    known = np.array([chain_hash(chain_key("*CCO*"))], dtype=np.uint32)
    kept = design(request(n=1, filters=Filters(novel_only=False)), session=reciting("*CCO*", known=known))
    assert kept.candidates[0].novel is False and kept.counts["novel"] == 0


def test_without_a_list_of_known_chains_novelty_is_not_claimed():
    result = design(request(n=1), session=reciting("*CCO*", known=None))
    assert result.candidates[0].novel is None
    assert "novel" not in result.counts
    assert any("novelty is not known" in text for text in result.warnings)


def test_the_same_request_gives_the_same_result(session):
    first, again = (design(request(), session=session) for _ in range(2))
    assert first.candidates == again.candidates and first.counts == again.counts
    other = design(request(seed=1), session=session)
    assert other.candidates != first.candidates


def test_the_manifest_repeats_the_run(session):
    first = design(
        request(filters=Filters(exclude=("N",), max_atoms=60), options={"temperature": 0.8}), session=session
    )
    again = design(DesignRequest.from_dict(first.to_dict()["manifest"]["request"]), session=session)
    assert again.candidates == first.candidates
    assert first.manifest["checkpoint"]["sha256"] == "sha of fake"
    assert first.manifest["guide"]["id"] == "guide" and first.manifest["checker"]["id"] == "checker"
    assert {"python", "torch", "rdkit", "polydesign"} <= set(first.manifest["versions"])
    assert first.manifest["request"]["options"]["top_p"] == 1.0, "defaults are written out"
    assert isinstance(first, DesignResult) and first.request.targets == TG


def test_a_conditional_generator_is_told_the_targets(session):
    result = design(request(), session=session)
    assert result.manifest["steering"] == "native"
    assert all(call.targets == TG for call in session.fake.calls)


def test_bounds_are_aimed_at_from_inside(session):
    design(request({"tg_exp_c": Target(minimum=200)}), session=session)
    assert session.fake.calls[0].targets["tg_exp_c"] == Target(value=220.0)
    design(request({"tg_exp_c": Target(maximum=-90, tolerance=30)}), session=session)
    assert session.fake.calls[-1].targets["tg_exp_c"].value == -100.0, "not beyond the training data"


def test_selection_samples_freely_and_gathers_more(session):
    result = design(request(steering="select"), session=session)
    assert result.manifest["steering"] == "select"
    assert all(call.targets == {} for call in session.fake.calls)
    assert result.counts["unique"] > 15


def test_a_generator_without_conditions_selects_and_says_so(session):
    session.entry.family = "ngram"
    result = design(request(), session=session)
    assert result.manifest["steering"] == "select"
    assert any("cannot be told targets" in text for text in result.warnings)


def test_targets_the_generator_was_not_trained_on_only_rank(session):
    result = design(request({**TG, "sa_score": Target(maximum=3)}), session=session)
    assert set(session.fake.calls[0].targets) == {"tg_exp_c"}
    assert any("Synthetic accessibility score: used for ranking only" in text for text in result.warnings)
    assert result.candidates[0].predictions["sa_score"].mean == result.candidates[0].sa_score


def test_descriptors_are_exact_targets():
    session = reciting("*CC*", "*CCO*", "*CC(*)c1ccccc1", "*c1ccc(*)cc1")
    result = design(request({"RingCount": Target(value=1)}, n=4), session=session)
    assert [candidate.p_all_targets for candidate in result.candidates] == [1.0, 1.0, 0.0, 0.0]
    assert result.candidates[0].predictions["RingCount"].std == 0.0


def test_without_targets_there_is_no_steering(session):
    result = design(request({}), session=session)
    assert result.manifest["steering"] == "none"
    assert {candidate.score for candidate in result.candidates} == {1.0}


def test_the_budget_ends_a_hopeless_run():
    result = design(request(n=3), session=reciting("not a polymer"))
    assert result.candidates == [] and result.counts["generated"] == 20 * 3 + 200
    assert any("Only 0 of 3 candidates after 260 generations" in text for text in result.warnings)


def test_stop_returns_what_there_is(session):
    progress = []
    big = request(n=4000)
    result = design(big, session=session, on_progress=progress.append,
                    should_stop=lambda: any(p.stage == "screen" and p.done > 0 for p in progress))  # fmt: skip
    assert 0 < len(result.candidates) < 4000
    assert any(text.startswith("Stopped early") for text in result.warnings)
    assert all(candidate.checker == {} for candidate in result.candidates)


def test_stop_before_the_first_candidate_raises(session):
    with pytest.raises(Stopped):
        design(request(), session=session, should_stop=lambda: True)


def test_stop_while_the_checker_works_keeps_the_candidates(session):
    progress = []
    result = design(request(), session=session, on_progress=progress.append,
                    should_stop=lambda: any(p.stage == "check" for p in progress))  # fmt: skip
    assert len(result.candidates) == 10
    assert "Stopped before the checker had answered." in result.warnings


def test_progress_tells_every_stage(session):
    progress = []
    design(request(), session=session, on_progress=progress.append)
    assert list(dict.fromkeys(p.stage for p in progress)) == ["load", "generate", "screen", "check"]
    assert all(0 <= p.done <= p.total for p in progress)


def test_timings_add_up(session):
    timings = design(request(), session=session).timings
    assert set(timings) == {"load", "generate", "screen", "predict", "rank", "check", "total"}
    assert sum(timings.values()) - timings["total"] <= timings["total"] + 0.01


@pytest.mark.parametrize(
    ("wrong", "error"),
    [
        (request(n=0), TargetError),
        (request({"egc_dft_ev": Target(value=4)}), TargetError),
        (request(options={"warmth": 1}), OptionError),
        (request(options={"temperature": "hot"}), OptionError),
        (request(filters=Filters(must_contain=("C(C",))), ChemistryError),
        (request(filters=Filters(exclude_elements=("Xx",))), ChemistryError),
    ],
)
def test_a_wrong_request_is_refused_before_anything_is_generated(session, wrong, error):
    with pytest.raises(error):
        design(wrong, session=session)
    assert session.fake.calls == []


def test_predicted_targets_need_the_guide(session):
    session.predictors["guide"] = None
    with pytest.raises(CheckpointError, match="no guide"):
        design(request(), session=session)


def test_without_predictors_computed_targets_still_work(session):
    session.predictors = {"guide": None, "checker": None}
    result = design(request({"HeavyAtomCount": Target(minimum=10)}), session=session)
    assert len(result.candidates) == 10 and result.manifest["guide"] is None
    assert sum(text.startswith("No values of the") for text in result.warnings) == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [((0, 5, 9, 100), 0), ((5, 0, 0, 0), 0), ((100, 0, 0, 2000), 138), ((10, 90, 100, 2000), 32),
     ((100, 0, 100, 10_000), 2048), ((100, 50, 100, 40), 40)],
)  # fmt: skip
def test_the_size_of_a_round(given, expected):
    assert round_size(*given) == expected


def test_rounds_of_neighbouring_seeds_differ():
    assert len({round_seed(seed, number) for seed in range(50) for number in range(50)}) == 2500
