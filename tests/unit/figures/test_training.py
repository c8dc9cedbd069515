"""Training figures: data, axis titles, the empty case."""

import numpy as np
import pytest

from deepfreq_core.figures import ratio, theme, training


def test_loss_on_a_logarithmic_axis(series):
    fig = training.loss(series)
    assert [trace.name for trace in fig.data] == ["training", "test"]
    assert np.allclose(fig.data[0].y, [1, 0.5, 0.2])
    assert (fig.layout.yaxis.type, fig.layout.yaxis.title.text) == ("log", "loss")


def test_accuracy_that_was_not_measured_is_a_gap(series):
    fig = training.accuracy(series)
    assert np.isnan(fig.data[0].y).all()
    assert fig.layout.yaxis.title.text == "accuracy"


def test_gradient_norm_has_one_line_a_layer_of_weights(series):
    fig = training.gradient_norm(series)
    assert [trace.name for trace in fig.data] == ["layer 1", "layer 2", "layer 3", "output"]
    assert fig.data[0].line.color == theme.layer_color(1, 3)
    assert "∂loss/∂W" in fig.layout.yaxis.title.text


@pytest.mark.parametrize("build", [training.loss, training.accuracy, training.gradient_norm])
def test_empty_figures_say_why(build, empty):
    fig = build(empty)
    assert [note.text for note in fig.layout.annotations] == [ratio.NOTHING_YET]
    assert fig.layout.xaxis.title.text == "epoch"
