from __future__ import annotations

from pathlib import Path

import pytest

from moderation.policy import ARTISTIC, FAMILY, NSFW, SFW, Policy, PolicyError, effective_policy, load_policy
from moderation.verdict import Action


@pytest.mark.parametrize(
    ("age_restricted", "opened", "effective"),
    [
        (False, None, SFW),
        (False, NSFW, SFW),
        (False, ARTISTIC, SFW),
        (False, FAMILY, FAMILY),
        (True, None, SFW),
        (True, SFW, SFW),
        (True, NSFW, NSFW),
    ],
)
def test_it_takes_discord_and_a_moderator_to_open_a_channel(
    age_restricted: bool, opened: Policy | None, effective: Policy
) -> None:
    assert effective_policy(age_restricted, opened) == effective


def test_what_is_closed_stays_as_strict_as_it_was_in_everything_else() -> None:
    held = Policy.model_validate({"preset": "nsfw", "gore": "block", "add_ons": False, "roles": [7]})
    closed = effective_policy(False, held)
    assert not closed.is_for_adults
    assert closed.gore is Action.BLOCK
    assert (closed.add_ons, closed.roles) == (False, (7,))


def test_what_differs_from_its_preset_is_custom() -> None:
    assert not any(policy.is_custom for policy in (FAMILY, SFW, ARTISTIC, NSFW))
    assert Policy.model_validate({"preset": "family", "gore": "warn"}).is_custom


def test_presets_are_known_by_name() -> None:
    assert load_policy("family") == FAMILY
    assert load_policy("sfw") == SFW
    assert load_policy("artistic") == ARTISTIC
    assert load_policy("nsfw") == NSFW


def test_a_file_is_a_preset_and_what_differs(tmp_path: Path) -> None:
    file = tmp_path / "policy.json"
    file.write_text('{"preset": "nsfw", "nudity": "warn"}')
    assert load_policy(str(file)) == Policy(
        sexual_prompts=Action.ALLOW, nudity=Action.WARN, preset=NSFW.preset
    )
    file.write_text("{}")
    assert load_policy(str(file)) == SFW


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ('{"namez": "block"}', "no field 'namez'; the fields are preset, sexual_prompts, nudity"),
        ('{"nudity": "maybe"}', "'nudity' cannot be 'maybe'; it is one of 'allow', 'warn' or 'block'"),
        ('{"roles": "all"}', "'roles' cannot be 'all'; input should be a valid tuple"),
        ('{"attachments": 7}', "'attachments' cannot be 7"),
        ('{"preset": ["sfw"]}', "'preset' cannot be ['sfw']"),
        ('{"names": "allow"}', "'names' cannot be 'allow'; it is one of 'off', 'warn' or 'block'"),
        ('{"names_added": [""]}', "'names_added' cannot be"),
        ('{"names_added": ["Jane Roe", "..."]}', "a name without letters"),
        ('{"names_added": ["Jane Roe", "a"]}', "'a' in 'names_added' is common words"),
        ('{"preset": "sfw", "preset": "nsfw"}', "the field 'preset' stands in it twice"),
        ("[" * 200_000, "is not JSON"),
        ("[]", "must hold one JSON object"),
        ("{", "is not JSON"),
    ],
)
def test_a_wrong_file_is_named_with_its_fault(tmp_path: Path, content: str, complaint: str) -> None:
    file = tmp_path / "policy.json"
    file.write_text(content)
    with pytest.raises(PolicyError) as refusal:
        load_policy(str(file))
    assert str(file) in str(refusal.value)
    assert complaint in str(refusal.value)


@pytest.mark.parametrize("text", ["nsfww", "", "/", "policy\0", "x" * 5000])
def test_what_is_no_policy_is_refused(text: str) -> None:
    with pytest.raises(PolicyError):
        load_policy(text)


def test_a_policy_is_as_open_as_another_unless_something_in_it_is_stricter() -> None:
    assert NSFW.is_as_open_as(SFW)
    assert not SFW.is_as_open_as(ARTISTIC)
    assert SFW.model_copy(update={"roles": (7,)}).is_as_open_as(SFW), "that is about who asks"
    assert not SFW.is_as_open_as(SFW.model_copy(update={"names_allowed": ("Tom Hanks",)}))
    assert not SFW.model_copy(update={"names_added": ("Orla",)}).is_as_open_as(SFW)
