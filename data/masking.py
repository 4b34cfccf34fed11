"""
Personal data: masked for reading, hashed with the home's secret key for finding repeats, before anything is stored.

In free text a phone or identity number becomes `[电话#1a2b3c]`: the tag is a keyed
hash, so the same number can be seen to return and nobody can compute it back
without the key.
"""

import hmac
import re
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# digits may be full-width, and may be broken by blanks, dots, slashes, dashes or invisible characters
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ－．（）＋", "0123456789Xx-.()+")
_SEP = r"[ \t\u00a0\u3000./\-\u2010-\u2015\u200b-\u200f\u2060\ufeff·_,，、*~()（）\n]{0,3}"


def _spaced(*parts: str) -> str:
    return _SEP.join(parts)


_DIGIT = r"\d"
_ID_DATE = _spaced("(?:1[89]|20)", r"\d", r"\d", "[01]", r"\d", "[0-3]", r"\d")
_IDENTITY = re.compile(
    rf"(?<!\d){_spaced('[1-9]', *[_DIGIT] * 5, _ID_DATE, *[_DIGIT] * 3)}{_SEP}[\dXx](?!\d)"
    # the 15-digit form of before 1999: region, yymmdd (born 1920-1999), three digits; grid ids have 15 digits too
    r"|(?<!\d)[1-9]\d{5}[2-9]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}(?!\d)"
)
_PHONE = re.compile(
    # mobile, with or without country code or the 0 of a long-distance call
    rf"(?<!\d)(?:(?:\+|00)?86{_SEP})?0?{_spaced('1', '[3-9]', *[_DIGIT] * 9)}(?!\d)"
    # land line with area code, and its extension
    rf"|(?<!\d)\(?0\d{{2,3}}\)?{_SEP}[2-8]\d{{2,3}}{_SEP}\d{{4}}(?:{_SEP}(?:转|ext\.?){_SEP}\d{{1,5}})?(?!\d)"
    # the same from abroad, without the 0
    rf"|(?<!\d)(?:\+|00)86{_SEP}\(?[1-9]\d{{1,2}}\)?{_SEP}[2-8]\d{{2,3}}{_SEP}\d{{4}}(?!\d)"
    # local land line: only with a dash in it (2024-2025 are years), or after a word for phone, since eight digits
    # may be anything
    r"|(?<!\d)(?!20\d\d.20\d\d)[2-8]\d{3}[-\u2010-\u2015]\d{4}(?!\d)"
    r"|(?:(?<=电话)|(?<=座机)|(?<=手机)|(?<=号码)|(?<=联系方式))[:： 为是]{0,2}[2-8]\d{6,7}(?!\d)"
    # North American form
    r"|(?<![\d.])(?:\+?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])\d{3}[ .-]\d{4}(?!\d)"
)
_NAMED = re.compile(
    r"(姓名|联系人|来电人|投诉人|反映人|举报人|诉求人)(?:姓名)?(?:[:：]\s*|为|是|叫)([\u4e00-\u9fff·]{2,4})"
    # 来电人张三反映, 我叫张三
    r"|(来电人|投诉人|反映人|举报人|我叫)(?!反映|反应|表示|要求|希望|投诉|举报|来电|称|说)([\u4e00-\u9fff·]{2,3}?)(?=反映|反应|称|说|表示|来电|投诉|举报|要求|希望|，|,|。|$)"
)
# in a line without columns, what may be a name (张三, 买买提·吐尔逊, Li Wei) or a bare land line
_NAME_CELL = re.compile(
    r"\s*\"?(?:[\u4e00-\u9fff]{2,4}(?:先生|女士)?|[\u4e00-\u9fff]+·[\u4e00-\u9fff·]+"
    r"|[A-Z][a-z]+(?: [A-Z][a-z]+)+)\"?\s*"
)
_PHONE_CELL = re.compile(r"\s*\"?[2-8]\d{6,7}\"?\s*")
_WORDS = "姓名|人[:：为是叫]|来电人|投诉人|反映人|举报人|我叫"
_MAYBE = re.compile(rf"\d(?:\D{{0,3}}\d){{6}}|{_WORDS}")
# the same for a whole column at once (RE2): what it passes over, `Masker.text` never changes
_MAYBE_IN_COLUMN = rf"\p{{Nd}}(?:\P{{Nd}}{{0,3}}\p{{Nd}}){{6}}|{_WORDS}"


def suspects(texts: pa.Array, also: str | None = None) -> np.ndarray:
    """
    Which texts of a column have to be looked at one by one.

    Parameters
    ----------
    also
        A pattern (RE2) of texts that are suspect for another reason.

    Returns
    -------
    suspect
        bool; where False, `Masker.text` without a name leaves the text as it is.
    """
    found = pc.match_substring_regex(texts, f"{_MAYBE_IN_COLUMN}|{also}" if also else _MAYBE_IN_COLUMN)
    return pc.fill_null(found, False).to_numpy(zero_copy_only=False)


class Masker:
    """
    Masks one home's texts.

    Parameters
    ----------
    key
        The home's secret; two homes give different tags for one number.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digest(self, value: str) -> str:
        """The keyed hash of a value (HMAC-SHA256, RFC 2104), 32 hexadecimal digits; equal values give equal hashes."""
        return hmac.digest(self._key, value.encode(), "sha256").hex()[:32]

    def caller(self, name: str | None, phone: str | None, identity: str | None) -> str | None:
        """The keyed hash that stands for a caller: of the identity number, else the phone, else the name; or None."""
        if not (name or phone or identity):
            return None
        for kind, value in (("id", identity), ("phone", phone)):
            bare = _bare((value or "").translate(_FULL_WIDTH))
            if len(bare) >= 5:
                return self.digest(f"{kind}:{bare}")
        name = (name or "").strip()
        return self.digest(f"name:{name}") if name else None

    def callers(self, names: pa.Array, phones: pa.Array, identities: pa.Array) -> pa.Array:
        """`caller` over columns, `names` without blanks round them; each different caller is hashed once."""
        if all(column.null_count == len(column) for column in (names, phones, identities)):
            return pa.nulls(len(names), pa.string())
        named = pc.if_else(
            pc.greater(pc.binary_length(names), 0), pc.binary_join_element_wise("name:", names, ""), None
        )
        key = pc.coalesce(_keys("id:", identities), _keys("phone:", phones), named)
        found = key.dictionary_encode()
        hashes = pa.array([self.digest(one) for one in found.dictionary.to_pylist()], pa.string())
        return hashes.take(found.indices)

    def text(self, text: str | None, name: str | None = None) -> str | None:
        """
        A free text without phone numbers, identity numbers and named callers.

        Parameters
        ----------
        text
            What a caller or clerk wrote.
        name
            The caller's own name, masked wherever it stands in the text.
        """
        if not text:
            return text
        name = (name or "").strip()
        if len(name) >= 2 and name in text:
            text = text.replace(name, f"[姓名#{self.digest('name:' + name)[:6]}]")
        # \d in a pattern knows full-width digits: most texts end here
        if not _MAYBE.search(text):
            return text
        straight = text.translate(_FULL_WIDTH)
        masked = _IDENTITY.sub(self._tag("证件"), straight)
        masked = _PHONE.sub(self._tag("电话"), masked)
        masked = _NAMED.sub(self._named, masked)
        # full-width digits are only straightened where something was found
        return masked if masked != straight else text

    def line(self, line: str) -> str:
        """A line nobody could cut into columns: as `text`, and a cell that may be a name or a phone becomes a tag."""
        cells = re.split(r"([,\t;|])", line)
        personal = (_NAME_CELL.fullmatch(cell) or _PHONE_CELL.fullmatch(cell) for cell in cells)
        pairs = zip(personal, cells, strict=True)
        hidden = (f"[#{self.digest(cell.strip())[:6]}]" if one else cell for one, cell in pairs)
        return self.text("".join(hidden)) or ""

    def texts(self, texts: list[str | None], names: list[str | None] | None = None) -> list[str | None]:
        """`text` over a column."""
        # titles, states and categories repeat: each distinct text once
        known: dict[str, str | None] = {}
        masked = []
        for text, name in zip(texts, names or [None] * len(texts), strict=True):
            if not text or name:
                masked.append(self.text(text, name))
                continue
            if text not in known:
                known[text] = self.text(text)
            masked.append(known[text])
        return masked

    def _named(self, match: re.Match[str]) -> str:
        name = match[2] or match[4]
        return match[0].replace(name, f"[姓名#{self.digest('name:' + name)[:6]}]")

    def _tag(self, word: str) -> Callable[[re.Match[str]], str]:
        def tag(match: re.Match[str]) -> str:
            return f"[{word}#{self.digest(_bare(match[0]))[:6]}]"

        return tag


def _bare(number: str) -> str:
    """A phone or identity number without what differs between spellings of it."""
    bare = re.sub(r"[\W_]", "", number).upper()
    mobile = re.fullmatch(r"(?:00)?(?:86)?0?(1[3-9]\d{9})", bare)
    return mobile[1] if mobile else bare


def _keys(kind: str, numbers: pa.Array) -> pa.Array:
    """Numbers as `_bare` gives them behind the word for their kind; null where too little is left to be one."""
    bare = pc.ascii_upper(pc.replace_substring_regex(numbers, "[^0-9A-Za-z]", ""))
    bare = pc.replace_substring_regex(bare, "^(?:00)?(?:86)?0?(1[3-9][0-9]{9})$", r"\1")
    # other alphabets and full-width digits one by one
    other = pc.fill_null(pc.invert(pc.string_is_ascii(numbers)), False)
    if pc.any(other).as_py():
        found = numbers.filter(other).dictionary_encode()
        changed = [_bare(text.translate(_FULL_WIDTH)) for text in found.dictionary.to_pylist()]
        bare = pc.replace_with_mask(bare, other, pa.array(changed, pa.string()).take(found.indices))
    enough = pc.greater_equal(pc.utf8_length(bare), 5)
    return pc.if_else(enough, pc.binary_join_element_wise(kind, bare, ""), None)
