"""A dvc.lock that cannot be read is told in one line."""

import pytest

from dcgan_core.errors import UserError
from dcgan_core.verify.lock import Lock


@pytest.mark.parametrize(
    "text",
    [
        "",
        "stages: [",
        "[]",
        "stages: 3",
        "stages:\n  train@16: []",
        "stages:\n  train@16:\n    outs:\n    - md5: x",
        "stages:\n  train@16:\n    params: []",
    ],
)
def test_a_damaged_file_is_told_with_the_remedy(tmp_path, text):
    (tmp_path / "params.yaml").write_text("sizes: []")
    (tmp_path / "dvc.lock").write_text(text)
    with pytest.raises(UserError, match=r"dvc\.lock: was cut short or damaged\. Put it back"):
        Lock(tmp_path)


def test_none_is_no_fault(tmp_path):
    (tmp_path / "params.yaml").write_text("sizes: []")
    lock = Lock(tmp_path)
    assert not lock.there
