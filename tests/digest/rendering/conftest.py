"""One edition made of the shipped sample."""

from __future__ import annotations

import pytest

from digest.rendering.edition import EditionContent
from digest.rendering.sample import sample_content
from digest.rendering.templates import Templates


@pytest.fixture(scope="session")
def templates() -> Templates:
    return Templates()


@pytest.fixture(scope="session")
def content(templates: Templates) -> EditionContent:
    return sample_content(templates.sample("digest"))
