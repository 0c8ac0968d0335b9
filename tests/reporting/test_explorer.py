"""The explorer of latent planes: what is packed, and that pointer, finger and keys move it."""

import base64
import io
import shutil
from pathlib import Path

import numpy as np
import pytest
from html_page import check_closed, in_browser, read
from PIL import Image
from report_cases import changed, report_input

from coupled_vae.data import dataset
from coupled_vae.data.dataset import Dataset
from coupled_vae.reporting.page import page
from coupled_vae.reporting.page_explorer import SIZES, Explorer, explorers, packed, sprite_of
from coupled_vae.reporting.rows import ExploredDataset, PageInput
from coupled_vae.runtime.errors import UserError
from coupled_vae.runtime.files import write_arrays

RNG = np.random.default_rng(0)
LABELS = ["VAE <b>", "C-VAE"]


AXIS = np.linspace(-1, 1, 3).astype(np.float32)


def save(folder: Path, name: str, data: Dataset, plane: np.ndarray) -> ExploredDataset:
    """Data with two models, whose codes lie on a line: the datum i at z1 = -1 + 2i / (n - 1).

    The second model is the first one seen in a mirror: z1 has the other sign.
    """
    n = len(data.x)
    code = np.stack([np.linspace(-1, 1, n), np.zeros(n)], axis=1).astype(np.float32)
    dataset.save(folder / f"{name}.npz", data)
    runs = []
    for sign, label in zip((1, -1), LABELS, strict=True):
        path = folder / f"{name}_{sign}.npz"
        write_arrays(path, {"code": sign * code, "plane_axis": AXIS, "plane": plane[:, ::sign]})
        runs.append((label, path))
    return ExploredDataset(
        name=name, label=f"{name} <i>", images=name == "images", data=folder / f"{name}.npz",
        runs=runs,
    )  # fmt: skip


def points(folder: Path, n: int = 9) -> ExploredDataset:
    """The plane is decoded to x = 4.25 + 4z."""
    x = np.stack([np.linspace(0, 8, n), np.linspace(4, 4, n)], axis=1).astype(np.float32)
    second, first = np.meshgrid(AXIS, AXIS, indexing="ij")
    plane = np.float32(4.25) + 4 * np.stack([first, second], axis=-1)
    return save(folder, "points", Dataset(x=x, label=np.arange(n) % 3), plane)


def images(folder: Path, n: int = 6) -> ExploredDataset:
    x = (RNG.random((n, 16)) > 0.5).astype(np.float32)
    plane = RNG.random((3, 3, 16)).astype(np.float32)
    return save(folder, "images", Dataset(x=x, label=np.arange(n)), plane)


def whole(given: ExploredDataset) -> Explorer:
    (found,) = explorers([given])
    return found


def unpacked(text: str, low: float, high: float) -> np.ndarray:
    values = np.frombuffer(base64.b64decode(text), "<u2").reshape(-1, 2).astype(float)
    return low + (high - low) * values / 65535


def pixels(png: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(png))).convert("L"))


def test_points_have_codes_and_a_decoded_grid(tmp_path: Path) -> None:
    found = whole(points(tmp_path))
    low, high = found.limits
    assert (found.extent, found.size) == (1, 3)
    model = found.models[0]
    codes = unpacked(model.codes, -found.extent, found.extent)
    np.testing.assert_allclose(codes[:, 0], np.linspace(-1, 1, 9), atol=1e-4)
    means = unpacked(model.means, low, high)
    expected = [[x, y] for y in (0.25, 4.25, 8.25) for x in (0.25, 4.25, 8.25)]
    np.testing.assert_allclose(means, expected, atol=1e-3)
    assert low < 0
    assert high > 8
    assert len(base64.b64decode(found.colours)) == 3 * 9
    assert [*base64.b64decode(found.classes)] == [0, 1, 2] * 3


def test_images_are_one_sheet_and_a_grid_stays_a_grid(tmp_path: Path) -> None:
    given = images(tmp_path)
    found = whole(given)
    assert found.sprite is not None
    data = dataset.load(given.data)
    sheet = pixels(found.sprite.png)
    columns, side = found.sprite.columns, 4
    assert (columns, sheet.shape) == (3, (8, 12))
    for index, x in enumerate(data.x):
        row, column = divmod(index, columns)
        tile = sheet[row * side :, column * side :][:side, :side]
        np.testing.assert_array_equal(tile, 255 * (1 - x.reshape(side, side)))
    model, plane = found.models[0], np.load(given.runs[0][1])["plane"]
    assert model.sprite is not None
    assert model.sprite.columns == found.size == 3
    grid = pixels(model.sprite.png).reshape(3, side, 3, side).transpose(0, 2, 1, 3)
    np.testing.assert_allclose(grid.reshape(3, 3, 16), 255 * (1 - plane), atol=0.51)


def test_many_data_are_thinned_and_large_or_coloured_images_are_shown(tmp_path: Path) -> None:
    most = SIZES[0][0]
    found = whole(points(tmp_path, n=2 * most))
    assert len(base64.b64decode(found.models[0].codes)) == 4 * most
    sprite = sprite_of(RNG.random((5, 60 * 40 * 3)), (60, 40, 3), 28)
    assert (sprite.height, sprite.width) == (20, 14)
    assert Image.open(io.BytesIO(base64.b64decode(sprite.png))).mode == "RGB"


def test_the_explorers_of_a_page_keep_a_budget(tmp_path: Path) -> None:
    """Data are left out, of all datasets alike; the grid stays."""
    given = [points(tmp_path, n=3000), images(tmp_path, n=3000)]
    few = explorers(given, room=40_000)
    (most, _) = next(sizes for sizes in SIZES if sizes[0] < 3000)
    for found in few:
        assert len(base64.b64decode(found.models[0].codes)) < 4 * most
        assert found.size == 3
    assert sum(len(str(found)) for found in few) < 42_000


def test_what_is_outside_of_the_plane_is_at_its_edge() -> None:
    values = unpacked(packed(np.array([[-9.0, 9.0], [0.5, 0.0]]), -1, 1), -1, 1)
    np.testing.assert_allclose(values, [[-1, 1], [0.5, 0]], atol=1e-4)


def test_draws_of_other_data_are_refused(tmp_path: Path) -> None:
    given = points(tmp_path)
    dataset.save(given.data, Dataset(x=np.zeros((4, 2), np.float32), label=np.zeros(4, np.int64)))
    with pytest.raises(UserError, match=r"points_1\.npz: code has shape") as error:
        explorers([given])
    assert "\n" not in str(error.value)


@pytest.fixture
def given(tmp_path: Path) -> PageInput:
    return changed(report_input(tmp_path), explored=[points(tmp_path), images(tmp_path)])


def test_a_report_with_an_explorer_is_one_valid_file_of_equal_bytes(given: PageInput) -> None:
    page(given)
    found = read(given.out)
    check_closed(found)
    first = given.out.read_bytes()
    page(given)
    assert given.out.read_bytes() == first
    planes = [own for _, own in found.seen if own.get("class") == "plane"]
    assert [own["tabindex"] for own in planes] == ["0", "0"]
    assert all("arrow keys" in str(own["aria-label"]) for own in planes)
    assert "This part needs JavaScript" in found.text


# Move the cursor, and remember what each explorer says.
ACTIONS = """
  const [points, images] = page.querySelectorAll(".explorer"), view = page.defaultView;
  const say = (root) => said.push(root.querySelector("output").textContent);
  const key = (root, name, more) => root.querySelector(".plane").dispatchEvent(
    new view.KeyboardEvent("keydown", { key: name, bubbles: true, ...more }));
  say(points);
  for (let i = 0; i < 40; i++) key(points, "ArrowRight", { shiftKey: true });
  say(points);
  points.querySelector("input").click();
  say(points);
  key(points, "Home");
  say(points);
  const plane = images.querySelector(".plane"), box = plane.querySelector("canvas")
    .getBoundingClientRect();
  plane.dispatchEvent(new view.PointerEvent("pointerdown", {
    pointerType: "touch", clientX: box.left + 1, clientY: box.top + box.height / 2 }));
  say(images);
  for (const name of ["datum", "decoded"]) {
    const tile = images.querySelector(`canvas.${name}`);
    said.push([...tile.getContext("2d").getImageData(4, 4, 1, 1).data].slice(0, 1).join());
  }
  said.push(getComputedStyle(points).display);
"""


@pytest.mark.skipif(not shutil.which("chromium"), reason="chromium is not installed")
@pytest.mark.parametrize("width", [390, 1100])
def test_keys_pointer_and_touch_move_the_cursor(given: PageInput, width: int) -> None:
    page(given)
    found = in_browser(given.out, width, ACTIONS)
    assert found["images"] == found["decoded"] == 4  # a figure, data, decoded images of two models
    assert found["requests"] == 0
    assert found["width"] <= width
    start, right, first, middle, touched, datum, pixel, visible = found["said"]
    # At the right of the last model, a mirror of the first, is the first datum.
    assert start == (
        "z = (0.00, 0.00); decoded at (0.00, 0.00) to x = (4.25, 4.25); nearest code 0.00 away; "
        "of class 1."
    )
    assert "decoded at (1.00, 0.00) to x = (0.25, 4.25)" in right
    assert "decoded at (1.00, 0.00) to x = (8.25, 4.25)" in first
    assert middle == start
    assert touched.startswith("z = (-")
    assert "decoded at (-1.00, 0.00)" in touched
    assert "of class 5" in touched
    last = dataset.load(given.out.parent / "images.npz").x[5]
    assert int(datum) == 255 * (1 - last[0])
    plane = np.load(given.out.parent / "images_-1.npz")["plane"]
    assert int(pixel) == pytest.approx(255 * (1 - plane[1, 0, 0]), abs=1)
    assert visible == "block"
