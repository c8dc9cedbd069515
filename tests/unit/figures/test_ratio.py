"""Ratio figures: data, axis titles, the empty case."""

from dataclasses import replace

import numpy as np

from deepfreq_core.figures import ratio, theme
from tests.unit.figures.conftest import GRID, N_LAYERS


def traces(fig, role):
    return {t.meta["layer"]: t for t in fig.data if t.meta["role"] == role}


def notes(fig):
    return [note.text for note in fig.layout.annotations]


def test_lfr_by_epoch_draws_every_layer_and_names_it_at_its_end(series):
    fig = ratio.lfr_by_epoch(series, 1)
    lines = traces(fig, "line")
    assert list(lines) == list(range(N_LAYERS + 1))
    assert list(lines[2].x) == [0, 1, 4]
    assert np.allclose(lines[2].y, [0.02, 0.12, 0.42])
    assert lines[3].line.color == theme.layer_color(3, N_LAYERS)
    assert notes(fig) == ["input", "layer 1", "layer 2", "layer 3"]
    assert fig.layout.xaxis.title.text == "epoch"
    assert "LFR(δ)" in fig.layout.yaxis.title.text
    assert fig.layout.showlegend is False
    assert fig.layout.uirevision


def test_end_labels_do_not_cover_each_other(series):
    fig = ratio.lfr_by_epoch(series)
    places = sorted(note.y for note in fig.layout.annotations)
    assert np.diff(places).min() > 0.03  # they would be 0.01 apart


def test_density_is_divided_by_its_own_maximum_unless_switched_off(series):
    normalized = traces(ratio.density_by_layer(series), "line")
    assert all(np.isclose(max(line.y), 1) for line in normalized.values())
    assert list(normalized[1].x) == list(GRID)
    plain = ratio.density_by_layer(series, normalized=False)
    assert np.isclose(max(traces(plain, "line")[3].y), 4)
    assert "1/δ" in plain.layout.xaxis.title.text and "unit" in plain.layout.xaxis.title.text
    assert plain.layout.yaxis.title.text != ratio.density_by_layer(series).layout.yaxis.title.text


def test_a_grid_in_even_ratios_has_a_logarithmic_axis(series):
    log = replace(series, inverse_delta=np.geomspace(1e-3, 1e4, GRID.size))
    assert ratio.density_by_layer(log).layout.xaxis.type == "log"
    assert ratio.density_by_layer(series).layout.xaxis.type is None


def test_negative_density_is_drawn_as_it_is():
    assert ratio.own_maximum(np.array([-2.0, -1.0])) == 1.0


def test_the_map_has_hidden_layers_as_rows(series):
    fig = ratio.layer_epoch_map(series, 0)
    heat = fig.data[0]
    assert np.shape(heat.z) == (N_LAYERS, 3)
    assert np.allclose(heat.z[0], [0.01, 0.11, 0.41])
    assert (heat.zmin, heat.zmax) == (0, 1)
    assert fig.layout.yaxis.title.text == "hidden layer"


def test_bands_of_two_standard_errors_where_rows_were_sampled(sampled, series):
    band = traces(ratio.lfr_by_epoch(sampled, 0), "band")[1]
    assert np.allclose(band.y, [0.03, 0.13, 0.09, -0.01])
    assert np.allclose(band.x, [0, 1, 1, 0])
    assert len(traces(ratio.lfr_by_epoch(series, 0), "band")[1].x) == 0


def test_empty_figures_have_the_same_axes_and_say_why(empty, series):
    for build in (ratio.lfr_by_epoch, ratio.density_by_layer, ratio.layer_epoch_map):
        bare, full = build(empty), build(series)
        assert notes(bare) == [ratio.NOTHING_YET]
        assert bare.layout.xaxis.title.text == full.layout.xaxis.title.text
        assert bare.layout.yaxis.title.text == full.layout.yaxis.title.text
        assert len(bare.data) == len(full.data)
