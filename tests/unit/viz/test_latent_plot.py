import pytest

from polydesign.viz.latent import latent_scatter


def test_every_point_of_the_path_has_its_string_and_invalid_ones_are_hollow():
    decoded = ["*CC*", "*C<unk>", "*" + "C" * 200 + "*"]
    figure = latent_scatter([[0.0, 1.0], [2.0, 3.0]], [[0, 0], [1, 1], [2, 2]], decoded, [True, False, True])
    real, *points = figure.data
    assert list(real.x) == [0.0, 2.0] and list(real.y) == [1.0, 3.0]
    assert [point.marker.symbol for point in points] == ["circle", "circle-open", "circle"]
    assert points[0].name == "1: *CC*" and points[1].name == "2: *C&lt;unk&gt;"
    assert len(points[2].name) < 70 and points[2].name.endswith("…")


def test_each_point_needs_a_string():
    with pytest.raises(ValueError):
        latent_scatter([[0.0, 1.0]], [[0, 0], [1, 1]], ["*CC*"], [True])
