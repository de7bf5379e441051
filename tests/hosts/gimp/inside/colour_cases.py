"""Models of gray pictures and of pictures with alpha, in images of either kind."""

from __future__ import annotations

from document import call, drag, new_image, pixels
from gi.repository import Gimp


def sample(image: Gimp.Image, model: str) -> Gimp.Layer:
    answer = call("sample", image, [], seed=0, model=model)
    assert answer.ok, answer
    return answer.layer


def dragged(image: Gimp.Image, layer: Gimp.Layer) -> Gimp.Layer:
    _ok, x, y = layer.get_offsets()
    pairs = [[x + 16.5, y + 16.5, x + 16.5, y + 24.5]]
    answer = drag(image, layer, pairs, max_steps=5, method="draggan")
    assert answer.ok, answer
    assert pixels(answer.layer) != pixels(layer)
    return answer.layer


def channels(layer: Gimp.Layer) -> list[bytes]:
    """Red, green, blue, alpha."""
    data = pixels(layer)
    return [data[channel::4] for channel in range(4)]


def check_gray(layer: Gimp.Layer) -> None:
    red, green, blue, alpha = channels(layer)
    assert red == green == blue
    assert set(alpha) == {255}
    assert max(red) - min(red) > 100


def check_alpha(layer: Gimp.Layer) -> None:
    alpha = channels(layer)[3]
    assert (min(alpha), max(alpha)) == (0, 255)


def case_gray_in_a_colour_image() -> None:
    image = new_image()
    source = sample(image, "gray")
    check_gray(source)
    check_gray(dragged(image, source))


def case_gray_in_a_gray_image() -> None:
    image = new_image(kind=Gimp.ImageBaseType.GRAY)
    source = sample(image, "gray")
    result = dragged(image, source)
    for layer in (source, result):
        assert layer.is_gray()
        check_gray(layer)
    plain = sample(new_image(), "gray")
    worst = max(abs(a - b) for a, b in zip(pixels(source), pixels(plain), strict=True))
    assert worst <= 1, worst


def case_alpha_in_a_colour_image() -> None:
    image = new_image()
    source = sample(image, "alpha")
    check_alpha(source)
    red, _, blue, _ = channels(source)
    assert red != blue
    check_alpha(dragged(image, source))


def case_alpha_in_a_gray_image() -> None:
    image = new_image(kind=Gimp.ImageBaseType.GRAY)
    source = sample(image, "alpha")
    result = dragged(image, source)
    for layer in (source, result):
        assert layer.is_gray()
        check_alpha(layer)
