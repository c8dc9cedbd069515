"""Pictures: every other column is taught, all points make the picture."""

import numpy as np
import pytest

from deepfreq_core import data
from deepfreq_core.config import PictureData
from deepfreq_core.data import pictures
from deepfreq_core.errors import ConfigError
from deepfreq_core.experiments import reading


@pytest.mark.parametrize("name", ["china", "flower", "rings"])
def test_a_picture_is_grey_and_of_its_size(name: str) -> None:
    config = PictureData(picture=name, rows=20, columns=25)  # type: ignore[arg-type]
    found = pictures.picture(config)
    assert found.shape == (20, 25)
    assert 0 <= found.min() < found.max() <= 1 and found.std() > 0.1


def test_training_and_test_points_are_alternate_columns_of_the_grid() -> None:
    config = PictureData(picture="rings", rows=6, columns=9)
    found = data.load(config, seed=0)
    assert found.grid is not None and found.grid_shape == (6, 9)
    x, y = found.grid
    image = y.reshape(6, 9)
    assert np.array_equal(found.y_train.reshape(6, 5), image[:, ::2])
    assert np.array_equal(found.y_test.reshape(6, 4), image[:, 1::2])
    assert len(found.x_train) == config.n_train == 30
    assert np.array_equal(x.reshape(6, 9, 2)[2, 3], np.array([3, 2], np.float32) / 9)


def test_a_picture_beyond_what_a_measurement_holds_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"rows × columns is 19200.*15000"):
        reading.from_dict({
            "experiment": "train",
            "data": {"name": "picture", "rows": 120, "columns": 160},
        })
