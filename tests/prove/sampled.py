"""A plugin of pytest: of the tests that would run, one in LASTCALL_ONE_IN; and if that is not all, none that starts hundreds of programs."""

import os

import pytest

MANY_PROGRAMS = ("test_a_way_that_follows_rejections_is_legal_too",)
"""Under valgrind such a test takes more than a minute."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    one_in = int(os.environ["LASTCALL_ONE_IN"])
    sampled = items if one_in == 1 else [item for item in items if not item.name.startswith(MANY_PROGRAMS)]
    items[:] = sampled[::one_in]
