"""Bad checkpoints get a sentence that names the file and the fix; the others keep serving."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file

from gpuworker.checkpoints.check import available, check
from gpuworker.checkpoints.errors import CheckpointError
from gpuworker.checkpoints.locate import entries
from gpuworker.checkpoints.store import CheckpointStore
from tests.gpuworker.tiny import write_sdxl

UNET = Path("unet/diffusion_pytorch_model.safetensors")


@pytest.fixture
def folder(checkpoints_folder: Path, tmp_path: Path) -> Path:
    """A folder of its own with a sound checkpoint `sound` and one to break, `broken`."""
    for name in ("sound", "broken"):
        shutil.copytree(checkpoints_folder / "tiny", tmp_path / name)
    return tmp_path


def refused(name: str, folder: Path) -> str:
    """The sentence that both the check and the store answer with."""
    with pytest.raises(CheckpointError) as checked:
        check(name, folder)
    with pytest.raises(CheckpointError) as loaded:
        CheckpointStore(folder, "cpu").get(name)
    assert str(checked.value) == str(loaded.value)
    return str(loaded.value)


def cut_off(broken: Path) -> None:
    weights = (broken / UNET).read_bytes()
    (broken / UNET).write_bytes(weights[: len(weights) // 2])


def cut_off_in_the_header(broken: Path) -> None:
    (broken / UNET).write_bytes((broken / UNET).read_bytes()[:100])


def leave_a_pointer(broken: Path) -> None:
    (broken / UNET).write_text("version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 13700000\n")


def leave_unfinished(broken: Path) -> None:
    (broken / UNET).rename(broken / f"{UNET}.incomplete")


def lose_a_shard(broken: Path) -> None:
    (broken / UNET).unlink()
    index = {"weight_map": {"conv_in.weight": "diffusion_pytorch_model-00002-of-00002.safetensors"}}
    (broken / f"{UNET}.index.json").write_text(json.dumps(index))


def lose_the_index_of_the_shards(broken: Path) -> None:
    for number in (1, 2):
        shutil.copy(
            broken / UNET, (broken / UNET).with_name(f"{UNET.stem}-0000{number}-of-00002.safetensors")
        )
    (broken / UNET).unlink()


def leave_a_dangling_link(broken: Path) -> None:
    (broken / UNET).unlink()
    (broken / UNET).symlink_to(broken / "blobs" / "unfinished")


def pickle_the_unet(broken: Path) -> None:
    (broken / UNET).rename((broken / UNET).with_suffix(".bin"))


def lose_the_index(broken: Path) -> None:
    (broken / "model_index.json").unlink()


def be_another_architecture(broken: Path) -> None:
    (broken / "model_index.json").write_text('{"_class_name": "FluxPipeline"}')


def be_an_inpainting_model(broken: Path) -> None:
    config = json.loads((broken / "unet" / "config.json").read_text())
    (broken / "unet" / "config.json").write_text(json.dumps({**config, "in_channels": 9}))


def cut_off_a_configuration(broken: Path) -> None:
    (broken / "vae" / "config.json").write_text('{"act_fn": "si')


def lose_the_scheduler(broken: Path) -> None:
    shutil.rmtree(broken / "scheduler")


def lose_the_tokenizer(broken: Path) -> None:
    shutil.rmtree(broken / "tokenizer")


BREAKAGES = [
    (cut_off, UNET, "download it again"),
    (cut_off_in_the_header, UNET, "download it again"),
    (leave_a_pointer, UNET, "git lfs pull"),
    (leave_unfinished, UNET, "not finished"),
    (lose_a_shard, "unet/diffusion_pytorch_model-00002-of-00002.safetensors", "not finished"),
    (lose_the_index_of_the_shards, f"{UNET}.index.json", "download it again"),
    (leave_a_dangling_link, UNET, "not finished"),
    (pickle_the_unet, UNET.with_suffix(".bin"), "convert it to safetensors"),
    (lose_the_index, "", "not a diffusion model"),
    (be_another_architecture, "model_index.json", "FluxPipeline"),
    (be_an_inpainting_model, "unet/config.json", "more than a prompt"),
    (cut_off_a_configuration, "vae/config.json", "download it again"),
    (lose_the_scheduler, "scheduler/scheduler_config.json", "missing"),
    (lose_the_tokenizer, "tokenizer/tokenizer.json", "missing"),
]


@pytest.mark.parametrize(("breakage", "file", "fix"), BREAKAGES, ids=[row[0].__name__ for row in BREAKAGES])
def test_a_broken_folder_names_the_file_and_the_fix(
    folder: Path, breakage: Callable[[Path], None], file: str | Path, fix: str
) -> None:
    breakage(folder / "broken")
    sentence = refused("broken", folder)
    assert str(folder / "broken" / file) in sentence
    assert fix in sentence
    assert "\n" not in sentence


def lose_the_second_tower(broken: Path) -> None:
    shutil.rmtree(broken / "text_encoder_2")


def cut_off_the_second_tower(broken: Path) -> None:
    weights = broken / "text_encoder_2" / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:5000])


def lose_the_second_tokenizer(broken: Path) -> None:
    shutil.rmtree(broken / "tokenizer_2")


def be_a_refiner(broken: Path) -> None:
    index = json.loads((broken / "model_index.json").read_text())
    index["_class_name"] = "StableDiffusionXLImg2ImgPipeline"
    (broken / "model_index.json").write_text(json.dumps(index))


def be_told_of_a_picture(broken: Path) -> None:
    config = json.loads((broken / "unet" / "config.json").read_text())
    (broken / "unet" / "config.json").write_text(json.dumps({**config, "addition_embed_type": "image"}))


XL_BREAKAGES = [
    (lose_the_second_tower, "text_encoder_2/config.json", "missing"),
    (cut_off_the_second_tower, "text_encoder_2/model.safetensors", "cut off"),
    (lose_the_second_tokenizer, "tokenizer_2/tokenizer.json", "missing"),
    (be_a_refiner, "model_index.json", "StableDiffusionXLImg2ImgPipeline"),
    (be_told_of_a_picture, "unet/config.json", "more than a prompt"),
    (cut_off, UNET, "download it again"),
]


@pytest.mark.parametrize(
    ("breakage", "file", "fix"), XL_BREAKAGES, ids=[row[0].__name__ for row in XL_BREAKAGES]
)
def test_a_broken_xl_folder_names_the_file_and_the_fix(
    tmp_path: Path, breakage: Callable[[Path], None], file: str | Path, fix: str
) -> None:
    write_sdxl(tmp_path / "broken")
    assert "Stable Diffusion XL" in check("broken", tmp_path)
    breakage(tmp_path / "broken")
    sentence = refused("broken", tmp_path)
    assert str(tmp_path / "broken" / file) in sentence
    assert fix in sentence
    assert "\n" not in sentence


@pytest.mark.parametrize(
    ("part", "ending", "shape"),
    [
        ("text_encoder", "embeddings.token_embedding.weight", (514, 7)),
        ("vae", "decoder.conv_in.weight", (8, 5, 3, 3)),
        ("unet", "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight", (32, 99)),
    ],
)
def test_a_tensor_of_the_wrong_width_is_refused(
    folder: Path, part: str, ending: str, shape: tuple[int, ...]
) -> None:
    (file,) = (folder / "broken" / part).glob("*.safetensors")
    tensors = load_file(file)
    (name,) = [name for name in tensors if name.endswith(ending)]
    save_file({**tensors, name: torch.zeros(shape)}, file, {"format": "pt"})
    expected = f"{folder / 'broken' / part} could not be loaded .*{ending}.*: download it again"
    with pytest.raises(CheckpointError, match=expected) as raised:
        CheckpointStore(folder, "cpu").get("broken")
    assert "\n" not in str(raised.value)


def test_other_checkpoints_keep_serving(folder: Path) -> None:
    cut_off(folder / "broken")
    assert "sound" in available(folder)
    assert "broken" not in available(folder)
    assert "broken" in entries(folder)
    store = CheckpointStore(folder, "cpu")
    with pytest.raises(CheckpointError):
        store.get("broken")
    assert store.get("sound").name == "sound"


def test_a_mended_checkpoint_is_served_without_a_restart(folder: Path) -> None:
    store = CheckpointStore(folder, "cpu")
    cut_off(folder / "broken")
    with pytest.raises(CheckpointError):
        store.get("broken")
    shutil.copy(folder / "sound" / UNET, folder / "broken" / UNET)
    assert store.get("broken").hash == store.get("sound").hash


def test_a_lost_tensor_is_not_made_up(folder: Path) -> None:
    """The headers are sound, so only loading can tell."""
    tensors = load_file(folder / "broken" / UNET)
    del tensors["conv_in.bias"]
    save_file(tensors, folder / "broken" / UNET)
    assert check("broken", folder)
    with pytest.raises(CheckpointError, match=r"conv_in\.bias.*download it again"):
        CheckpointStore(folder, "cpu").get("broken")


def test_weights_of_another_shape_are_refused(folder: Path) -> None:
    tensors = load_file(folder / "broken" / UNET)
    tensors["conv_in.weight"] = torch.zeros(3, 3)
    save_file(tensors, folder / "broken" / UNET)
    with pytest.raises(CheckpointError, match="unet could not be loaded"):
        CheckpointStore(folder, "cpu").get("broken")


@pytest.mark.parametrize("name", ["nowhere", "", ".", "..", "../tiny", "a/b/c", "/etc", ".hidden", "a\\b"])
def test_names_of_nothing_are_refused(folder: Path, name: str) -> None:
    (folder / ".hidden").mkdir()
    assert repr(name) in refused(name, folder)


@pytest.mark.parametrize("suffix", [".ckpt", ".pt", ".bin"])
def test_a_pickled_single_file_is_refused(folder: Path, suffix: str) -> None:
    file = folder / f"old{suffix}"
    file.write_bytes(b"\x80\x04cposix\nsystem\n")
    assert "old" in entries(folder)
    assert f"{file} is a pickle" in refused("old", folder)


def test_a_single_file_of_something_else_is_refused(folder: Path) -> None:
    save_file({"lora_unet_down.weight": torch.zeros(1)}, folder / "lora.safetensors")
    sentence = refused("lora", folder)
    assert str(folder / "lora.safetensors") in sentence
    assert "Stable Diffusion 1.x" in sentence


def test_checking_loads_no_torch(folder: Path) -> None:
    """`doctor` and the terminal must answer at once."""
    program = (
        "import sys; from pathlib import Path; from gpuworker.checkpoints.check import check;"
        "print(check('sound', Path(sys.argv[1]))); sys.exit('torch' in sys.modules)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.startswith("Stable Diffusion 1.x, epsilon, ")
