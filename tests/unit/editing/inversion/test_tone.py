from __future__ import annotations

import torch

from draggan_server.editing.inversion.tone import GAINS, OFFSETS, Tone, derivatives


def some_tone() -> Tone:
    random = torch.Generator().manual_seed(3)
    return Tone(0.1 * torch.randn(3, GAINS + OFFSETS, generator=random))


def some_picture() -> torch.Tensor:
    return torch.rand(1, 3, 12, 20, generator=torch.Generator().manual_seed(4)) * 2 - 1


def test_no_tone_changes_nothing_and_gains_are_about_black() -> None:
    picture = some_picture()
    torch.testing.assert_close(Tone.none(3).apply(picture), picture)
    coefficients = torch.zeros(3, GAINS + OFFSETS)
    coefficients[:, 0] = 0.5
    black = torch.full((1, 3, 4, 4), -1.0)
    torch.testing.assert_close(Tone(coefficients).apply(black), black)


def test_a_tone_is_taken_away_again() -> None:
    picture = some_picture()
    tone = some_tone()
    torch.testing.assert_close(tone.remove(tone.apply(picture)), picture, rtol=0, atol=1e-5)


def test_derivatives_are_those_of_the_toned_picture() -> None:
    picture = some_picture()
    tone = some_tone()
    step = 0.01 * torch.randn(3, GAINS + OFFSETS, generator=torch.Generator().manual_seed(5))
    change = tone.moved(step.flatten()).apply(picture) - tone.apply(picture)
    expected = torch.einsum("ck,ckhw->chw", step, derivatives(picture[0]))
    torch.testing.assert_close(change[0], expected, rtol=0, atol=1e-6)
