"""Each fault is one line."""

from dcgan_core.verify.faults import Fault, merged


def test_one_line_whatever_a_file_is_called():
    fault = Fault("data/a\nb\udcff\x1b[2J", "is missing", "Delete it.", ("download",))
    assert fault.line == "data/a\\nb\\udcff\\x1b[2J: is missing (download). Delete it."


def test_faults_that_differ_in_the_result_alone_are_one():
    faults = [Fault("params.yaml", "x = 1", "Put it back.", (name,)) for name in ("a@1", "a@2")]
    (one,) = merged([*faults, faults[0]])
    assert one.results == ("a@1", "a@2")
    assert "(a@1, a@2)" in one.line
