"""What its numbers mean: what a training says of itself, as far as it says it."""

from deepfreq_core.experiments.train.schema import TrainReader
from deepfreq_core.schema.reader import Reader


class RehearsalReader(Reader):
    """Losses that nobody has had."""

    schema = TrainReader.schema
    top_level = TrainReader.top_level
    status = TrainReader.status


READER = RehearsalReader
