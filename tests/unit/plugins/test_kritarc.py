"""Switching a plug-in on in Krita's settings, and taking it out again."""

from pathlib import Path

import pytest

from draggan_server.plugins import kritarc


@pytest.mark.parametrize(
    "before",
    [
        None,
        "",
        "[theme]\nTheme=Krita dark\n",
        "[python]\nenable_other=true\n",
        "[a][b]\nx=1\n\n[python]\nenable_draggan_krita=false\n",
    ],
)
def test_a_plugin_is_switched_on_and_the_rest_kept(tmp_path: Path, before: str | None) -> None:
    settings = tmp_path / "sub" / "kritarc"
    if before is not None:
        settings.parent.mkdir()
        settings.write_text(before)
    kritarc.enable(settings, "draggan_krita")
    lines = settings.read_text().splitlines()
    assert lines.count("enable_draggan_krita=true") == 1
    assert "enable_draggan_krita=false" not in lines
    assert lines.index("[python]") < lines.index("enable_draggan_krita=true")
    for line in (before or "").splitlines():
        assert line in lines or line == "enable_draggan_krita=false"
    once = settings.read_text()
    kritarc.enable(settings, "draggan_krita")
    assert settings.read_text() == once
    assert kritarc.is_enabled(settings, "draggan_krita")
    kritarc.forget(settings, "draggan_krita")
    left = settings.read_text().splitlines()
    assert not kritarc.is_enabled(settings, "draggan_krita")
    assert [line for line in left if "draggan" in line] == []
    assert {line for line in (before or "").splitlines() if "draggan" not in line} <= set(left)


def test_what_is_not_there_is_not_made_to_forget(tmp_path: Path) -> None:
    kritarc.forget(tmp_path / "kritarc", "draggan_krita")
    assert not (tmp_path / "kritarc").exists()
