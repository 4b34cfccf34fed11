"""Names of areas as text: when two are the same name, and in what ways one may be meant by the other."""

import re
import unicodedata
from difflib import SequenceMatcher

# how official names end, by what they name; of one name at most one ending is taken off, the longest
ENDINGS = {
    "street": (
        "街道办事处", "地区办事处", "街道办", "地区办", "办事处", "街道", "地区", "镇人民政府", "乡人民政府",
        "人民政府", "镇", "乡",
    ),
    "community": ("社区居民委员会", "社区居委会", "居民委员会", "居委会", "社区"),
    "village": ("村民委员会", "社区村委会", "村委会", "村"),
}  # fmt: skip
_KINDS = {ending: kind for kind, endings in ENDINGS.items() for ending in endings}
_ENDINGS = sorted(_KINDS, key=len, reverse=True)
# what may stand before a name without being part of it: something that is itself an area
_ABOVE = re.compile(r"(?:省|市|区|县|旗|街道|地区|办事处|街道办|镇|乡)$")
_DIGITS = {str(number): sign for number, sign in enumerate("零一二三四五六七八九十")}
# names of a series differ in these alone, and mean different areas
SERIES = set("零一二三四五六七八九十百区甲乙丙丁东西南北中上下前后左右内外大小新老第ABCDabcdⅠⅡⅢⅣ")
# ratio of equal letters from which a name is worth a person's look
LIKE = 0.66
# control, format and broken characters; private ones stay, they stand for rare characters
_UNSEEN = ("Cc", "Cf", "Cs")
# a stated text of more characters is not the name of an area
LONGEST = 60


def same_name(text: str) -> str:
    """
    A name without what does not make it another: blanks, full and half width, signs nobody sees.

    Two names are the same when this is equal; nothing else makes them so.
    """
    kept = unicodedata.normalize("NFKC", text)
    bare = "".join(c for c in kept if not c.isspace() and unicodedata.category(c) not in _UNSEEN)
    # what stood apart may now be one letter
    return bare if bare == text else same_name(bare)


def parts_of(stated: str) -> list[str]:
    """The names in a stated text, coarse to fine: `street/community` is two."""
    return [part for part in same_name(stated).split("/") if part]


def cores(name: str) -> frozenset[str]:
    """A name as it is and without its official ending, numbers in Chinese; two names that share one may be one area."""
    said = re.sub(r"\d+", lambda found: _DIGITS.get(found[0], found[0]), name).casefold()
    return frozenset({said, said.removesuffix(_ending(said))})


def kind_of(name: str) -> str:
    """What a name says it is the name of, by its ending: street, community, village or ''."""
    return _KINDS.get(_ending(name), "")


def _ending(name: str) -> str:
    return next((one for one in _ENDINGS if name.endswith(one) and len(name) - len(one) >= 2), "")


def shortened(name: str) -> list[tuple[str, str]]:
    """Every way to cut a name in two: what may be an area above, and the rest; `丰台区右安门街道` is one of many."""
    cuts = range(2, min(len(name), LONGEST) - 1)
    return [(name[:cut], name[cut:]) for cut in cuts]


def is_above(prefix: str) -> bool:
    """True for a text that ends as names of areas do."""
    return bool(_ABOVE.search(prefix))


def likeness(one: str, other: str) -> float:
    """Share of equal letters of two names without their endings, 0-1; 0 for two of one series (一区, 二区)."""
    a, b = (min(cores(name), key=len) for name in (one, other))
    matcher = SequenceMatcher(None, a, b, autojunk=False)
    return 0.0 if a != b and _of_one_series(a, b, matcher) else matcher.ratio()


def _of_one_series(a: str, b: str, matcher: SequenceMatcher) -> bool:
    """True when two names differ in numbers and points of the compass alone."""
    changed = [
        letter
        for kind, start, end, begin, stop in matcher.get_opcodes()
        if kind != "equal"
        for letter in a[start:end] + b[begin:stop]
    ]
    return all(letter in SERIES or letter.isdigit() for letter in changed)
