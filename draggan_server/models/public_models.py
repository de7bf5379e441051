"""The models that others have published and `draggan models pull` gets: a table, nothing more."""

from __future__ import annotations

from dataclasses import dataclass

_SELF_DISTILLED = "https://storage.googleapis.com/self-distilled-stylegan"
_NGC = "https://api.ngc.nvidia.com/v2/models/nvidia/research/stylegan2/versions/1/files"
_HUGGING_FACE = "https://huggingface.co/stable-diffusion-v1-5"
_FILES = (
    "scheduler/scheduler_config.json",
    "text_encoder/config.json",
    "text_encoder/model.fp16.safetensors",
    "tokenizer/special_tokens_map.json",
    "tokenizer/vocab.json",
    "unet/config.json",
    "unet/diffusion_pytorch_model.fp16.safetensors",
    "vae/config.json",
    "vae/diffusion_pytorch_model.fp16.safetensors",
)
_ALIGNED = ("ffhq", "metfaces")
_CLOUDFRONT = "https://d36zk2xti64re0.cloudfront.net/stylegan2/networks"


@dataclass(frozen=True, slots=True)
class Licence:
    """What a model comes under: `terms` in a sentence, the whole text at `url`."""

    name: str
    terms: str
    url: str


CC_BY = Licence(
    "CC-BY-4.0",
    "You may use it for anything, also commercially, if you name its authors: Mokady et al., "
    "Self-Distilled StyleGAN, 2022.",
    "https://creativecommons.org/licenses/by/4.0/",
)
NVIDIA = Licence(
    "NVIDIA Source Code License-NC",
    "You may use it for research and evaluation only, not commercially.",
    "https://nvlabs.github.io/stylegan2/license.html",
)
OPEN_RAIL = Licence(
    "CreativeML OpenRAIL-M",
    "You may use it for anything, also commercially, except what its attachment A forbids, such as "
    "harming people or breaking the law.",
    "https://huggingface.co/spaces/CompVis/stable-diffusion-license",
)
ANY_PICTURE = "any picture (Stable Diffusion, needs a GPU)"
"""The subject of models that were trained on pictures of everything."""


@dataclass(frozen=True, slots=True)
class PublicModel:
    """A model that can be downloaded; `img_resolution` is (height, width).

    A folder of diffusers has `files`, each of which lies below `url`.

    `megabytes` is about what is downloaded (G, D and G_ema in float32), to be known beforehand; the
    server says it exactly. Where its publisher gives no `sha256`, the first download's is kept.
    `aligned`: its pictures were cut out by eyes and mouth, see `face.aligned_face`.
    """

    name: str
    subject: str
    img_resolution: tuple[int, int]
    licence: Licence
    megabytes: int
    url: str
    sha256: str | None = None
    files: tuple[str, ...] = ()
    aligned: bool = False

    @property
    def recommended(self) -> bool:
        """Whether its licence lets people use what they make with it as they like."""
        return self.licence is CC_BY


def _self_distilled(subject: str, side: int, megabytes: int) -> PublicModel:
    url = f"{_SELF_DISTILLED}/{subject}_{side}_pytorch.pkl"
    return PublicModel(f"{subject}-{side}", subject, (side, side), CC_BY, megabytes, url)


def _nvidia(data_set: str, subject: str, side: int, megabytes: int) -> PublicModel:
    url = f"{_NGC}/stylegan2-{data_set}-{side}x{side}.pkl"
    name, aligned = f"{data_set}-{side}", data_set in _ALIGNED
    return PublicModel(name, subject, (side, side), NVIDIA, megabytes, url, aligned=aligned)


def _config_f(data_set: str, subject: str, side: int, megabytes: int) -> PublicModel:
    name = f"{data_set}-{side}-config-f"
    url = f"{_CLOUDFRONT}/stylegan2-{data_set}-config-f.pkl"
    aligned = data_set in _ALIGNED
    return PublicModel(name, subject, (side, side), NVIDIA, megabytes, url, aligned=aligned)


def _stable_diffusion(name: str, repository: str) -> PublicModel:
    url = f"{_HUGGING_FACE}/{repository}/resolve/main"
    return PublicModel(name, ANY_PICTURE, (512, 512), OPEN_RAIL, 2140, url, files=_FILES)


PUBLIC_MODELS = (
    _self_distilled("lions", 512, 360),
    _self_distilled("dogs", 1024, 380),
    _self_distilled("elephants", 512, 360),
    _self_distilled("giraffes", 512, 360),
    _self_distilled("parrots", 512, 360),
    _self_distilled("horses", 256, 300),
    _self_distilled("bicycles", 256, 300),
    _nvidia("ffhq", "faces", 1024, 380),
    _nvidia("ffhq", "faces", 512, 360),
    _nvidia("ffhq", "faces", 256, 300),
    _nvidia("metfaces", "painted and sculpted faces", 1024, 380),
    _nvidia("afhqcat", "cats' faces", 512, 360),
    _nvidia("afhqdog", "dogs' faces", 512, 360),
    _nvidia("afhqwild", "wild animals' faces", 512, 360),
    _nvidia("afhqv2", "cats', dogs' and wild animals' faces", 512, 360),
    _nvidia("lsundog", "dogs", 256, 300),
    _nvidia("brecahad", "breast tissue under the microscope", 512, 360),
    _config_f("ffhq", "faces", 1024, 380),
    _config_f("car", "cars", 512, 360),
    _config_f("cat", "cats", 256, 350),
    _config_f("church", "churches", 256, 350),
    _config_f("horse", "horses", 256, 350),
    _stable_diffusion("stable-diffusion-1.5", "stable-diffusion-v1-5"),
    _stable_diffusion("stable-diffusion-1.5-inpainting", "stable-diffusion-inpainting"),
)
"""The recommended ones first."""


def find_public(name: str) -> PublicModel | None:
    """The published model of that name."""
    return next((model for model in PUBLIC_MODELS if model.name == name), None)
