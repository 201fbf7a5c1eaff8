"""Whatever is typed or uploaded: every row is there, with its number, and a reason when it cannot be used."""

import io
import resource
import time

import pytest

from polydesign.core.errors import DataError, Stopped
from polydesign.engine.intake import lines as upload_lines
from polydesign.engine.intake import read as upload
from polydesign.engine.intake.lines import EMPTY, MAX_LINE, MAX_POLYMERS
from polydesign.engine.intake.resolve import resolve

MOL = """PE

made by hand
  4  3  0  0  0  0  0  0  0  0999 V2000
    0.0000    0.0000    0.0000 {star:<3} 0  0  0  0  0  0  0  0  0  0  0  0
    1.0000    0.5000    0.0000 C   0  0  0  0  0  0  0  0  0  0  0  0
    2.0000    0.0000    0.0000 O   0  0  0  0  0  0  0  0  0  0  0  0
    3.0000    0.5000    0.0000 {star:<3} 0  0  0  0  0  0  0  0  0  0  0  0
  1  2  1  0
  2  3  1  0
  3  4  1  0
M  END
"""


def read(content, name="polymers.csv", column=None):
    return upload.read(io.BytesIO(content if isinstance(content, bytes) else content.encode()), name, column)


def texts(entries):
    return [entry.text for entry in entries.rows]


def test_typed_lines_are_units_labels_and_names():
    entries = upload.typed(
        "*CC* my polymer\n\n  PEEK  \nnylon 6,6\nPMMA, PS; *CO*\n*CCO* |$_AP1;;;_AP2$|\nunknown, thing"
    )
    assert [(e.row, e.text, e.label) for e in entries.rows] == [
        (1, "*CC*", "my polymer"), (3, "PEEK", ""), (4, "nylon 6,6", ""), (5, "PMMA", ""), (5, "PS", ""),
        (5, "*CO*", ""), (6, "*CCO*", ""), (7, "unknown, thing", ""),
    ]  # fmt: skip
    assert not upload.typed("  \n\n").rows


def test_rows_count_as_in_a_spreadsheet_and_keep_their_other_cells():
    entries = read('id,psmiles,note\n7,*CC*,a\n8,*CO*,"b, c"\n')
    assert entries.columns == ("id", "note")
    assert [(e.row, e.text, e.cells) for e in entries.rows] == [(2, "*CC*", ("7", "a")), (3, "*CO*", ("8", "b, c"))]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
def test_separators_are_found(separator):
    lines = [["name", "smiles", "x"], ["poly(2,6-dimethyl)", "*CC*", "1"], ["b", "*CO*", "2"]]
    entries = read("\n".join(separator.join(f'"{cell}"' if "," in cell else cell for cell in line) for line in lines))
    assert texts(entries) == ["*CC*", "*CO*"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [("*CC*\n*CO*\n", ["*CC*", "*CO*"]), ("PE,*CC*\nPOM,*CO*\n", ["*CC*", "*CO*"]), ("PEEK\nPMMA\n", ["PEEK", "PMMA"]),
     ("title\n*CC*\n", ["*CC*"]), ("a,b\nx,*CC*\ny,*CO*\n", ["*CC*", "*CO*"]), ("polymer\nPEEK\nnylon 6,6\n",
      ["PEEK", "nylon 6,6"]), ("\n\nsmiles\n*CC*\n", ["*CC*"])],
)  # fmt: skip
def test_the_column_is_found_with_and_without_a_header(content, expected):
    assert texts(read(content)) == expected


def test_rows_are_numbered_below_empty_lines_and_without_a_header():
    assert [e.row for e in read("\n\nsmiles\n*CC*\n").rows] == [4]
    assert [e.row for e in read("*CC*\n*CO*\n").rows] == [1, 2]


def test_a_chosen_column_wins_and_an_unknown_one_is_named():
    content = "psmiles,other\n*CC*,*CO*\n"
    assert texts(read(content, column="other")) == ["*CO*"]
    with pytest.raises(DataError, match="did you mean 'other'"):
        read(content, column="othr")
    assert upload.columns(io.BytesIO(content.encode()), "a.csv") == (["psmiles", "other"], "psmiles")


def test_no_column_with_polymers_is_an_error_that_names_the_columns():
    with pytest.raises(DataError, match="'id', 'value'"):
        read("id,value\n1,2\n3,4\n")
    assert upload.columns(io.BytesIO(b"id,value\n1,2\n"), "a.csv") == (["id", "value"], None)


def test_a_telling_name_gives_way_to_the_column_that_holds_polymers():
    assert texts(read("smiles,unit\nCCO,*CC*\nCCN,*CO*\n")) == ["*CC*", "*CO*"]


def test_broken_rows_keep_their_place_and_spoil_no_other():
    long = "*" + "C" * 9998 + "*"
    entries = read(
        f'psmiles,id\n*CC*,1\n\n,2\nnot a polymer,3\n*C(*)(*)*,4\n{long},5\n"*CO*,6\n*CCO*,7,extra,cells\n*CS*\n'
        '*CN*,"two\nlines"\n*CCC*,8\n\n\n'
    )
    rows = {entry.row: entry for entry in entries.rows}
    assert rows[3].problem == EMPTY
    assert "column 'psmiles' is empty" in rows[4].problem
    assert rows[5].text == "not a polymer" and not rows[5].problem
    assert rows[6].text == "*C(*)(*)*"
    assert rows[7].text == long
    assert rows[8].text == "*CO*" and "double quote" in rows[8].doubt  # the quote is never closed
    assert rows[9].text == "*CCO*" and "4 cells and the header 2" in rows[9].doubt
    assert rows[10].text == "*CS*"
    assert rows[11].text == "*CN*" and rows[11].cells == ("two\nlines",)
    assert rows[12].text == "*CCC*"
    assert len(entries.rows) == 11  # the empty lines at the end are none


def test_a_missing_cell_is_a_reason():
    entry = read("id,psmiles\n1,*CC*\n2\n").rows[1]
    assert "1 cells and the header 2" in entry.problem


def test_latin_1_and_other_encodings_are_read():
    entries = read("psmiles,name\n*CC*,Polyäthylen\n".encode() + "*CO*,Öl\n".encode("latin-1"))
    assert [entry.cells for entry in entries.rows] == [("Polyäthylen",), ("Öl",)]  # each line by itself
    assert entries.notes == ["1 lines are not in UTF-8; they were read as Latin-1 (Windows-1252)."]
    assert texts(read("psmiles\n*CC*\n".encode("utf-16"))) == ["*CC*"]
    assert texts(read("\ufeffpsmiles\n*CC*\n".encode())) == ["*CC*"]
    assert texts(read(b"psmiles\r\n*CC*\r\n*CO*")) == ["*CC*", "*CO*"]
    assert texts(read(b"psmiles\r*CC*\r*CO*\r")) == ["*CC*", "*CO*"]


@pytest.mark.parametrize(
    ("content", "name", "message"),
    [(b"", "a.csv", "empty"), (b"  \n ", "a.csv", "empty"), (b"psmiles\n", "a.csv", "no rows|No column"),
     (b"PK\x03\x04abc", "a.csv", "Excel"), (b"ab\0\0cd", "a.csv", "binary"), (b"\x1f\x8babc", "a.csv", "gzip"),
     (b"*CC*", "a.xlsx", "none of the formats"), (b"*CC*", "noending", "none of the formats")],
)  # fmt: skip
def test_files_that_are_no_tables_are_refused(content, name, message):
    with pytest.raises(DataError, match=message):
        read(content, name)


def test_smi_has_labels_and_maybe_a_header():
    entries = read("smiles name\n*CC* polyethylene\n\nPEEK\n*CO*\tPOM\n", "a.smi")
    assert [(e.row, e.text, e.label, e.problem) for e in entries.rows] == [
        (2, "*CC*", "polyethylene", ""), (3, "", "", EMPTY), (4, "PEEK", "", ""), (5, "*CO*", "POM", ""),
    ]  # fmt: skip


@pytest.mark.parametrize("star", ["*", "R#", "A", "Pol"])
def test_sdf_gives_structures_titles_and_reasons(star):
    good = MOL.format(star=star)
    broken = "bad\n\n\n  9  9 nonsense\nM  END\n"
    entries = read(f"{good}> <id>\n1\n\n$$$$\n{broken}$$$$\n$$$$\n{good}", "a.sdf")
    assert [entry.row for entry in entries.rows] == [1, 2, 3, 4]
    assert entries.rows[0].text == entries.rows[3].text and entries.rows[0].text.count("*") == 2
    assert entries.rows[0].label == "PE"
    assert "mol block" in entries.rows[1].problem
    assert entries.rows[2].problem == EMPTY
    assert texts(read(good, "a.mol")) == [entries.rows[0].text]


def test_our_own_sdf_comes_back(tmp_path):
    from rdkit import Chem
    from rdkit.Chem import rdDepictor

    from polydesign.chem.common import COMMON_POLYMERS
    from polydesign.chem.notation.identity import chain_key

    blocks = []
    for polymer in COMMON_POLYMERS[::10]:
        mol = Chem.MolFromSmiles(polymer.psmiles)
        rdDepictor.Compute2DCoords(mol)
        blocks.append(Chem.MolToMolBlock(mol) + "$$$$\n")
    entries = read("".join(blocks), "a.sdf")
    for polymer, entry in zip(COMMON_POLYMERS[::10], entries.rows, strict=True):
        assert chain_key(entry.text) == chain_key(polymer.psmiles), polymer.name


def test_rows_beyond_the_limit_are_reported():
    entries = read("psmiles\n" + "*CC*\n" * (MAX_POLYMERS + 10))
    assert len(entries.rows) == MAX_POLYMERS
    assert f"Rows {MAX_POLYMERS + 2:,} to {MAX_POLYMERS + 11:,} (10 rows)" in entries.notes[0]


def test_rows_far_beyond_the_limit_are_not_even_counted(monkeypatch):
    monkeypatch.setattr(upload_lines, "MAX_POLYMERS", 3)
    monkeypatch.setattr(upload_lines, "MAX_BEYOND", 4)
    content = io.BytesIO("psmiles,note\n*CC*,Öl\n".encode("latin-1") + b"*CC*,a\n" * 500_000)
    entries = upload.read(content, "a.csv")
    assert len(entries.rows) == 3
    assert entries.notes == [
        "1 lines are not in UTF-8; they were read as Latin-1 (Windows-1252).",
        "Only the first 3 rows are predicted. All rows below row 4 are beyond the limit: upload them as another file.",
    ]
    assert content.tell() < 10_000
    rows_after_blanks = read("*CC*\n" * 3 + "\n" * 6 + "*CO*\n", "a.smi")
    assert "All rows below row 3" in rows_after_blanks.notes[0]
    assert not read("*CC*\n" * 3 + "\n" * 4, "a.smi").notes


@pytest.mark.parametrize("name", ["a.csv", "a.smi", "a.sdf"])
def test_reading_can_be_stopped(name):
    asked = []
    with pytest.raises(Stopped):
        upload.read(io.BytesIO(b"*CC*\n" * 20_000), name, should_stop=lambda: asked.append(1) or len(asked) > 5)
    assert len(asked) == 6


def test_200_megabytes_are_read_in_bounded_memory():
    row = b"*CC*," + b"x" * 1_990 + b"\n"
    content = io.BytesIO(b"psmiles,note\n" + row * 50_000 + b"*CO*," + b"y" * 100_000_000 + b"\n*CCO*,last\n")
    assert content.getbuffer().nbytes > 199_000_000
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    entries = upload.read(content, "large.csv")
    seconds = time.process_time() - began
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1e3
    assert len(entries.rows) == 50_002
    assert f"longer than {MAX_LINE:,}" in entries.rows[-2].problem
    assert entries.rows[-1].text == "*CCO*"
    assert entries.rows[-1].row == 50_003
    assert seconds < 30
    assert grown < 400  # MB: the cells that are kept, once


def test_larger_files_are_refused():
    class Large(io.BytesIO):
        def seek(self, offset, whence=0):
            return 300_000_000 if whence == io.SEEK_END else super().seek(offset, whence)

    with pytest.raises(DataError, match="300 MB"):
        upload.read(Large(b"psmiles\n*CC*\n"), "huge.csv")


def test_names_become_units_and_unknown_ones_get_a_reason():
    entries = upload.typed("PEEK\nnylon 6,6\nkaptn\nCCO\nqqqq\n*CC*\n" + "x" * 500)
    asked = resolve(entries.rows)
    assert [one.polymer and one.polymer.abbreviation for one in asked] == ["PEEK", "PA66", *[None] * 5]
    assert asked[0].psmiles == asked[0].polymer.psmiles
    assert "did you mean Poly(oxydiphenylene pyromellitimide)" in asked[2].reason
    assert "no attachment points" in asked[3].reason
    assert "write its repeat unit" in asked[4].reason
    assert asked[5].psmiles == "*CC*"
    assert asked[6].psmiles == "x" * 500  # judged by the prediction


def test_ten_thousand_unknown_names_take_no_time():
    entries = upload.typed("\n".join(f"sample number {number}" for number in range(10_000)))
    began = time.process_time()
    assert all(one.reason for one in resolve(entries.rows))
    assert time.process_time() - began < 20
