"""Networks that lie in RAM between two uses compute what they always did, and take the device meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn

from gpuworker.checkpoints.offload import Offloaded
from tests.gpuworker.pretended_gpu import PretendedGpu, pretended_gpu

CUDA = torch.device("cuda")
SEEN = torch.arange(4.0).reshape(1, 4)


class Tower(nn.Module):
    """A parameter that is in two places, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.first, self.second = nn.Linear(4, 4), nn.Linear(4, 4)
        self.second.weight = self.first.weight
        self.register_buffer("shift", torch.ones(4))

    def forward(self, numbers: Tensor) -> Tensor:
        moved: Tensor = self.second(self.first(numbers)) + self.shift
        return moved


@pytest.fixture
def gpu() -> Iterator[PretendedGpu]:
    with pretended_gpu() as gpu:
        yield gpu


def shown(tower: Tower) -> Tensor:
    with torch.no_grad():
        seen: Tensor = tower(SEEN.to(CUDA)).cpu()
        return seen


def test_it_comes_computes_and_goes(gpu: PretendedGpu) -> None:
    tower = Tower()
    with torch.no_grad():
        expected = tower(SEEN)
    offloaded = Offloaded(tower, CUDA)
    assert gpu.taken == 0
    for _ in range(2):
        offloaded.bring()
        assert offloaded.is_there
        assert gpu.taken == 4 * (16 + 4 + 4 + 4), "what is in two places is there once"
        assert shown(tower).allclose(expected)
        offloaded.send_away()
        assert not offloaded.is_there
        assert {each.device.type for each in tower.state_dict().values()} == {"cpu"}
        assert gpu.taken == 0
    assert isinstance(tower.first.weight, nn.Parameter)


def test_to_come_is_to_be_copied_without_a_wait_and_to_go_is_nothing(gpu: PretendedGpu) -> None:
    offloaded = Offloaded(Tower(), CUDA)
    gpu.forget()
    offloaded.bring()
    offloaded.bring()
    assert len(gpu.copies) <= 5
    offloaded.send_away()
    assert gpu.waits == []


def test_what_was_changed_or_added_meanwhile_stays(gpu: PretendedGpu) -> None:
    tower = Tower()
    offloaded = Offloaded(tower, CUDA)
    offloaded.bring()
    tower.first.bias = nn.Parameter(torch.full((4,), 7.0).to(CUDA), requires_grad=False)
    tower.second.added = nn.Parameter(torch.full((4,), 8.0).to(CUDA), requires_grad=False)
    offloaded.send_away()
    assert tower.first.bias.tolist() == [7.0] * 4
    assert {each.device.type for each in tower.state_dict().values()} == {"cpu"}
    offloaded.bring()
    added = tower.second.added
    assert isinstance(added, Tensor)
    assert (tower.first.bias.cpu().tolist(), added.cpu().tolist()) == ([7.0] * 4, [8.0] * 4)


def test_another_thread_brings_it(gpu: PretendedGpu, monkeypatch: pytest.MonkeyPatch) -> None:
    offloaded, told, brought_by = Offloaded(Tower(), CUDA), threading.Event(), list[str]()
    bring = Offloaded.bring

    def noted(network: Offloaded) -> None:
        brought_by.append(threading.current_thread().name)
        bring(network)

    monkeypatch.setattr(Offloaded, "bring", noted)
    offloaded.begin(told.set)
    assert told.wait(60)
    assert offloaded.is_there
    assert not offloaded.is_coming
    assert brought_by == ["bring"]
    offloaded.send_away()
    assert gpu.taken == 0


def test_without_room_nothing_of_it_is_left_there() -> None:
    with pretended_gpu(capacity=90) as gpu:
        tower = Tower()
        offloaded = Offloaded(tower, CUDA)
        with pytest.raises(torch.OutOfMemoryError):
            offloaded.bring()
        assert gpu.taken == 0
        told = threading.Event()
        offloaded.begin(told.set)
        assert told.wait(60)
        assert not offloaded.is_there
        assert {each.device.type for each in tower.state_dict().values()} == {"cpu"}
