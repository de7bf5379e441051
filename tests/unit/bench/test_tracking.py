"""The bench of trackers on films of lions."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.tracking import fitting, measure, pairs, particle_fitting
from draggan_server.bench.tracking.films import STEP, draw_film
from draggan_server.cli.bench import bench
from draggan_server.cli.recipe import recipe
from draggan_server.editing.trackers.pips import LION
from draggan_server.models.loading import load_generator
from draggan_server.wire.drag_config import TRACKERS
from stylegan2.toy_lion import parameters, surface

pytestmark = pytest.mark.slow


def test_a_film_goes_in_small_steps_and_every_spot_is_where_its_picture_shows_it() -> None:
    film = draw_film(3, 256)
    moves = film.points.diff(dim=0).norm(dim=2)
    assert 0.3 * STEP < float(moves.max()) < 2.5 * STEP
    first, last = (parameters.from_latent(film.z[[at]].numpy())[0] for at in (0, -1))
    for k, (x, y) in enumerate(film.points[0].tolist()):
        spot = surface.under(first, (x, y), 256)
        assert spot is not None
        place, _ = surface.project(last, spot, 256)
        assert film.points[-1, k].tolist() == pytest.approx(place, abs=0.1)
    assert film.seen[0].all()
    assert (film.seen[:-1] | ~film.seen[1:]).all()  # what was hidden is not followed any more


@pytest.mark.parametrize("tracker", TRACKERS)
def test_spots_are_followed_nearer_than_by_staying(tracker: str) -> None:
    film = draw_film(1, 256)
    found, seconds = measure.follow(load_generator("toy-lion"), film, tracker)
    off, still = (
        (points - film.points)[film.seen].norm(dim=1).mean() for points in (found, film.points[:1])
    )
    assert float(off) < (0.7 if tracker == "pips" else 0.5) * float(still)
    assert seconds > 0


def test_the_command_writes_a_table_and_figures(tmp_path: Path) -> None:
    arguments = ["tracking", "--films", "1", "--trackers", "features", "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    figures = json.loads((tmp_path / "tracking.json").read_text())
    assert list(figures["trackers"]) == ["no motion", "features"]
    still, followed = figures["trackers"].values()
    assert [errors["way"] for errors in still["errors"]] == [e["way"] for e in followed["errors"]]
    assert (tmp_path / "tracking.md").read_text().rstrip() == done.stdout.rstrip()


def test_a_batch_has_the_motion_of_its_cells() -> None:
    """A pair with a known constant shift: mirrored and reversed, it must stay one."""
    side = 128
    shifts = torch.zeros(1, 2, 2, side // pairs.STEP, side // pairs.STEP)
    shifts[0, 0, 0], shifts[0, 1, 0] = 8.0, -8.0
    everywhere = torch.ones(1, 2, side // pairs.STEP, side // pairs.STEP, dtype=torch.bool)
    marked = torch.zeros(1, 2, 3, side, side, dtype=torch.uint8)
    marked[0, 0, :, :, 40:44], marked[0, 1, :, :, 48:52] = 255, 255
    known = pairs.MovedPairs(marked, shifts, everywhere, everywhere)
    supply = fitting.batches(known, torch.Generator().manual_seed(0))
    before, after, motion, weight = next(supply)
    assert (weight == 1).all()
    assert set(motion[:, 0].flatten().tolist()) == {2.0, -2.0}
    for one, other, moved in zip(before, after, motion, strict=True):
        columns = [picture.mean(dim=(0, 1)).argmax() for picture in (one, other)]
        if columns[0] > 4:  # the mark is in the crop
            assert abs(float(columns[1] - columns[0]) - 4 * float(moved[0, 0, 0])) <= 3


def test_a_film_to_fit_to_has_its_spots_where_its_pictures_show_them() -> None:
    films = particle_fitting.make_films(2, 7, 128)
    assert films.pictures.shape == (2, LION.frames, 3, 128, 128)
    assert films.points.shape == (2, LION.frames, particle_fitting.SPOTS, 2)
    assert films.seen[:, 0].all()
    moves = films.points.diff(dim=1).norm(dim=3)
    assert float(moves.max()) > 1
    again = particle_fitting.make_films(2, 7, 128)
    assert torch.equal(films.pictures, again.pictures)
    assert torch.equal(films.points, again.points)


def test_a_fit_of_particles_comes_nearer() -> None:
    films = particle_fitting.make_films(2, 8, 128)
    off: list[float] = []
    network = particle_fitting.fit(films, 16, off.append)
    assert sum(off[-4:]) < sum(off[:4])
    assert 0 < particle_fitting.held_out_error(network, films) < 64


@pytest.mark.parametrize(("tracker", "of"), [("raft", "--pairs"), ("pips", "--films")])
def test_the_recipe_fits_and_writes_weights(tmp_path: Path, tracker: str, of: str) -> None:
    arguments = [tracker, "--out", str(tmp_path), of, "4", "--steps", "2"]
    done = CliRunner().invoke(recipe, arguments, catch_exceptions=False)
    assert done.exit_code == 0
    assert (tmp_path / f"lion_{tracker}.safetensors").stat().st_size < 2**22
    assert "held out" in done.stdout
