"""Drags over given ways: what is drawn, how it is judged, what is kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from draggan_server.bench.quality import quality, way_drags
from draggan_server.bench.quality.example import Example
from draggan_server.bench.quality.journal import Journal
from draggan_server.bench.quality.likeness import likeness
from draggan_server.bench.quality.lions import WIDE, Lions, PlainLions, make_lions
from draggan_server.bench.quality.quality import MISSES, Plan, Quality
from draggan_server.bench.quality.record import NO_EDIT, OWN, Record
from draggan_server.bench.quality.trial import picture_of
from draggan_server.bench.quality.variant import Variant
from draggan_server.bench.quality.way_drags import SUBJECTS, Subject, Way, draw
from draggan_server.bench.quality.ways import WayJudge, way_records
from draggan_server.bench.reader.close_reading import read_closely
from draggan_server.bench.reader.reader import Reader
from draggan_server.bench.words import STATISTICS
from draggan_server.cli.bench import bench
from draggan_server.models.loading import load_generator
from draggan_server.wire.drag_config import drag_config
from draggan_server.wire.errors import BadInput
from stylegan2.generator import Generator
from stylegan2.toy_lion import landmarks, parameters

pytestmark = pytest.mark.slow

NOSE, CHIN = SUBJECTS[0], SUBJECTS[1]


@pytest.fixture(scope="module", autouse=True)
def _one_thread() -> Iterator[None]:
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="module")
def generator() -> Generator:
    return load_generator("toy-lion")


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader.load()


@pytest.fixture(scope="module")
def lions(generator: Generator) -> Lions:
    return PlainLions(generator)


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.name)
@pytest.mark.parametrize(("share", "points"), [(0.05, 1), (0.1, 5), (0.1, None)])
def test_a_drag_goes_its_way_and_changes_one_parameter(
    lions: Lions, reader: Reader, subject: Subject, share: float, points: int | None
) -> None:
    way = Way(subject, share, points, masked=True)
    for number in range(2):
        drawn = draw(lions, reader.reliable(), way, number)
        again = draw(lions, reader.reliable(), way, number)
        assert drawn is not None
        assert again is not None
        drag, case = drawn.drag, drawn.drag.case
        torch.testing.assert_close(again.drag.case.w_plus, case.w_plus, rtol=0, atol=0)
        assert landmarks.NAMES[drag.landmarks[0]] in subject.landmarks
        gone = (case.target_points - case.handle_points).norm(dim=1)
        assert float(gone[0]) == pytest.approx(share * 256, abs=0.01)
        assert float(gone.min()) >= 2
        assert len(gone) == len(drag.landmarks) >= (points or 2)
        assert points is None or len(gone) == points
        for row, expected in ((drag.source, case.handle_points), (drag.target, case.target_points)):
            found = landmarks.find_landmarks(row[None], 256)
            assert found.visible[0, drag.landmarks].all()
            np.testing.assert_allclose(found.points[0, drag.landmarks], expected, atol=1e-4)
        assert (drag.source != drag.target).sum() == 1
        assert case.movable_mask is not None
        for x, y in torch.cat([case.handle_points, case.target_points]).round().long().tolist():
            assert case.movable_mask[y, x] == 1
        changed = parameters.from_latent(drawn.changed_z.numpy())[0]
        k = int((drag.source != drag.target).argmax())
        assert changed[k] == pytest.approx(drag.target[k], abs=1e-4)


def test_the_chin_falls_with_the_mouth_as_far_as_that_goes(lions: Lions, reader: Reader) -> None:
    mouth = parameters.index("mouth")
    for share, by_mouth in ((0.1, True), (0.35, False)):
        drawn = draw(lions, reader.reliable(), Way(CHIN, share, 1, masked=False), 0)
        assert drawn is not None
        assert (drawn.drag.source[mouth] != drawn.drag.target[mouth]) == by_mouth


def test_nothing_is_drawn_where_no_lion_goes_so_far(
    lions: Lions, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(way_drags, "REDRAWN", 100)
    assert draw(lions, reader.reliable(), Way(NOSE, 0.95, 1, masked=False), 0) is None


def test_the_judge_tells_a_lion_that_arrived_from_one_that_did_not(
    lions: Lions, reader: Reader
) -> None:
    for number in range(2):
        drawn = draw(lions, reader.reliable(), Way(NOSE, 0.2, 1, masked=False), number)
        assert drawn is not None
        before = picture_of(lions.generator, drawn.drag.case.w_plus)
        judge = WayJudge(reader, drawn.drag, before)
        stayed = judge.judge(before)
        own = picture_of(lions.generator, lions.latent(drawn.changed_z))
        arrived = judge.judge(own)
        assert stayed["way"] == pytest.approx(51.2, abs=0.1)
        assert stayed["likeness"] == stayed["elsewhere"] == stayed["drift"] == 0
        for measure in ("distance", "surface"):
            assert stayed[measure] == pytest.approx(51.2, abs=4)
            assert arrived[measure] < 5
        assert judge.is_astray(before)
        assert not judge.is_astray(own)


def test_a_melted_lion_is_less_like_one(lions: Lions, reader: Reader) -> None:
    w_plus = lions.generator.draw(3, torch.Generator().manual_seed(4))
    random = torch.Generator().manual_seed(5)
    for one in w_plus:
        picture = picture_of(lions.generator, one[None])
        moved = one + 3 * lions.generator.w_spread() * torch.randn(one.shape, generator=random)
        melted = picture_of(lions.generator, moved[None])
        assert likeness(reader, melted) < likeness(reader, picture) - 3


def test_landmarks_say_the_parameters_more_closely(lions: Lions, reader: Reader) -> None:
    yaw = parameters.index("yaw")
    plain, close = [], []
    for seed in range(12):
        z = torch.randn(1, 18, generator=torch.Generator().manual_seed(seed))
        picture = picture_of(lions.generator, lions.latent(z))
        truth = lions.rows(z)[0]
        read = reader.read(picture[None]).parameters[0].double().numpy()
        plain.append(abs(read[yaw] - truth[yaw]))
        close.append(abs(read_closely(reader, picture)[yaw] - truth[yaw]))
    assert np.mean(close) < 0.5 * np.mean(plain)


@pytest.mark.parametrize("statistics", STATISTICS)
def test_other_statistics_are_of_the_same_lions(
    generator: Generator, reader: Reader, statistics: str
) -> None:
    lions = make_lions(generator, reader, statistics)
    z = torch.randn(1, 18, generator=torch.Generator().manual_seed(3))
    w_plus = lions.latent(z)
    torch.testing.assert_close(lions.latent(z), w_plus, rtol=0, atol=0)
    picture, plain = (
        picture_of(g, w) for g, w in ((lions.generator, w_plus), (generator, generator.mapping(z)))
    )
    spread, usual = lions.generator.w_spread(), generator.w_spread()
    if statistics == "psi0.7":
        assert float((picture - plain).abs().mean()) > 0.02
        off = np.abs(lions.rows(z) - parameters.from_latent(z))
        assert 0 < (off / (parameters.HIGH - parameters.LOW)).max() < 0.5
        # what is dragged is where the reader sees it, not only where coarsely read angles put it
        seen = reader.read(picture[None]).points[0, :2].numpy()
        meant = landmarks.find_landmarks(lions.rows(z), 256).points[0, :2]
        assert np.linalg.norm(seen - meant, axis=1).max() < 2
        return
    torch.testing.assert_close(picture, plain, rtol=0, atol=2e-3)
    np.testing.assert_array_equal(lions.rows(z), parameters.from_latent(z))
    if statistics == "rotated":
        assert spread == pytest.approx(5 * usual, rel=1e-3)
        assert float((lions.generator.w_avg - w_plus[0, 0]).abs().mean()) < 10 * spread
    if statistics == "wide-z":
        assert lions.generator.z_dim == WIDE
        assert spread == pytest.approx(usual, rel=0.05)
        assert not torch.equal(*lions.generator.draw(2, torch.Generator().manual_seed(0)))


def test_every_variant_does_the_drag_and_is_judged(lions: Lions, reader: Reader) -> None:
    variants = [
        Variant("short", drag_config(max_steps=1)),
        Variant("long", drag_config(max_steps=2)),
    ]
    heard: list[str] = []
    way = Way(NOSE, 0.1, 1, masked=False)
    found = way_records(lions, reader, variants, way, 0, heard.append)
    assert found is not None
    records, example = found
    assert [record.variant for record in records] == [NO_EDIT, OWN, "short", "long"]
    assert heard == ["nose, 10%, short", "nose, 10%, long"]
    assert [record.values["steps"] for record in records[2:]] == [1, 2]
    assert records[3].values["surface"] < records[2].values["surface"] < 25
    assert all(record.values["astray"] == 0 for record in records[2:])
    assert list(example.after) == ["short", "long"]


def test_a_number_without_a_lion_is_passed_over_and_a_way_without_lions_left_out(
    lions: Lions, reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    way, asked = Way(NOSE, 0.1, 1, masked=False), list[int]()
    drawn = draw(lions, reader.reliable(), way, 0)
    assert drawn is not None
    example = Example(drawn.drag, picture_of(lions.generator, drawn.drag.case.w_plus))

    def with_a_lion(*given: object) -> tuple[list[Record], Example] | None:
        number = given[4]
        assert isinstance(number, int)
        asked.append(number)
        return ([Record(way.kind, number, OWN, {})], example) if number in (2, 5) else None

    monkeypatch.setattr(quality, "way_records", with_a_lion)
    numbers = 5 + MISSES + 4
    plan = Plan([], numbers, 0, [], reconstruction=False, consistency=False, ways=[way])
    records = list(Quality(lions, plan, reader).records())
    assert [record.number for record in records] == [2, 5]
    assert asked == list(range(5 + MISSES + 1))


def test_a_journal_goes_on_where_a_run_was_broken_off(tmp_path: Path) -> None:
    path, heading = tmp_path / "ways.jsonl", {"model": "a"}
    kept = [Record("nose, 5%", 3, "newton", {"distance": 2.5})]
    journal = Journal(path, heading)
    assert journal.find("nose, 5%", 3) is None
    journal.add(kept)
    journal.add([Record("nose, 5%", 4, "newton", {})])
    path.write_text(path.read_text()[:-9])  # the last line was cut off
    again = Journal(path, heading)
    assert again.find("nose, 5%", 3) == tuple(kept)
    assert again.find("nose, 5%", 4) is None
    again.add([Record("nose, 5%", 4, "newton", {"distance": 1.0})])
    assert Journal(path, heading).find("nose, 5%", 4) is not None
    with pytest.raises(BadInput, match="another folder"):
        Journal(path, {"model": "b"})
    path.write_text(path.read_text().replace("2.5", '"x"'))
    with pytest.raises(BadInput, match="damaged in line 2"):
        Journal(path, heading)


def test_the_command_draws_curves_and_goes_on(tmp_path: Path) -> None:
    arguments = ["quality", "--methods", "newton", "--max-steps", "1", "--kinds", "ways"]
    arguments += ["--points", "1", "--ways", "5,10", "--subjects", "nose", "--out", str(tmp_path)]
    first = CliRunner().invoke(bench, [*arguments, "--drags", "1"], catch_exceptions=False)
    assert first.exit_code == 0
    assert "| nose, 10% | newton | 1 |" in first.stdout
    assert "FreeDrag" in first.stdout
    journal = (tmp_path / "ways.jsonl").read_text()
    assert (tmp_path / "ways.png").stat().st_size > 10_000
    assert (tmp_path / "sheet-nose-10.png").is_file()
    second = CliRunner().invoke(bench, [*arguments, "--drags", "2"], catch_exceptions=False)
    assert "| nose, 10% | newton | 2 |" in second.stdout
    assert (tmp_path / "ways.jsonl").read_text().startswith(journal)
    figures = json.loads((tmp_path / "quality.json").read_text())
    numbers = [r["number"] for r in figures["records"] if r["variant"] == "newton"]
    assert numbers == [0, 0, 1, 1]


@pytest.mark.parametrize(
    "wrong",
    [
        ["--ways", "5,120"],
        ["--ways", "far"],
        ["--subjects", "tail"],
        ["--statistics", "none"],
    ],
)
def test_wrong_ways_are_refused(wrong: list[str], tmp_path: Path) -> None:
    arguments = ["quality", "--kinds", "ways", *wrong, "--out", str(tmp_path)]
    done = CliRunner().invoke(bench, arguments)
    assert done.exit_code == 2
    assert f"Invalid value for '{wrong[0]}'" in done.stderr


def test_other_statistics_are_for_ways_only(tmp_path: Path) -> None:
    arguments = ["quality", "--statistics", "rotated", "--kinds", "ways,success"]
    with pytest.raises(BadInput, match="give --kinds ways"):
        CliRunner().invoke(bench, [*arguments, "--out", str(tmp_path)], catch_exceptions=False)
