"""What is hidden in training: the questions that people ask, in the shares in which they are learnt."""

import torch

from polydesign.nn.conditions import hide_some

DESCRIPTORS = torch.tensor([False] * 6 + [True] * 4)


def asked(given=None, p_none=0.25, exact=DESCRIPTORS, n=20_000):
    given = torch.ones(n, len(exact), dtype=torch.bool) if given is None else given
    return hide_some(given, exact, p_none, torch.Generator().manual_seed(0))


def share(rows):
    return float(rows.float().mean())


def test_nothing_all_descriptors_a_few_properties_or_any_subset():
    kept = asked()
    properties, descriptors = kept[:, :6].sum(dim=1), kept[:, 6:].sum(dim=1)
    assert abs(share(kept.sum(dim=1) == 0) - 0.25) < 0.03  # any subset may be empty too
    assert abs(share((descriptors == 4) & (properties == 0)) - 0.75 * 0.45) < 0.02
    for k in (1, 2, 3):  # most of those with a few properties and no descriptor
        assert share((properties == k) & (descriptors == 0)) > 0.75 * 0.35 / 3
    assert share((properties > 3) & (descriptors > 0)) > 0.02


def test_every_property_is_asked_alone_as_often_as_another():
    kept = asked()
    alone = kept[(kept.sum(dim=1) == 1) & kept[:, :6].any(dim=1)].float().mean(dim=0)[:6]
    assert float(alone.min()) > 0.12 and float(alone.max()) < 0.22


def test_what_is_not_known_is_never_asked():
    given = torch.rand(2_000, 10, generator=torch.Generator().manual_seed(1)) < 0.2
    assert not (asked(given) & ~given).any()
    assert not asked(torch.zeros(50, 10, dtype=torch.bool)).any()


def test_a_single_condition_can_be_asked():
    only = torch.tensor([False])
    assert 0.25 < share(asked(exact=only, n=4_000)) < 0.45
