"""The `draggan` command against a real daemon with the default model, as a user runs it."""

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps, ImageSequence

from draggan_server.files.picture import Picture, read_picture, write_photo
from draggan_server.host.sentences.said import PAINT_REPLACED
from draggan_server.wire.messages import DEFAULT_PSI
from draggan_server.wire.sample_record import SampleRecord
from draggan_server.wire.state import EditState
from tests.daemon import held_worker, private_environment, running_daemon
from tests.end_to_end.work import Work
from tests.patience import patient

CHIN_DOWN = "128,180:128,196"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    home = tmp_path_factory.mktemp("home")
    with running_daemon(home) as daemon:
        yield {**os.environ, **private_environment(home), **daemon}


@pytest.fixture
def draggan(environment: dict[str, str], tmp_path: Path) -> "Command":
    return Command(environment, tmp_path)


class Command:
    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.environment, self.folder = environment, folder

    def __call__(self, *arguments: object) -> str:
        """Run the command in the test's folder; it must succeed. Returns standard output."""
        done = self.run(*arguments)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def refused(self, *arguments: object) -> str:
        """Run the command; it must end with exit code 2. Returns standard error."""
        before = sorted(self.folder.iterdir())
        done = self.run(*arguments)
        assert done.returncode == 2, (done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
        assert done.stdout == ""
        assert sorted(self.folder.iterdir()) == before
        return " ".join(done.stderr.split())

    def begin(self, *arguments: object) -> "subprocess.Popen[str]":
        return Work(self.folder, self.environment).begin(*arguments)

    def run(self, *arguments: object) -> "subprocess.CompletedProcess[str]":
        return Work(self.folder, self.environment).command(*arguments)


class Said:
    """What a process that goes on has said on standard error, as far as it was looked at."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        self._stream, self._text = process.stderr.fileno(), b""
        os.set_blocking(self._stream, False)

    def shows(self, pattern: str) -> bool:
        """Whether there is a match of a regular expression by now."""
        with contextlib.suppress(BlockingIOError):
            self._text += os.read(self._stream, 1 << 16)
        return re.search(pattern.encode(), self._text) is not None


def test_status_names_the_worker(draggan: Command) -> None:
    status = json.loads(draggan("status", "--json"))
    assert status["running"] is True
    assert [worker["device"] for worker in status["workers"]]
    assert "Running" in draggan("status")


def test_a_sample_is_the_same_for_the_same_seed(draggan: Command) -> None:
    for name in ("a.png", "b.png"):
        draggan("sample", "--seed", 5, "-o", name)
    draggan("sample", "--seed", 6, "-o", "c.png")
    a, b, c = (read_picture(draggan.folder / name) for name in ("a.png", "b.png", "c.png"))
    assert a.image.size == (256, 256)
    assert a.image.tobytes() == b.image.tobytes()
    assert a.image.tobytes() != c.image.tobytes()
    assert EditState.from_json(a.saved_state).content == SampleRecord(5, DEFAULT_PSI)


def test_what_lies_between_two_seeds(draggan: Command) -> None:
    said = draggan("sample", "--seed", 5, "--towards", 6, "--share", 0.25, "-o", "between.png")
    assert "seed 5 to 6" in said
    state = EditState.from_json(read_picture(draggan.folder / "between.png").saved_state)
    assert state.content == SampleRecord(5, DEFAULT_PSI, ((5, 0.75), (6, 0.25)))
    assert "75% of seed 5, 25% of seed 6, truncation 0.7" in draggan("history", "between.png")


def test_a_drag_goes_on_from_the_file_that_the_last_one_wrote(draggan: Command) -> None:
    draggan("sample", "--seed", 5, "-o", "lion.png")
    first = json.loads(
        draggan("drag", "lion.png", "--point", CHIN_DOWN, "--json", "-o", "open.png")
    )
    assert first["model"] == "toy-lion"
    assert first["method"] == "newton"
    assert first["converged"] is True
    assert first["paint_replaced"] is False
    assert first["mean_distance_px"] < 6
    assert first["points"][0]["handle"] == [128, 180]
    assert first["points"][0]["target"] == [128, 196]
    assert first["points"][0]["final"][1] > 186
    before, after = (read_picture(draggan.folder / name) for name in ("lion.png", "open.png"))
    change = np.abs(np.asarray(before.image, int) - np.asarray(after.image, int)).max(axis=2)
    assert change[170:210, 100:156].mean() > 10  # the mouth
    draggan("drag", "open.png", "--point", "128,196:128,182", "-o", "again.ora")
    again = read_picture(draggan.folder / "again.ora")
    drags = EditState.from_json(again.saved_state).drags
    assert [drag.handle_points[0] for drag in drags] == [(128, 180), (128, 196)]


def test_a_file_that_was_flipped_is_dragged_likewise_and_paint_goes_along(
    draggan: Command,
) -> None:
    draggan("sample", "--seed", 5, "-o", "lion.png")
    lion = read_picture(draggan.folder / "lion.png")
    flipped = Picture(ImageOps.mirror(lion.image), lion.saved_state)
    write_photo(draggan.folder / "flipped.png", flipped)
    drag = ("--point", CHIN_DOWN, "-o", "out.png")
    draggan("drag", "flipped.png", "--point", "127,180:127,196", "-o", "out.png")
    dragged = ImageOps.mirror(read_picture(draggan.folder / "out.png").image)
    draggan("drag", "lion.png", *drag)
    wanted = read_picture(draggan.folder / "out.png").image
    off, went = (
        np.abs(np.asarray(dragged, int) - np.asarray(other, int)).mean()
        for other in (wanted, lion.image)
    )
    assert off < went / 4, (off, went)
    flipped.image.paste((255, 255, 255, 255), (0, 0, 256, 256))
    write_photo(draggan.folder / "white.png", flipped)
    assert "painted over for the most part" in draggan.refused("drag", "white.png", *drag)
    lion.image.paste((30, 60, 220, 255), (118, 170, 138, 190))
    write_photo(draggan.folder / "painted.png", lion)
    assert PAINT_REPLACED not in draggan("drag", "painted.png", *drag)
    pictures = (lion.image, read_picture(draggan.folder / "out.png").image)
    rows = [
        np.nonzero(np.abs(np.asarray(each, int)[..., :3] - (30, 60, 220)).max(axis=2) < 24)[0]
        for each in pictures
    ]
    assert len(rows[1]) > len(rows[0]) / 2
    assert rows[1].mean() > rows[0].mean() + 4  # the chin went down


def test_an_openraster_has_original_result_and_arrows(draggan: Command) -> None:
    draggan("sample", "--seed", 5, "-o", "lion.png")
    draggan("drag", "lion.png", "--point", CHIN_DOWN, "--max-steps", 1, "-o", "drag.ora")
    layer = read_picture(draggan.folder / "drag.ora")
    assert layer.saved_state == read_picture(draggan.folder / "drag.ora", "Dragged").saved_state
    assert EditState.from_json(layer.saved_state or "").drags[0].steps == 1


def test_a_method_and_a_latent_space_can_be_chosen(draggan: Command) -> None:
    options = ("--method", "freedrag", "--latent-space", "w", "--max-steps", 3)
    said = draggan("drag", "--seed", 5, "--point", CHIN_DOWN, *options, "--json", "-o", "w.png")
    assert json.loads(said)["method"] == "freedrag"
    state = EditState.from_json(read_picture(draggan.folder / "w.png").saved_state)
    rows = np.frombuffer(state.w_plus, "<f4").reshape(state.num_ws, state.w_dim)
    np.testing.assert_allclose(rows[:6], np.broadcast_to(rows[0], rows[:6].shape), atol=1e-6)
    assert np.abs(rows[0] - rows[6]).max() > 1e-4


def test_what_the_mask_holds_stays_bit_for_bit(draggan: Command) -> None:
    draggan("sample", "--seed", 5, "-o", "lion.png")
    mask = Image.new("L", (256, 256))
    mask.paste(255, (60, 140, 196, 240))
    mask.save(draggan.folder / "mask.png")
    draggan("drag", "lion.png", "--point", CHIN_DOWN, "--mask", "mask.png", "-o", "held.png")
    before, after = (
        np.asarray(read_picture(draggan.folder / name).image) for name in ("lion.png", "held.png")
    )
    held = np.asarray(mask) == 0
    assert (before[held] == after[held]).all()
    assert (before[~held] != after[~held]).any()


@pytest.mark.parametrize("name", ["drag.webp", "drag.gif"])
def test_an_animation_shows_the_way(draggan: Command, name: str) -> None:
    draggan("drag", "--seed", 5, "--point", CHIN_DOWN, "-o", name)
    with Image.open(draggan.folder / name) as animation:
        assert getattr(animation, "n_frames", 1) >= 10
        frames = [
            np.asarray(frame.convert("RGB"), int) for frame in ImageSequence.Iterator(animation)
        ]
    # Each is a little further away from the first.
    away = [np.abs(frame - frames[0]).mean() for frame in frames]
    assert away[-1] > 1
    assert (np.diff(away) > 0).all()
    # Sharp outlines differ much as soon as they move, so half of the way is more than half of that.
    assert away[len(away) // 2] == pytest.approx(away[-1] * 0.6, rel=0.3)
    moved = [np.abs(b - a).mean() for a, b in pairwise(frames)]
    assert max(moved) < 2 * np.mean(moved)  # nowhere a jump


def test_a_gesture_is_followed(draggan: Command) -> None:
    """The hand pulls the chin down, waits, and lets go."""
    moves = [{"time": t / 20, "target_points": [[128, 180 + t]]} for t in range(17)]
    gesture = {"handle_points": [[128, 180]], "moves": moves, "end": 3.0}
    (draggan.folder / "gesture.json").write_text(json.dumps(gesture))
    arguments = ("live", "--seed", 5, "--script", "gesture.json", "--json", "-o", "seen.webp")
    figures = json.loads(draggan(*arguments))
    assert figures["reason"] == "arrived"
    assert figures["final_points"][0] == pytest.approx([128, 196], abs=2)
    assert figures["frames"] == len(figures["frame_sides"]) >= 3
    with Image.open(draggan.folder / "seen.webp") as animation:
        frames = [np.asarray(f.convert("RGB"), int) for f in ImageSequence.Iterator(animation)]
    assert len(frames) >= 4
    draggan("drag", "--seed", 5, "--point", CHIN_DOWN, "-o", "drag.png")
    wanted = np.asarray(Image.open(draggan.folder / "drag.png").convert("RGB"), int)
    assert np.abs(frames[-1] - wanted).mean() < 0.3 * np.abs(frames[0] - wanted).mean()


def test_a_gesture_that_is_taken_back_changes_nothing(draggan: Command) -> None:
    gesture = {
        "handle_points": [[128, 180]],
        "moves": [{"time": 0, "target_points": [[128, 190]]}],
        "end": 0.5,
        "keep": False,
    }
    (draggan.folder / "gesture.json").write_text(json.dumps(gesture))
    said = draggan("live", "--seed", 5, "--script", "gesture.json", "-o", "seen.gif")
    assert "nothing was changed" in said
    gesture["handle_points"] = [[128, 999]]
    (draggan.folder / "gesture.json").write_text(json.dumps(gesture))
    refused = draggan.refused("live", "--seed", 5, "--script", "gesture.json", "-o", "x.gif")
    assert "outside the picture" in refused


def test_the_demo_ends_near_its_target(draggan: Command) -> None:
    said = draggan("demo")
    layer = read_picture(draggan.folder / "draggan-demo.ora")
    record = EditState.from_json(layer.saved_state or "").drags[0]
    (fx, fy), (tx, ty) = record.final_points[0], record.target_points[0]
    assert (fx - tx) ** 2 + (fy - ty) ** 2 < 6**2
    assert (draggan.folder / "draggan-demo.png").is_file()
    assert "open it in GIMP or Krita" in said


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ("--seed 5 -o x.png", "no points"),
        ("--seed 5 --point 128,180:128,180 -o x.png", "already at its target"),
        ("--seed 5 --point 128,180:128,500 -o x.png", "outside the picture"),
        ("--seed 5 --point nan,180:128,100 -o x.png", "not a finite number"),
        ("--seed 5 --point 128,180 -o x.png", "is not a point pair"),
        (
            "--seed 5 --point 128,180:128,196 --method magic -o x.png",
            "'magic' is not one of 'newton'",
        ),
        (
            "--seed 5 --point 128,180:128,196 --latent-space z -o x.png",
            "'z' is not one of 'w+', 'w'",
        ),
        (
            "--seed 5 --point 128,180:128,196 --max-steps 0 -o x.png",
            "0 is not in the range 1<=x<=2000",
        ),
        ("--seed 5 --point 128,180:128,196 -o x.bmp", "must end in one of"),
        ("--seed 5 --point 128,180:128,196 -o none/x.png", "is not there: make it first"),
        ("--seed -1 --point 128,180:128,196 -o x.png", "-1 is not in the range 0<=x<=4294967295"),
        ("--seed 5 --model cat --point 128,180:128,196 -o x.png", "cat"),
        ("--point 128,180:128,196 -o x.png", "either an INPUT file or --seed"),
        ("photo.png --point 128,180:128,196 -o x.png", "carries no DragGAN state, so it is not"),
        ("absent.png --point 128,180:128,196 -o x.png", "no file"),
        ("--seed 5 --point 128,180:128,196 --mask small.png -o x.png", "mask is 32 x 32"),
        ("--seed 5 --point 128,180:128,196 --mask black.png -o x.png", "mask is empty"),
        ("--seed 5 --point 128,180:128,196 --mask top.png -o x.png", "outside of what may move"),
    ],
)
def test_bad_input_ends_with_a_sentence_and_no_file(
    draggan: Command, arguments: str, sentence: str
) -> None:
    Image.new("RGB", (128, 128), "red").save(draggan.folder / "photo.png")
    Image.new("L", (32, 32), 255).save(draggan.folder / "small.png")
    black = Image.new("L", (256, 256), 0)
    black.save(draggan.folder / "black.png")
    black.paste(255, (0, 0, 256, 60))
    black.save(draggan.folder / "top.png")
    assert sentence in draggan.refused("drag", *arguments.split())


def test_no_command_leaves_an_edit_behind(draggan: Command) -> None:
    draggan("sample", "--seed", 5, "-o", "lion.png")
    draggan.refused("drag", "lion.png", "--point", "128,180:128,500", "-o", "x.png")
    draggan.refused("drag", "--seed", 5, "--point", "300,180:128,100", "-o", "x.png")
    draggan("drag", "lion.png", "--point", CHIN_DOWN, "--max-steps", 1, "-o", "a.webp")
    assert json.loads(draggan("status", "--json"))["edits"] == 0


def test_a_model_just_added_is_there_without_a_restart(draggan: Command) -> None:
    draggan("models", "export", "toy-lion", "-o", "lion.safetensors")
    draggan("models", "add", "lion.safetensors", "--name", "Löwe 2")
    draggan("sample", "--model", "Löwe 2", "--seed", 5, "-o", "new.png")
    draggan("sample", "--seed", 5, "-o", "old.png")
    new, old = (read_picture(draggan.folder / f"{name}.png") for name in ("new", "old"))
    assert new.image.tobytes() == old.image.tobytes()
    assert EditState.from_json(new.saved_state).model == "Löwe 2"
    draggan("models", "remove", "Löwe 2")
    assert "no model “Löwe 2”" in draggan.refused(
        "sample", "--model", "Löwe 2", "--seed", 5, "-o", "x.png"
    )


def test_a_model_is_named_by_its_file_from_where_one_is(draggan: Command) -> None:
    draggan("models", "export", "toy-lion", "-o", "der Löwe.safetensors")
    draggan("sample", "--model", "der Löwe.safetensors", "--seed", 5, "-o", "new.png")
    draggan("sample", "--seed", 5, "-o", "old.png")
    new, old = (read_picture(draggan.folder / f"{name}.png") for name in ("new", "old"))
    assert new.image.tobytes() == old.image.tobytes()
    draggan("drag", "new.png", "--point", CHIN_DOWN, "--max-steps", 1, "-o", "dragged.png")
    jobs = draggan.folder / "jobs.jsonl"
    jobs.write_text('{"do": "sample", "seed": 5, "model": "der L\\u00f6we.safetensors"}')
    draggan("batch", "jobs.jsonl", "-o", "pictures")
    (draggan.folder / "lions.pkl").write_bytes(b"")
    sentence = draggan.refused("sample", "--model", "lions.pkl", "--seed", 5, "-o", "x.png")
    assert "lions.pkl must be converted first: draggan models add" in sentence


def test_options_that_would_do_nothing_are_refused(draggan: Command) -> None:
    assert "--share goes with --towards" in draggan.refused(
        "sample", "--seed", 5, "--share", 0.3, "-o", "x.png"
    )
    assert "A name is missing" in draggan.refused(
        "sample", "--seed", 5, "--model", "", "-o", "x.png"
    )


def test_a_handle_outside_of_the_mask_starts_nothing(tmp_path: Path) -> None:
    alone = Command({**os.environ, **private_environment(tmp_path)}, tmp_path)
    mask = Image.new("L", (256, 256), 0)
    mask.paste(255, (0, 0, 256, 60))
    mask.save(tmp_path / "mask.png")
    options = ("--point", CHIN_DOWN, "--mask", "mask.png", "-o", "x.png")
    assert "handle of point 1" in alone.refused("drag", "--seed", 5, *options)
    assert alone.run("status").returncode == 1


def test_no_daemon_is_said_and_stop_is_no_error(tmp_path: Path) -> None:
    alone = Command({**os.environ, **private_environment(tmp_path)}, tmp_path)
    assert alone.run("status").returncode == 1
    assert json.loads(alone.run("status", "--json").stdout) == {"running": False}
    assert "No daemon" in alone("stop")


def test_a_command_starts_the_daemon_and_stop_ends_it(tmp_path: Path) -> None:
    alone = Command({**os.environ, **private_environment(tmp_path)}, tmp_path)
    try:
        alone("sample", "--seed", 1, "-o", "a.png")
        pid = json.loads(alone("status", "--json"))["pid"]
        os.kill(pid, 0)
    finally:
        assert alone("stop").strip() == "Stopped."
    assert alone.run("status").returncode == 1


def test_ctrl_c_keeps_what_a_drag_has_reached(tmp_path: Path) -> None:
    """A real process, and the signal that a terminal sends: after a step, as its bar says."""
    bars = {"FORCE_COLOR": "1", "TERM": "xterm"}  # into a pipe, too
    alone = Command({**os.environ, **private_environment(tmp_path), **bars}, tmp_path)
    apart = ("--point", "128,180:240,16", "--point", "90,168:16,16")
    slow = ("--method", "draggan", "--max-steps", 2000, "--json")
    try:
        alone("sample", "--seed", 5, "-o", "lion.png")
        with alone.begin("drag", "lion.png", *slow, *apart, "-o", "early.png") as drag:
            said = Said(drag)
            with held_worker("drag", alone.environment, 60, lambda _: said.shows("Step [1-9]")):
                drag.send_signal(signal.SIGINT)
            out, err = drag.communicate(timeout=patient(120))
        assert drag.returncode == 130, err
        assert "what was reached so far is kept" in " ".join(err.split())
        figures = json.loads(out)
        assert not figures["converged"]
        assert 1 <= figures["steps"] < 2000
        (record,) = EditState.from_json(read_picture(tmp_path / "early.png").saved_state).drags
        assert record.steps == figures["steps"]
        alone("drag", "early.png", "--point", "128,180:128,190", "--max-steps", 1, "-o", "then.png")
    finally:
        alone("stop")


def test_a_drag_survives_the_death_of_its_daemon(tmp_path: Path) -> None:
    alone = Command({**os.environ, **private_environment(tmp_path)}, tmp_path)
    alone("sample", "--seed", 5, "-o", "lion.png")
    slow = ("--method", "draggan", "--max-steps", 200, "--json", "--point", "128,180:128,230")
    expected = json.loads(alone("drag", "lion.png", *slow, "-o", "expected.png"))
    try:
        with alone.begin("drag", "lion.png", *slow, "-o", "open.png") as drag:
            with held_worker("drag", alone.environment, 60) as daemon:
                os.kill(daemon, signal.SIGKILL)
            out, err = drag.communicate(timeout=patient(120))
        assert drag.returncode == 0, err
        assert "Another daemon is started, and this begins again." in " ".join(err.split())
        assert json.loads(out) == {**expected, "seconds": json.loads(out)["seconds"]}
        opened, wanted = (
            read_picture(tmp_path / name).image for name in ("open.png", "expected.png")
        )
        assert opened.tobytes() == wanted.tobytes()
        now = json.loads(alone("status", "--json"))
        assert now["pid"] != daemon
        assert (now["restored"], now["edits"]) == (1, 0)
        assert "Brought back from an earlier daemon at its start: 1." in alone("status")
    finally:
        alone("stop")
