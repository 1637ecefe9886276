"""A browser for the tests of the page, where there is one."""

import pytest
from explore.browser import Browser, found_browser


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A headless browser; without one the test is skipped."""
    program = found_browser()
    if program is None:
        pytest.skip("no Chromium here; DCGAN_BROWSER may name one")
    try:
        running = Browser(program, tmp_path_factory.mktemp("browser"))
    except (OSError, TimeoutError) as error:
        pytest.skip(f"{program} does not start: {error}")
    yield running
    running.close()
