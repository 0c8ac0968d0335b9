"""Files as readers bring them: what each is read as, or the words by which it is refused."""

import io
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

RNG = np.random.default_rng(0)
X = RNG.normal(size=(200, 2))
FLAT = RNG.normal(size=(3, 10_000)).astype("f4")
GREY = RNG.integers(0, 256, (50, 8, 8), dtype=np.uint8)

Write = Callable[[Path], object]


def array(values: Any) -> Write:
    return lambda path: np.save(path, values, allow_pickle=True)


def archive(**arrays: Any) -> Write:
    return lambda path: np.savez(path, **arrays)


def raw(content: bytes | str) -> Write:
    whole = content if isinstance(content, bytes) else content.encode()
    return lambda path: path.write_bytes(whole)


def npy(values: Any, version: tuple[int, int] | None = None) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.asanyarray(values), version)
    return buffer.getvalue()


def npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def table(frame: pd.DataFrame, **how: Any) -> bytes:
    return frame.to_csv(**({"index": False} | how)).encode()


def members(**contents: bytes) -> bytes:
    """An archive with members of any content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as whole:
        for name, content in contents.items():
            whole.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def promising(rows: int) -> bytes:
    """An array file whose header promises more than it holds."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': ({rows}, 2), }}".encode()
    header += b" " * (117 - len(header)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + bytes(64)


FRAME = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})
POINTS = FRAME.to_numpy()
SPECIES = np.where(np.arange(200) % 3 == 0, "wolf", "elk")

CONVERTED: dict[str, tuple[str, Write, dict[str, Any], Any, str]] = {
    # name: file, how to write it, other arguments, values expected, words of the note
    "float64": ("x.npy", array(X), {}, X, "float64 (200, 2) stored as float32"),
    "float32": ("x.npy", array(X.astype("f4")), {}, X, ""),
    "big_endian": ("x.npy", array(X.astype(">f8")), {}, X, ">f8 (200, 2) stored"),
    "int16": ("x.npy", array((9 * X).astype("i2")), {}, (9 * X).astype("i2"), "int16"),
    "fortran": ("x.npy", array(np.asfortranarray(X.astype("f4"))), {}, X, "stored row by row"),
    "strides": ("x.npy", array(X.astype("f4")[::-2]), {}, X[::-2], ""),
    "float16": ("x.npy", array(X.astype("f2")), {}, X.astype("f2"), "float16 (200, 2) stored"),
    "long_double": ("x.npy", array(X.astype("g")), {}, X, "read as float64"),
    "truth_values": ("x.npy", array(X > 0), {}, X > 0, "bool (200, 2) stored"),
    "format_2": ("x.npy", raw(npy(X, (2, 0))), {}, X, ""),
    "format_3": ("x.npy", raw(npy(X, (3, 0))), {}, X, ""),
    "most_columns": ("x.npy", array(FLAT), {}, FLAT, ""),
    "name_with_a_slash": ("x.npz", archive(**{"a/b": X}), {"array": "a/b"}, X, ""),
    "unicode": ("ü x {b} 'q'.csv", raw("é,b\n1,2\n3,4\n"), {"columns": ["é"]}, [[1], [3]], ""),
    "spaces": ("x.csv", raw("a, b\n1, 2\n3, 4\n"), {"columns": ["b"]}, [[2], [4]], ""),
    "quoted_numbers": ("x.csv", raw('"a","b"\n"1","2"\n"3","4"\n'), {}, [[1, 2], [3, 4]], ""),
    "one_dimension": ("x.npy", array(X[:, 0]), {}, X[:, :1], "200 rows of one coordinate"),
    "labels_beside": ("x.npy", array(X), {"label": "LABELS"}, X, ""),
    "npz_as_npy": ("x.npy", raw(npz(x=X)), {}, X, "an .npz archive by its content"),
    "npy_as_npz": ("x.npz", raw(npy(X)), {}, X, "an .npy file by its content"),
    "capitals": ("X.NPY", raw(npy(X)), {}, X, ""),
    "only_array": ("x.npz", archive(anything=X), {}, X, ""),
    "named_array": ("x.npz", archive(u=X, v=-X), {"array": "v"}, -X, ""),
    "array_beside_label": ("x.npz", archive(u=X, y=np.arange(200)), {"label": "y"}, X, ""),
    "csv": ("x.csv", raw(table(FRAME)), {}, POINTS, ""),
    "tsv": ("x.tsv", raw(table(FRAME, sep="\t")), {}, POINTS, ""),
    "tabs_in_csv": ("x.csv", raw(table(FRAME, sep="\t")), {}, POINTS, "between tabulators"),
    "semicolons": ("x.csv", raw(table(FRAME, sep=";")), {}, POINTS, "between semicolons"),
    "commas": (
        *("x.csv", raw(table(FRAME, sep=";", decimal=",")), {}, POINTS),
        "fields between semicolons; decimal commas",
    ),
    "quoted_names": ("x.csv", raw('"a;b;c","d"\n1,2\n3,5\n'), {}, [[1, 2], [3, 5]], ""),
    "index": ("x.csv", raw(table(FRAME, index=True)), {}, POINTS, "without a name left out"),
    "index_twice": (
        *("x.csv", raw(table(FRAME.rename_axis("Unnamed: 0"), index=True)), {}, POINTS),
        "without a name left out",
    ),
    "counter": (
        *("x.csv", raw("id,a\n1,5\n2,3\n3,4\n"), {}, [[1, 5], [2, 3], [3, 4]]),
        "column 'id' counts the rows",
    ),
    "trailing_commas": ("x.csv", raw("a,b,\n1,2,\n3,4,\n"), {}, [[1, 2], [3, 4]], "left out"),
    "pandas_names": ("x.csv", raw("0,1\n1.5,2\n3,4\n"), {}, [[1.5, 2], [3, 4]], ""),
    "bom": ("x.csv", raw(b"\xef\xbb\xbf" + table(FRAME)), {"columns": ["a", "b"]}, POINTS, ""),
    "windows_lines": ("x.csv", raw("a,b\r\n1,2\r\n3,4\r\n"), {}, [[1, 2], [3, 4]], ""),
    "columns": ("x.csv", raw(table(FRAME)), {"columns": ["b"]}, POINTS[:, 1:], ""),
    "truths": ("x.csv", raw("a\nTrue\nFalse\nTrue\n"), {}, [[1], [0], [1]], ""),
    "wide": ("x.csv", raw("a,b,c\n1,1e3,-2E-1\n4,5,.5\n"), {}, [[1, 1e3, -0.2], [4, 5, 0.5]], ""),
    "scale_hint": ("x.npy", array(1e5 * X), {}, 1e5 * X, "see standardise"),
    "standardised": (
        *("x.npy", array(1.7e9 + 3 * X), {"standardise": True}),
        (X - X.mean(axis=0)) / X.std(axis=0),
        "metrics are in standard deviations",
    ),
}


def gap(text: str) -> bytes:
    return f"a,b\n1,2\n3,{text}\n{text},4\n".encode()


REFUSED: dict[str, tuple[str, Write, dict[str, Any], str]] = {
    "nan": ("x.npy", array(np.where(X > 2.5, np.nan, X)), {}, "not finite, the first nan at x["),
    "inf": ("x.npy", array(np.where(X > 2, np.inf, X)), {}, "not finite, the first inf at x["),
    "whole_beyond": ("x.npy", array(FLAT.astype("u8") + 2**63), {}, "values beyond +-1e+09"),
    "durations": ("x.npy", array(np.arange(9).astype("m8[s]")), {}, "holds durations"),
    "void": ("x.npy", array(np.zeros((9, 2), "V4")), {}, "holds no numbers"),
    "bytes": ("x.npy", array(np.array([[b"a"], [b"b"]])), {}, "holds text"),
    "too_wide": ("x.npy", array(np.ones((2, 10_001))), {}, "has more than 10000 columns"),
    "zeros_of_two_signs": ("x.npy", array(np.array([[0.0], [-0.0]])), {}, "all rows are equal"),
    "far": ("x.npy", array(1e30 * X), {}, "values beyond +-1e+09"),
    "far_beyond": ("x.npy", array(1e300 * X), {}, "values beyond +-1e+09"),
    "vanishing": ("x.npy", array(1e-300 * X), {}, "takes for zero"),
    "one_row": ("x.npy", array(X[:1]), {}, "float64 (1, 2) has 1 row"),
    "no_row": ("x.npy", array(X[:0]), {}, "has no row"),
    "no_column": ("x.npy", array(X[:, :0]), {}, "has no column"),
    "scalar": ("x.npy", array(np.float64(3)), {}, "not of two dimensions"),
    "constant": ("x.npy", array(np.ones((9, 2))), {}, "all rows are equal"),
    "constant_standardised": ("x.npy", array(np.ones((9, 2))), {"standardise": True}, "all rows"),
    "five_dimensions": ("x.npy", array(np.zeros((2,) * 5)), {}, "not of two dimensions"),
    "complex": ("x.npy", array(X + 1j), {}, "complex128 (200, 2) holds complex"),
    "text": ("x.npy", array(X.astype(str)), {}, "holds text"),
    "dates": ("x.npy", array(np.arange(9).astype("M8[D]")), {}, "holds dates"),
    "fields": ("x.npy", array(np.zeros(9, "f4,f4")), {}, "has fields f0, f1"),
    "object": ("x.npy", array(X.astype(object)), {}, "a pickle, which is never loaded"),
    "object_member": ("x.npz", archive(x=X.astype(object)), {}, "a pickle, which is never loaded"),
    "pickle": ("x.npy", raw(pickle.dumps(X)), {}, "no .npy file; pickles are not read"),
    "empty": ("x.npy", raw(b""), {}, "the file is empty"),
    "truncated": ("x.npy", raw(npy(X)[:-9]), {}, "damaged"),
    "only_header": ("x.npy", raw(npy(X)[:60]), {}, "damaged"),
    "promising": ("x.npy", raw(promising(10**15)), {}, "damaged"),
    "promising_member": ("x.npz", raw(members(x=promising(10**15))), {}, "damaged"),
    "noise": ("x.npy", raw(b"\x93NUMPY" + bytes(range(99))), {}, "damaged"),
    "truncated_archive": ("x.npz", raw(npz(x=X)[:-60]), {}, "damaged"),
    "flipped_byte": ("x.npz", raw(npz(x=X)[:900] + b"\0\1" + npz(x=X)[902:]), {}, "damaged"),
    "no_member": ("x.npz", raw(members()), {}, "choices are none"),
    "strange_member": ("x.npz", raw(members(x=b"hello")), {}, "x"),
    "two_arrays": ("x.npz", archive(a=X, b=X), {}, "say which array"),
    "unknown_array": ("x.npz", archive(a=X), {"array": "c"}, "array 'c' is none of its arrays; "),
    "unknown_label": ("x.npz", archive(a=X), {"label": "y"}, "label 'y' is none of its arrays"),
    "sparse": (
        *("x.npz", lambda path: sparse.save_npz(path, sparse.csr_matrix(X)), {}),
        "holds a sparse matrix",
    ),
    "short_label": ("x.npz", archive(a=X, y=X[:5, 0]), {"label": "y"}, "label y: float64 (5,)"),
    "real_label": ("x.npz", archive(a=X, y=X[:, 0]), {"label": "y"}, "no whole number"),
    "object_label": (
        *("x.npz", archive(a=X, y=np.array(["a", 1] * 100, object)), {"array": "a", "label": "y"}),
        "a pickle, which is never loaded",
    ),
    "label_of_columns": (
        *("x.npz", archive(a=X, y=X), {"array": "a", "label": "y"}),
        "is not one label for each of 200 rows",
    ),
    "complex_label": (
        *("x.npz", archive(a=X, y=X[:, 0] * 1j), {"array": "a", "label": "y"}),
        "names no classes",
    ),
    "array_of_npy": ("x.npy", array(X), {"array": "x"}, "one array without a name"),
    "columns_of_npy": ("x.npy", array(X), {"columns": ["a"]}, "are of tables"),
    "array_of_csv": ("x.csv", raw(table(FRAME)), {"array": "x"}, "is of an .npz"),
    "missing": ("x.csv", raw(gap("")), {}, "2 values missing, the first in row 2 of column 'b'"),
    "na": ("x.csv", raw(gap("NA")), {}, "2 values missing"),
    "word": ("x.csv", raw(gap("none!")), {}, "1 value no number, such as 'none!'"),
    "infinite": ("x.csv", raw(gap("inf")), {}, "not finite"),
    "comma_in_commas": ("x.csv", raw('a,b\n"1,5",2\n3,4\n'), {}, "such as '1,5'"),
    "thousands": ("x.csv", raw('a,b\n"1,500.5",2\n3,4\n'), {}, "such as '1,500.5'"),
    "spaced_thousands": ("x.csv", raw("a,b\n1 500,2\n3 200,4\n"), {}, "such as '1 500'"),
    "underscores": ("x.csv", raw("a,b\n1_000,2\n3_000,4\n"), {}, "such as '1_000'"),
    "per_cent": ("x.csv", raw("a,b\n1%,2\n3%,4\n"), {}, "such as '1%'"),
    "hexadecimal": ("x.csv", raw("a,b\n0x10,2\n0x11,4\n"), {}, "such as '0x10'"),
    "bars": ("x.csv", raw("a|b\n1|2\n3|4\n"), {}, "column 'a|b' has 2 values no number"),
    "remark": ("x.csv", raw("# a table\na,b\n1,2\n3,4\n"), {}, "more fields than the line of"),
    "zero_byte": ("x.csv", raw("a,b\n1,\0\n3,4\n"), {}, "no number"),
    "old_lines": ("x.csv", raw("a,b\r1,2\r3,4\r"), {}, "no table can be read"),
    "overflow": ("x.csv", raw("a\n1e400\n2\n"), {}, "not finite, the first inf at x[0, 0]"),
    "utf16_without_mark": ("x.csv", raw("a,b\n1,2\n".encode("utf-16-le")), {}, "x.csv"),
    "text_column": (
        *("x.csv", raw(table(FRAME.assign(kind=SPECIES))), {}),
        "column 'kind' has 200 values no number, such as 'wolf'; mend them, or leave it out by",
    ),
    "date_column": ("x.csv", raw("a,t\n1,2024-01-01\n2,2024-01-02\n"), {}, "column 't'"),
    "no_header": ("x.csv", raw("0.5,1.5\n1,2\n3,4\n"), {}, "the first line has numbers"),
    "no_header_decimal_commas": ("x.csv", raw("0,5;1,5\n1;2\n3;4\n"), {}, "has numbers"),
    "long_row": ("x.csv", raw("a,b\n1,2\n3,4,5\n"), {}, "no table can be read"),
    "all_rows_long": ("x.csv", raw("a,b\n1,2,3\n4,5,6\n"), {}, "more fields than the line of"),
    "short_row": ("x.csv", raw("a,b\n1,2\n3\n"), {}, "1 value missing"),
    "twice": ("x.csv", raw("a,b,a\n1,2,3\n4,5,6\n"), {}, "two columns are named 'a'"),
    "unnamed": ("x.csv", raw("a,,b\n1,2,3\n4,5,6\n"), {}, "column 2 has no name"),
    "latin1": ("x.csv", raw("höhe,b\n1,2\n3,4\n".encode("latin-1")), {}, "not UTF-8 (byte 0xf6)"),
    "utf16": ("x.csv", raw("a,b\n1,2\n3,4\n".encode("utf-16")), {}, "not UTF-8"),
    "empty_table": ("x.csv", raw(""), {}, "the file is empty"),
    "blank_table": ("x.csv", raw("\n\n"), {}, "the file is empty"),
    "header_only": ("x.csv", raw("a,b\n"), {}, "has no row"),
    "open_quote": ("x.csv", raw('a,b\n1,2\n"3,4\n'), {}, "no table can be read"),
    "huge_field": ("x.csv", raw("a,b\n1,2\n3," + "z" * 10**6 + "\n"), {}, "1 value no number"),
    "huge_name": ("x.csv", raw("q" * 10**6 + "\nzz\n3\n"), {}, "1 value no number"),
    "huge_number": ("x.csv", raw("a\n1\n" + "9" * 400 + "\n"), {}, "not of 64 bits"),
    "huge_integer": ("x.csv", raw("a\n1\n" + "9" * 25 + "\n"), {}, "not of 64 bits"),
    "name_of_lines": ("x.csv", raw('"a\nb",c\n1,\n3,4\n'), {}, "1 value missing"),
    "binary": ("x.csv", raw(bytes(range(256)) * 9), {}, "x.csv"),
    "unknown_column": (
        *("x.csv", raw(table(FRAME)), {"columns": ["a", "z"]}),
        "columns 'z' is no column; choices are 'a', 'b'",
    ),
    "unknown_label_column": ("x.csv", raw(table(FRAME)), {"label": "z"}, "label 'z' is no column"),
    "label_in_columns": (
        *("x.csv", raw(table(FRAME)), {"columns": ["a"], "label": "a"}),
        "names a column twice",
    ),
    "only_label": ("x.csv", raw("a\n1\n2\n"), {"label": "a"}, "has no column"),
    "missing_label": ("x.csv", raw("a,y\n1,u\n2,\n"), {"label": "y"}, "missing in 1 row"),
    "held_out_of_few": ("x.npy", array(X[:5]), {"held_out": 0.2, "seed": 1}, "5 rows is 1"),
    "held_out_too_much": ("x.npy", array(X[:5]), {"held_out": 0.9, "seed": 1}, "5 rows is 4"),
    "no_seed": ("x.npy", array(X), {"held_out": 0.2}, "held_out 0.2 needs a seed"),
    "all_held_out": ("x.npy", array(X), {"held_out": 1, "seed": 1}, "held_out"),
    "no_columns": ("x.csv", raw(table(FRAME)), {"columns": []}, "columns"),
    "unknown_key": ("x.npy", array(X), {"lable": "y"}, "--args: lable is not a key"),
    "other_format": ("x.txt", raw("1 2\n"), {}, "choices are .npy, .npz, .csv, .tsv, .parquet"),
    "no_suffix": ("x", raw(npy(X)), {}, "cannot be read by its name; choices are .npy"),
    "workbook": ("x.xlsx", raw(b"PK"), {}, "cannot be read by its name"),
    "compressed": ("x.csv.gz", raw(b"\x1f\x8b"), {}, "choices are .npy"),
    "images_without_seed": ("x.npy", array(GREY), {}, "write a seed"),
    "images_standardised": ("x.npy", array(GREY), {"seed": 1, "standardise": True}, "images"),
    "images_with_centres": (
        *("x.npz", archive(x=GREY, c=X), {"seed": 1, "array": "x", "centres": "c", "std": 1.0}),
        "are images, and centres is of points",
    ),
    "points_binarised": ("x.npy", array(X), {"binarise": True}, "binarise is of images"),
    "two_channels": ("x.npy", array(np.zeros((9, 8, 8, 2))), {"seed": 1}, "one or three channels"),
    "four_channels": ("x.npy", array(np.zeros((9, 4, 8, 8))), {"seed": 1}, "leave transparency"),
    "narrow_images": ("x.npy", array(GREY[:, :, :3]), {"seed": 1}, "4 pixels or more on a side"),
    "signed_images": ("x.npy", array(X.reshape(25, 4, 4)), {"seed": 1}, "values in -"),
    "bright_images": ("x.npy", array(2.0 * GREY), {"seed": 1}, "real ones in 0..1"),
    "deep_images": ("x.npy", array(GREY.astype("i4") * 99), {"seed": 1}, "whole numbers in 0..255"),
    "nan_images": ("x.npy", array(np.full((5, 4, 4), np.nan)), {"seed": 1}, "not finite"),
    "one_image": ("x.npy", array(GREY[:1]), {"seed": 1}, "has 1 row; give two or more"),
    "black_images": ("x.npy", array(0 * GREY), {"seed": 1}, "all rows are equal"),
}  # fmt: skip
