"""All result files as one scoreboard: the tables of docs/figures, task by task."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import polydesign
from polydesign.core.errors import DataError
from polydesign.evaluation.readme import Measured, measured


@dataclass(frozen=True)
class Section:
    """One task: what it asks, how it is measured again, and what was found.

    Attributes:
        task: its name.
        title, question: for people.
        command: measures it again; "" when nobody said how.
        tables: the main one first; none when the task was not measured yet.
        generators: whether its rows are generators, which stand side by side on the Compare page.
    """

    task: str
    title: str
    question: str
    command: str = ""
    tables: Sequence[Measured] = field(default=())
    generators: bool = False


def _command(task: str, ids: str = "polygpt") -> str:
    return f"python -m polydesign.evaluate {ids} --task {task} --json benchmarks/results/{task}.json"


def _variants(name: str, question: str) -> Section:
    command = f"python -m benchmarks.variants {name} PREPARED --json benchmarks/results/{name}.json"
    return Section(name, name.capitalize(), question, command)


GENERATOR_TASKS = (
    "properties", "descriptors", "unconditional", "latent", "graphs", "polyinfo", "molecules", "moses", "zinc",
    "generation",
)  # fmt: skip
# In the order of the page. These are shown before they are measured, too.
_EXPECTED = ("predictors", *GENERATOR_TASKS)
_SECTIONS = {
    section.task: section
    for section in (
        Section(
            "predictors",
            "Property models",
            "How close do they come on chains, and on whole families of polymers, that they have not seen?",
            _command("predictors", "guide checker"),
        ),
        Section(
            "common",
            "Glass transitions of polymers with a name",
            "How close do the property models come to the literature?",
            _command("common", "guide checker"),
        ),
        Section(
            "properties",
            "Property targets",
            "Does a generator that is asked for a value get there, by the judgement of the checker?",
            _command("properties"),
        ),
        Section(
            "descriptors",
            "Fifteen descriptors in, one polymer out",
            "Does a single sample, not selected, meet the descriptors of a real polymer that was held out?",
            _command("descriptors"),
        ),
        Section(
            "unconditional",
            "Samples without targets",
            "Are they valid repeat units, different from each other and from the training polymers?",
            _command("unconditional"),
        ),
        Section(
            "latent",
            "Latent spaces",
            "Do codes come back as the polymer they were made of, and is what lies between them valid?",
            _command("latent", "ID"),
        ),
        Section(
            "graphs",
            "Generators that build graphs",
            "Are graphs valid as the network leaves them, and as large and as near to real polymers as they should be?",
            _command("graphs", "ID"),
        ),
        Section(
            "molecules",
            "Small molecules",
            "Asked for polarizability, gap and heat capacity, does a generator write a molecule that has them?",
            _command("molecules", "ID"),
        ),
        Section(
            "moses",
            "The MOSES benchmark",
            "Do samples of small molecules have the same distribution as the benchmark's test sets?",
            _command("moses", "ID"),
        ),
        Section(
            "zinc",
            "Codes of ZINC-250k",
            "Do molecules come back of their codes, and are draws of the prior valid and new (TransVAE study)?",
            _command("zinc", "ID"),
        ),
        Section(
            "polyinfo",
            "Samples against reported polymers",
            "Do samples have the same distribution as polymers that people have made?",
            _command("polyinfo"),
        ),
        Section(
            "generation",
            "Speed and size",
            "How long do 100 valid new polymers take, every generator in one run?",
            "python -m benchmarks.speed --generators --json benchmarks/results/generation.json",
        ),
        _variants("notations", "Which way of writing molecules does the same network learn best in equal time?"),
        _variants("ablation", "What does each part of PolyGPT bring in equal time?"),
        _variants("embeddings", "Does PolyTAO lose the order of values when it reads them as integer tokens?"),
        _variants("conditioning", "Where should PolyVAE read the properties: before its code, after it, or both?"),
        _variants("priors", "What should PolyVAE draw its codes from, so that it follows targets?"),
        _variants("denoisers", "Which denoiser serves PolyLDM, and should its decoder read the targets a second time?"),
        Section(
            "speed",
            "Speed",
            "How fast is it, beside a well-known implementation in the same run?",
            "python -m benchmarks.speed --json benchmarks/results/speed.json",
        ),
    )
}


def results_folder() -> Path:
    """Return the folder of result files beside the package."""
    return Path(polydesign.__file__).resolve().parent.parent / "benchmarks" / "results"


def scoreboard(folder: Path | None = None) -> tuple[list[Section], list[str]]:
    """Return the sections in the order of reading, and one sentence for each file that cannot be read.

    Args:
        folder: with the result files; those beside the package when None. A missing one counts as empty.
    """
    sound, problems = _sound(sorted((folder or results_folder()).glob("*.json")))
    tables: dict[str, list[Measured]] = {}
    for entry in measured(sound).values():
        tables.setdefault(entry.task, []).append(entry)
    expected = [
        replace(section, tables=tables.pop(section.task, ()), generators=section.task in GENERATOR_TASKS)
        for section in _SECTIONS.values()
        if section.task in tables or section.task in _EXPECTED
    ]
    others = [Section(task, task.capitalize(), "", "", entries) for task, entries in sorted(tables.items())]
    return expected + others, problems


def _sound(paths: Iterable[Path]) -> tuple[list[Path], list[str]]:
    """Sort out the files that are no result files, so that one of them does not hide the others."""
    sound, problems = [], []
    for path in paths:
        try:
            measured([path])
            sound.append(path)
        except DataError as error:
            problems.append(str(error))
    return sound, problems
