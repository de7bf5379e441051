"""A packed product is the plain product, and torch may lack it."""

from __future__ import annotations

import pytest
import torch

from stylegan2 import packed


@pytest.fixture(autouse=True)
def probe_again() -> None:
    packed._packing_works.cache_clear()


@pytest.mark.parametrize("rows", [1, 16, 49, 300])
def test_packed_and_plain_products_agree(rows: int) -> None:
    random = torch.Generator().manual_seed(rows)
    weight = torch.randn(48, 135, generator=random)
    x = torch.randn(rows, 135, generator=random)
    matrix = packed.PackedMatrix(weight, 64)
    torch.testing.assert_close(matrix(x), x @ weight.T, rtol=1e-5, atol=1e-4)
    double = packed.PackedMatrix(weight.double(), 64)
    torch.testing.assert_close(double(x.double()), x.double() @ weight.double().T)


def test_a_torch_without_the_operators_multiplies_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def __getattr__(self, name: str) -> object:
            raise AttributeError(name)

    monkeypatch.setattr(torch.ops, "mkldnn", Missing())
    weight, x = torch.randn(3, 4), torch.randn(2, 4)
    torch.testing.assert_close(packed.PackedMatrix(weight, 2)(x), x @ weight.T)
    packed._packing_works.cache_clear()
