"""Many polymers are described in several processes, and remembered, with the same result as one by one."""

import joblib
import numpy as np

from polydesign.chem.describe import fingerprints
from polydesign.data.processes import MANY
from polydesign.predictors import described


def test_processes_give_what_one_by_one_gives(monkeypatch):
    monkeypatch.setattr(joblib, "cpu_count", lambda: 2)
    texts = [f"*{'C' * (1 + row % 40)}O{'C' * (row // 40)}*" for row in range(MANY)]
    texts[7] = "no polymer"
    found = described.described([*texts, texts[0]])
    assert len(found) == MANY + 1 and found[7] is None and found[-1] is found[0]
    for text, one in zip(texts[:40], found, strict=False):
        alone = described._describe_one(text)
        if alone is None:
            assert one is None
        else:
            assert all(np.array_equal(a, b) for a, b in zip(one, alone, strict=True))


def test_a_polymer_is_described_once_while_it_is_remembered(monkeypatch):
    described.described(["*CCCCCCC*"])
    monkeypatch.setattr(described, "_describe", lambda texts: [None] * len(texts))
    assert described.described(["*CCCCCCC*"])[0] is not None
    monkeypatch.setattr(described, "_CACHE", 0)
    described.described(["*CCCC*"])
    assert described.described(["*CCCCCCC*"]) == [None]


def test_a_chain_whose_name_cannot_be_read_back_is_not_described(monkeypatch):
    monkeypatch.setattr(fingerprints, "chain_key", lambda text: "*c1cccc1*")
    assert described.described(["*CCOCCSCC*"]) == [None]
