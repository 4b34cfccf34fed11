"""What all tests share: hypothesis without a time limit, and the language put back after each test."""

import os

import pytest
from hypothesis import settings

from data import words

# a query in a store takes longer than hypothesis' own limit, and the same examples every time
settings.register_profile("whistlemap", deadline=None, max_examples=25, derandomize=True)
settings.load_profile(os.environ.get("WHISTLEMAP_HYPOTHESIS", "whistlemap"))


@pytest.fixture(autouse=True)
def _own_language():
    token = words.language.set("zh")
    yield
    words.language.reset(token)
