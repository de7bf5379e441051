"""The procedures in a real GIMP, called without a dialog.

The cases stand in `inside/`, where GIMP's own Python runs them: all of a module in one GIMP.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from draggan_server.models.public_models import PUBLIC_MODELS
from draggan_server.plugins.package import package_all
from draggan_server.wire.connection import ConnectionFile
from draggan_server.wire.connector import connect
from draggan_server.wire.messages import GetStatus, OpenEdit, SampleSource, Shutdown, Status
from draggan_server.wire.state import EditState
from tests.hosts.gimp.gimp_host import INSIDE, GimpHost, case_names
from tests.hosts.gimp.xcf_file import layers_of
from tests.hosts.system import HostSystem
from tests.patience import patient

pytestmark = pytest.mark.gimp

Outcomes = dict[str, str]


@pytest.fixture(scope="module")
def folder(gimp: GimpHost) -> Path:
    """Where the cases keep files, seen by GIMP."""
    folder = gimp.home / "files"
    folder.mkdir()
    return folder


@pytest.fixture(scope="module")
def environment(gimp: GimpHost, folder: Path, daemon: dict[str, str]) -> dict[str, str]:
    """A daemon outside, and a picture as ImageMagick writes it: 16 bit, with gAMA and cHRM."""
    png = folder / "magick.png"
    make = ["-size", "256x256", "gradient:red-blue", "-depth", "16", "-set", "gamma", "0.4"]
    chromaticity = ["-red-primary", "0.68,0.32", "-green-primary", "0.265,0.69"]
    argv = ["convert", *make, *chromaticity, f"PNG64:{png}"]
    subprocess.run(gimp.command(argv, {}), check=True, timeout=patient(60))
    return {**daemon, "DRAGGAN_TEST_FOLDER": str(folder), "DRAGGAN_TEST_PNG": str(png)}


@pytest.fixture(scope="module")
def drags(gimp: GimpHost, environment: dict[str, str]) -> Outcomes:
    return gimp.run_cases("drag_cases", environment)


@pytest.fixture(scope="module")
def reloads(gimp: GimpHost, environment: dict[str, str], drags: Outcomes) -> Outcomes:
    """In a new process, and with our own ZMTP even where GIMP's Python has pyzmq."""
    return gimp.run_cases("reload_cases", {**environment, "DRAGGAN_PURE_ZMTP": "1"})


@pytest.fixture(scope="module")
def photos(gimp: GimpHost, environment: dict[str, str]) -> Outcomes:
    public = {"DRAGGAN_TEST_PUBLIC_MODEL": PUBLIC_MODELS[0].name}
    return gimp.run_cases("photo_cases", {**environment, **public})


@pytest.fixture(scope="module")
def colours(gimp: GimpHost, colour_daemon: dict[str, str]) -> Outcomes:
    return gimp.run_cases("colour_cases", colour_daemon)


@pytest.fixture(scope="module")
def profiles(gimp: GimpHost, environment: dict[str, str]) -> Outcomes:
    return gimp.run_cases("profile_cases", environment, timeout=400)


@pytest.fixture(scope="module")
def bad_inputs(gimp: GimpHost) -> Outcomes:
    """Where no connection file can be written, so that no daemon can be started."""
    nowhere = {"DRAGGAN_CONNECTION_FILE": "/proc/nowhere/connection.json"}
    return gimp.run_cases("bad_input_cases", nowhere)


def check(name: str, outcomes: Outcomes) -> None:
    if outcomes[name]:
        pytest.fail(f"inside GIMP: {outcomes[name]}", pytrace=False)


@pytest.mark.parametrize("name", case_names("drag_cases"))
def test_a_drag_in_gimp_ends_as_it_should(name: str, drags: Outcomes) -> None:
    check(name, drags)


@pytest.mark.parametrize("name", case_names("reload_cases"))
def test_a_saved_document_is_dragged_on(name: str, reloads: Outcomes) -> None:
    check(name, reloads)


@pytest.mark.parametrize("name", case_names("photo_cases"))
def test_photos_are_recognised_and_dragged(name: str, photos: Outcomes) -> None:
    check(name, photos)


@pytest.mark.parametrize("name", case_names("colour_cases"))
def test_images_of_other_colours_are_dragged(name: str, colours: Outcomes) -> None:
    check(name, colours)


@pytest.mark.parametrize("name", case_names("profile_cases"))
def test_colours_are_right_in_every_precision_and_profile(name: str, profiles: Outcomes) -> None:
    check(name, profiles)


@pytest.mark.parametrize("name", case_names("bad_input_cases"))
def test_bad_input_is_refused_with_a_sentence(name: str, bad_inputs: Outcomes) -> None:
    check(name, bad_inputs)


@pytest.fixture(scope="module")
def gimp_with_zip(gimp_system: HostSystem, tmp_path_factory: pytest.TempPathFactory) -> GimpHost:
    """GIMP with the plug-in unpacked from its release zip, and a daemon installed beside it."""
    folder = tmp_path_factory.mktemp("gimp-with-zip")
    zipped, _ = package_all(folder)
    return GimpHost(gimp_system, folder / "home", zipped=zipped)


@pytest.mark.parametrize("name", ["gimp", "gimp_with_zip"])
def test_the_plug_in_starts_the_daemon(name: str, request: pytest.FixtureRequest) -> None:
    gimp: GimpHost = request.getfixturevalue(name)
    outcomes = gimp.run_cases("start_cases", {})
    check("case_sample_starts_a_daemon", outcomes)
    pid = ConnectionFile.read(gimp.connection_file).pid
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DRAGGAN_CONNECTION_FILE", str(gimp.connection_file))
        client = connect(start_daemon=False)
    try:
        status = client.ask(GetStatus())
        assert isinstance(status, Status)
        assert status.pid == pid
        client.ask(Shutdown())
    finally:
        client.close()


def test_another_draggan_server_on_the_path_is_not_taken(
    gimp: GimpHost, daemon: dict[str, str]
) -> None:
    foreign = gimp.home / "foreign"
    (foreign / "draggan_server").mkdir(parents=True)
    (foreign / "draggan_server" / "__init__.py").write_text("raise SystemExit('foreign')")
    path = f"{foreign}:{INSIDE}"
    outcomes = gimp.run_cases("foreign_cases", {**daemon, "PYTHONPATH": path})
    check("case_the_plug_in_works", outcomes)


def test_the_log_holds_no_fault(gimp: GimpHost, drags: Outcomes, bad_inputs: Outcomes) -> None:
    log = gimp.home / ".local/state/draggan/gimp.log"
    text = log.read_text() if log.exists() else ""
    assert "Traceback" not in text, text
    assert "CRITICAL" not in text, text


def test_the_saved_document_is_read_by_who_is_not_gimp(
    folder: Path, drags: Outcomes, daemon: dict[str, str]
) -> None:
    check("case_the_dragged_image_is_saved", drags)
    dragged, source = layers_of(folder / "dragged.xcf")
    assert (source.name, dragged.name) == ("toy-lion, seed 8", "Dragged: toy-lion, seed 8")
    assert source.offset == dragged.offset == (7, -5)
    with pytest.MonkeyPatch.context() as patch:
        for name, value in daemon.items():
            patch.setenv(name, value)
        with connect(start_daemon=False) as client:
            drawn = client.ask(OpenEdit(SampleSource("toy-lion", 8)), timeout=patient(120)).picture
    assert source.picture.tobytes() == drawn.data
    before, after = (
        EditState.from_json(one.parasites["draggan-state"]) for one in (source, dragged)
    )
    assert (before.start, before.drags, len(after.drags)) == (after.start, (), 1)
    assert after.drags[0].method == "newton"
    differs = (dragged.picture != source.picture).any(axis=2)
    left, top, right, bottom = 108, 176, 152, 216  # the chin
    assert differs[top:bottom, left:right].mean() > 0.5
