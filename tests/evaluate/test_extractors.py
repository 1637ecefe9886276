"""The table of extractors against the setting that names them."""

from typing import get_args

import pytest

from dcgan_core.evaluate.extractors import EXTRACTORS, find_extractor
from dcgan_core.params import Fidelity
from dcgan_core.train.validation import EXTRACTOR


def test_the_setting_offers_every_extractor():
    assert set(get_args(Fidelity.model_fields["extractor"].annotation)) == set(EXTRACTORS)
    assert EXTRACTOR in EXTRACTORS


def test_a_protocol_names_its_extractor_and_no_two_share_a_short_name():
    for name, extractor in EXTRACTORS.items():
        assert extractor.protocol["extractor"] == name
        assert find_extractor(name) is extractor
    assert len({extractor.short_name for extractor in EXTRACTORS.values()}) == len(EXTRACTORS)


def test_an_unknown_extractor_is_refused_with_those_that_there_are():
    with pytest.raises(ValueError, match=r'no extractor "inception".*efficientnet-lite0'):
        find_extractor("inception")
