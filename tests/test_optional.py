"""A package that is not there is told in one line, with what needs it and what to do."""

import json

import pytest

from dcgan_core.errors import UserError
from dcgan_core.optional import require


def test_a_module_that_is_there_is_given():
    assert require("json", "json", "x.y") is json


@pytest.mark.parametrize(
    ("remedy", "advice"),
    [((), "Run: pip install Some-Package"), (("Set x.y to 0.",), "Set x.y to 0.")],
)
def test_what_is_missing_what_needs_it_and_what_to_do(remedy, advice):
    with pytest.raises(UserError) as told:
        require("no_such_module", "Some-Package", "x.y = 3", *remedy)
    assert str(told.value) == (
        "x.y = 3 needs the package Some-Package, which is not installed "
        f"(No module named 'no_such_module'). {advice}"
    )
