from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moderation.judge import judge_prompt
from moderation.lexicon import terms
from moderation.policy import NSFW, SFW, Policy
from moderation.verdict import Action

SEXUAL = [
    "a nude woman on a beach",
    "naked man",
    "NAKED",
    "1girl, topless, masterpiece",
    "woman_nude_standing",
    "nude.woman",
    "having sex",
    "huge cock",
    "porn",
    "eine nackte Frau",
    "Nacktfoto",
    "une femme nue dans un jardin",
    "scène érotique",
    "mujer desnuda",
    "pezones",
    "mulher nua na praia",
    "donna nuda",
    "ヌード写真",
    "全裸の女性",
    "ｾｯｸｽ",
    "голая женщина",
    "裸女",
]

EVASIONS = [
    "a (nude:1.3) woman",
    "((nude)) woman",
    "[nude] woman",
    "nude!! woman",
    "nude++ woman",
    "(nude)1.2 woman",
    r"a \(nude\) woman",
    "nu(de:1.1) woman",
    "nu[de]",
    "nu-de",
    "nu.de",
    "nu_de",
    "n u d e",
    "n.u.d.e woman",
    "n-u-d-e",
    "n * u * d * e",
    "a n u d e w o m a n",
    "s e x",
    "nuuuude",
    "nuddde",
    "nսde",
    "nudе",
    "пude",
    "ηude",
    "ｎｕｄｅ",
    "𝓷𝓾𝓭𝓮",
    "ⓝⓤⓓⓔ",
    "🅝🅤🅓🅔",
    "🇳🇺🇩🇪",
    "ɴᴜᴅᴇ",
    "ñüdé",
    "n̶u̶d̶e̶",
    "nud3",
    "n@k3d",
    "b00bs",
    "t1ts",
    "t!ts",
    "s3x",
    "$ex",
    "p0rn",
    "nu\\de",
    "<lora:nude:0.8>",
    "[nude:woman:0.5]",
    "[cat|nude]",
    "n[ude|x]",
    "[x|n]ude woman",
    "[nu:de:0.5]",
    "n[x:ude:0.5]",
    "[nu::0.9]de",
    "[x|n][y|z|ude]",
    "[x:n:1][ude:y:3]",
    "n(ud)++e",
    "n(ude:1.1",
    "(nu:-1)de",
    "a cat AND a nu[de|x] man :0.5",
]

INNOCENT = [
    "a cat",
    "1girl, solo, looking at viewer, smile, school uniform",
    "a girl with a red umbrella",
    "Essex, Sussex, Middlesex and Scunthorpe on a map",
    "the village of Penistone at dawn",
    "the cockpit of a Spitfire",
    "a peacock, a cockatoo and a cocktail",
    "a cock crowing on a farm",
    "Moby Dick, the white whale",
    "Dick Tracy with a yellow hat",
    "roast chicken breasts with thyme",
    "breast of chicken on a plate",
    "a robin with a red breast",
    "blue tits and great tits on a feeder",
    "a pussy willow in spring",
    "the naked eye of a storm chaser",
    "a naked mole rat in a tunnel",
    "naked branches in winter",
    "Nacktschnecke auf einem Salatblatt",
    "nude lipstick and high heels in nude tones",
    "classic car, grass, assassin, bass guitar, class photo",
    "analysis of a canal, annals of history",
    "an essay on sextants and sexagenarians",
    "Milford Sound in the mist",
    "Pornic, a French port",
    "the Grand Tetons at sunset",
    "a sperm whale",
    "a field of rape flowers",
    "Bikini Atoll from above",
    "infantry soldiers in mud",
    "a kind old man and his kids",
    "a child eating chicken breasts",
    "children at the beach building a sand castle",
    "a 12 year old boy playing football",
    "teen titans fighting a robot",
    "The Birth of Venus by Sandro Botticelli",
    "Michelangelo's David in Florence",
    "Nude Descending a Staircase, in the manner of Duchamp",
    "a marble statue of Aphrodite",
    "Rodin's The Kiss",
    "bare feet on warm sand",
    "penne all'arrabbiata",
    "nudo celta",
    "un cono de helado, el año nuevo",
    "une mouette dans les nues",
    "la bite d'amarrage d'un port",
    "Rapsfeld, Schwanz einer Katze, Scheide eines Schwerts",
    "ヌードルとスケッチとパチンコ",
    "エッチングとフェラーリ",
    "裸足の少女",
    "裸の王様",
    "красный кот на столе",
    "宇航员骑马",
    "أميرة في الصحراء",
    "סירה אדומה",
    "",
]

ABOUT_MINORS = [
    "naked child",
    "nude little girl",
    "a sexy schoolgirl",
    "lingerie, 15 years old",
    "nude, 12yo",
    "nude (12:1.3)-year-old",
    "nude, age 13",
    "nude, １２ years old",
    "nude, ١٢ years old",
    "sexy, aged fifteen",
    "a nude girl of 16 years of age",
    "nude model under 18",
    "a topless girl, 6 months old",
    "l0li, nude",
    "n a k e d  t e e n a g e r",
    "nakеd tееn",
    "(child:1.2), ((sex))",
    "lolicon",
    "nacktes Kind",
    "fünfzehn Jahre alt, nackt",
    "15-jähriges Mädchen, nackt",
    "petite fille nue, 12 ans, nude",
    "niña desnuda",
    "desnuda, quince años",
    "menina de 14 anos, nudez",
    "bambina di dieci anni, nuda, sexy",
    "裸の幼女",
    "ヌード 12歳",
    "ヌード、女子高生",
    "裸の少年",
    "голая девочка",
]

ADULTS = [
    "nude woman, 25 years old",
    "nude woman, 18 years old",
    "a nude girl",
    "naked cowboy with his girlfriend",
    "naked high school teacher, adult",
    "sexy infantry woman, nude",
    "nude statues of the bronze age, one broken",
    "nude woman under two trees",
    "a nude at 112 years old",
    "裸の女の子",
]


def verdict(prompt: str, policy: Policy, negative: str = "") -> tuple[Action, str]:
    judged = judge_prompt(prompt or "a cat", negative, policy)
    assert judged.blocked or judged.verdict is Action.WARN or not judged.reasons
    return judged.verdict, judged.reasons[0].rule if judged.reasons else ""


@pytest.mark.parametrize("prompt", [*SEXUAL, *EVASIONS])
def test_sexual_prompts_are_as_the_policy_has_them(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.BLOCK, "sexual")
    assert verdict(prompt, Policy(sexual_prompts=Action.WARN)) == (Action.WARN, "sexual")
    assert verdict(prompt, NSFW) == (Action.ALLOW, "")


@pytest.mark.parametrize("prompt", INNOCENT)
def test_innocent_prompts_are_allowed(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.ALLOW, "")


@pytest.mark.parametrize("prompt", ABOUT_MINORS)
@pytest.mark.parametrize("policy", [SFW, NSFW], ids=["sfw", "nsfw"])
def test_no_policy_lowers_the_floor(prompt: str, policy: Policy) -> None:
    assert verdict(prompt, policy) == (Action.BLOCK, "minors")


@pytest.mark.parametrize("prompt", ADULTS)
def test_adults_are_not_taken_for_minors(prompt: str) -> None:
    assert verdict(prompt, NSFW) == (Action.ALLOW, "")


@pytest.mark.parametrize(
    "negative",
    ["nude, nsfw, naked, porn", "(nude:1.5), child, ((nsfw))", "blurry, (ugly:-1), nsfw", "((nude:-1):-1)"],
)
def test_what_a_picture_shall_not_show_is_never_blamed(negative: str) -> None:
    assert verdict("a cat", SFW, negative) == (Action.ALLOW, "")


@pytest.mark.parametrize(
    "negative", ["(nude:-1)", "((nude), blurry:-0.5)", "[x|(nude:-1)]", "((nude:-0.5):2)"]
)
def test_a_negative_weight_makes_a_wish_of_a_negative_prompt(negative: str) -> None:
    assert verdict("a woman", SFW, negative) == (Action.BLOCK, "sexual")


@pytest.mark.parametrize(
    ("prompt", "negative"), [("nude girl", "adult"), ("nude girl, (adult:-1)", ""), ("sex", "大人")]
)
def test_steering_a_sexual_prompt_away_from_adults_is_under_the_floor(prompt: str, negative: str) -> None:
    assert verdict(prompt, NSFW, negative) == (Action.BLOCK, "minors")
    assert verdict("a cat", NSFW, "adult") == (Action.ALLOW, "")


def test_the_sentence_names_what_was_read() -> None:
    (reason,) = judge_prompt("a (n4ked:1.3) man", "", SFW).reasons
    assert reason.matched == "naked"
    assert "“naked”" in reason.explanation


def test_a_malformed_prompt_gives_one_reason() -> None:
    for prompt, negative in (("", ""), ("naked\u202e", ""), ("a cat", "\0"), ("a cat", "a" * 1001)):
        (reason,) = judge_prompt(prompt, negative, NSFW).reasons
        assert reason.rule == "malformed"


COSTLY = {
    "nine branches": (" AND ".join("abcdefghi"), "", "more than 8 prompts with AND"),
    "nine chunks": ("a" + " BREAK b" * 8, "", "longer than 8 chunks"),
    "seven times eleven": ("[a|b|c|d|e|f|g] [h|i|j|k|l|m|n|o|p|q|r]", "", "more than 16 different"),
    "seventeen weights": (" ".join(f"(a:{i / 10})" for i in range(11, 28)), "", "more than 16 different"),
    "a composed negative prompt": ("a", "b AND c", "commas instead"),
}


@pytest.mark.parametrize(("prompt", "negative", "complaint"), COSTLY.values(), ids=COSTLY)
def test_what_would_cost_too_much_is_refused_with_one_sentence(
    prompt: str, negative: str, complaint: str
) -> None:
    (reason,) = judge_prompt(prompt, negative, NSFW, steps=50).reasons
    assert reason.rule == "malformed"
    assert complaint in reason.explanation


@pytest.mark.parametrize(
    "prompt", [" AND ".join("abcdefgh"), "a" + " BREAK b" * 7, "[a|b] [c|d] [e|f] [g:h:0.3]"]
)
def test_what_is_just_cheap_enough_is_allowed(prompt: str) -> None:
    assert verdict(prompt, SFW) == (Action.ALLOW, "")


def test_a_schedule_is_judged_for_the_steps_of_the_job() -> None:
    late = "n[x:ude:25]"
    assert not judge_prompt(late, "", SFW, steps=20).blocked
    assert judge_prompt(late, "", SFW, steps=30).blocked


@settings(deadline=None)
@given(st.text(st.characters(codec=None), max_size=1100), st.text(st.characters(codec=None), max_size=50))
def test_any_text_gets_a_verdict_that_can_be_sent(prompt: str, negative: str) -> None:
    assert judge_prompt(prompt, negative, SFW).model_dump_json()


PLAIN_WORDS = ["red", "boat", "apple", "mountain", "girl", "lake", "old", "wooden", "hat", "sunset"]
WRAPPINGS: dict[str, Callable[[str], str]] = {
    "weight": lambda word: f"({word}:1.3)",
    "brackets": lambda word: f"(({word}))",
    "square brackets": lambda word: f"[{word}]",
    "exclamation marks": lambda word: f"{word}!!",
    "plus": lambda word: f"{word}++",
    "number behind": lambda word: f"({word})1.2",
    "capitals": str.upper,
    "spaced": " ".join,
    "dotted": ".".join,
    "wide letters": lambda word: "".join(chr(ord(letter) + 0xFEE0) for letter in word),
    "circled": lambda word: "".join(chr(ord(letter) - ord("a") + 0x24D0) for letter in word),
    "struck through": lambda word: "".join(letter + "\u0336" for letter in word),
    "Cyrillic": lambda word: word.translate(str.maketrans("aeopcxyi", "аеорсхуі")),
    "leet": lambda word: word.translate(str.maketrans("aeio", "4310")),
    "repeated": lambda word: "".join(letter * 3 for letter in word),
}
PLAIN_SEXUAL = [
    term
    for term in terms("sexual")
    if term.isascii() and term.isalpha() and len(term) >= 4 and term == term.lower()
]
few_examples = settings(max_examples=40, deadline=None)
wrappings = pytest.mark.parametrize("wrap", WRAPPINGS.values(), ids=WRAPPINGS)


@wrappings
@few_examples
@given(words=st.lists(st.sampled_from(PLAIN_WORDS), min_size=1, max_size=12), at=st.integers(0, 11))
def test_what_is_allowed_stays_allowed_however_it_is_written(
    wrap: Callable[[str], str], words: list[str], at: int
) -> None:
    words[at % len(words)] = wrap(words[at % len(words)])
    assert verdict(" ".join(words), SFW) == (Action.ALLOW, "")


@wrappings
@few_examples
@given(
    term=st.sampled_from(PLAIN_SEXUAL),
    before=st.lists(st.sampled_from(PLAIN_WORDS), max_size=5),
    after=st.lists(st.sampled_from(PLAIN_WORDS), max_size=5),
)
def test_what_is_blocked_stays_blocked_however_it_is_written(
    wrap: Callable[[str], str], term: str, before: list[str], after: list[str]
) -> None:
    assert verdict(" ".join([*before, wrap(term), *after]), SFW) == (Action.BLOCK, "sexual")


@pytest.mark.parametrize("name", ["sexual", "suggestive", "minors", "adults", "innocent", "numbers"])
def test_lists_hold_each_term_once(name: str) -> None:
    listed = terms(name)
    assert listed
    assert len(listed) == len(set(listed))
    assert all(term == term.strip() for term in listed)
