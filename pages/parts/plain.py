"""Texts from files and links on a page: shown as they are, never read as markup."""

import re

# what Markdown and Streamlit's additions to it give a meaning; an image in a link would be fetched from elsewhere
SIGNS = re.compile(r"[\\`*_\[\]<>$~#|&!]")


def plain(text: object) -> str:
    """A text for a caption, label or message, in which every sign stands for itself."""
    return SIGNS.sub(r"\\\g<0>", " ".join(str(text).split()))
