# ruff: noqa: E501 (tables, a row a line)
"""Latin names in other scripts, letter by letter, as somebody would write them who hears them.

The tables say how each script writes sounds; none is the matcher's, and none knows a name.
"""

from __future__ import annotations

from collections.abc import Callable

_LATIN = [
    "sch", "tch", "ch", "sh", "ph", "th", "ck", "qu", "ee", "oo", "ou", "ow", "ay", "ai", "ea", "ie", "ey", "oh", "wh", "gh",
    "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x",
    "y", "z",
]  # fmt: skip
_WRITTEN = {
    "Cyrillic": "ш ч ч ш ф т к кв и у у оу эй ай и и ей о у г а б к д е ф г х и дж к л м н о п к р с т у в у кс и з",
    "Greek": "σ τσ τσ σ φ θ κ κου ι ου ου οου έι έι ι ι έι ο γου γκ α μπ κ ντ ε φ γκ χ ι τζ κ λ μ ν ο π κ ρ σ τ ου β γου ξ ι ζ",
    "Hebrew": "ש צ' צ' ש פ ת ק קו י ו ו או יי יי י י יי ו וו ג א ב ק ד  פ ג ה י ג' ק ל מ נ ו פ ק ר ס ט ו ו וו קס י ז",
    "Arabic": "ش تش تش ش ف ث ك كو ي و و او اي اي ي ي اي و و غ ا ب ك د ي ف غ ه ي ج ك ل م ن و ب ق ر س ت و ف و كس ي ز",
    "Devanagari": "श च च श फ थ क क्व ी ू ौ ो े े ी ी े ो व ग ा ब क ड े फ ग ह ि ज क ल म न ो प क र स ट ु व व क्स ी ज़",
}
_VOWEL_SIGNS = dict(zip("ीूौोेािु", "ईऊऔओएआइउ", strict=True))
_VIRAMA = "\u094d"

_KANA_ROWS = {
    "": "アイウエオ", "k": "カキクケコ", "g": "ガギグゲゴ", "s": "サシスセソ", "z": "ザジズゼゾ", "t": "タティトゥテト",
    "d": "ダディドゥデド", "n": "ナニヌネノ", "h": "ハヒフヘホ", "b": "バビブベボ", "p": "パピプペポ", "m": "マミムメモ",
    "r": "ラリルレロ",
}  # fmt: skip
_KANA = {
    row + vowel: kana
    for row, kanas in _KANA_ROWS.items()
    if len(kanas) == 5
    for vowel, kana in zip("aiueo", kanas, strict=True)
}
_KANA |= dict(zip(["ta", "ti", "tu", "te", "to"], ["タ", "ティ", "トゥ", "テ", "ト"], strict=True))
_KANA |= dict(zip(["da", "di", "du", "de", "do"], ["ダ", "ディ", "ドゥ", "デ", "ド"], strict=True))
for _consonant, _small in (
    ("f", "ファ フィ フ フェ フォ"),
    ("v", "ヴァ ヴィ ヴ ヴェ ヴォ"),
    ("j", "ジャ ジ ジュ ジェ ジョ"),
    ("w", "ワ ウィ ウ ウェ ウォ"),
    ("C", "チャ チ チュ チェ チョ"),
    ("S", "シャ シ シュ シェ ショ"),
    ("y", "ヤ イ ユ イェ ヨ"),
):
    _KANA |= {_consonant + vowel: kana for vowel, kana in zip("aiueo", _small.split(), strict=True)}
_ALONE = {"k": "ク", "g": "グ", "s": "ス", "z": "ズ", "t": "ト", "d": "ド", "h": "", "b": "ブ", "p": "プ", "m": "ム", "r": "ル", "f": "フ", "v": "ヴ", "j": "ジ", "w": "ウ", "C": "チ", "S": "シュ", "n": "ン", "y": "イ"}  # fmt: skip

_INITIAL = dict(
    zip(
        ["k", "g", "n", "t", "d", "r", "m", "b", "p", "s", "j", "C", "h", "S", "v", "f", "w", "z", "y"],
        [0, 0, 2, 16, 3, 5, 6, 7, 17, 9, 12, 14, 18, 9, 7, 17, 11, 12, 11],
        strict=True,
    )
)
_MEDIAL = {"a": 0, "e": 5, "i": 20, "o": 8, "u": 13}
_FINAL = {"n": 4, "m": 16, "r": 8, "k": 1, "p": 17}


def _sounds(word: str) -> str:
    """Write a Latin word with one letter a sound, for syllables."""
    for spelling, sound in (
        ("sch", "S"),
        ("tch", "C"),
        ("ch", "C"),
        ("sh", "S"),
        ("ph", "f"),
        ("th", "s"),
        ("ck", "k"),
        ("qu", "kw"),
        ("x", "ks"),
        ("c", "k"),
        ("q", "k"),
        ("l", "r"),
    ):
        word = word.replace(spelling, sound)
    return "".join(letter for place, letter in enumerate(word) if letter != word[place - 1 : place])


def _katakana(word: str) -> str:
    sounds, written, place = _sounds(word), "", 0
    while place < len(sounds):
        pair = sounds[place : place + 2]
        if pair in _KANA:
            written, place = written + _KANA[pair], place + 2
        elif sounds[place] in "aiueo":
            written, place = written + _KANA[sounds[place]], place + 1
        elif (
            sounds[place] == "r"
            and place
            and sounds[place - 1] in "aiueo"
            and word[-1:] == "r"
            and place == len(sounds) - 1
        ):
            written, place = written + "ー", place + 1
        else:
            written, place = written + _ALONE.get(sounds[place], ""), place + 1
    return written


def _hangul(word: str) -> str:
    sounds, written, place = _sounds(word), "", 0
    while place < len(sounds):
        initial, medial, final = 11, 18, 0
        if sounds[place] not in _MEDIAL:
            initial, place = _INITIAL.get(sounds[place], 11), place + 1
        if place < len(sounds) and sounds[place] in _MEDIAL:
            medial, place = _MEDIAL[sounds[place]], place + 1
            if (
                place < len(sounds)
                and sounds[place] in _FINAL
                and sounds[place + 1 : place + 2] not in _MEDIAL
            ):
                final, place = _FINAL[sounds[place]], place + 1
        written += chr(0xAC00 + (initial * 21 + medial) * 28 + final)
    return written


def _by_table(script: str) -> Callable[[str], str]:
    written = _WRITTEN[script].split(" ")
    table = dict(zip(_LATIN, written, strict=True))

    def write(word: str) -> str:
        out, place = "", 0
        while place < len(word):
            size = next((size for size in (3, 2, 1) if word[place : place + size] in table), 1)
            out += table.get(word[place : place + size], "")
            place += size
        return out

    return write


def _devanagari(word: str) -> str:
    written = _by_table("Devanagari")(word)
    out = ""
    for letter in written:
        before = out[-1:]
        is_consonant = "क" <= letter <= "ह"
        if letter in _VOWEL_SIGNS and not ("क" <= before <= "ह" or before == "\u093c"):
            letter = _VOWEL_SIGNS[letter]
        if is_consonant and ("क" <= before <= "ह"):
            out += _VIRAMA
        out += letter
    return out


SCRIPTS: dict[str, Callable[[str], str]] = {
    **{script: _by_table(script) for script in ("Cyrillic", "Greek", "Hebrew", "Arabic")},
    "Devanagari": _devanagari,
    "katakana": _katakana,
    "Hangul": _hangul,
}


def written_in(script: str, name: str) -> str:
    """Write a full name in small Latin letters in another script, words parted as that script parts them."""
    words = [SCRIPTS[script](word) for word in name.split()]
    return ("・" if script == "katakana" else " ").join(words)
