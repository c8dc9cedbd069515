"""What its numbers mean."""

from deepfreq_core.schema import Array, Dim, Schema
from deepfreq_core.schema.reader import Reader


class DriftReader(Reader):
    """A number, and one for each layer of weights."""

    schema = Schema.of(
        Dim("weights", "weights of"),
        Array("path", long_name="way of the weights' norm"),
        Array("norms", ("weights",), "‖∂loss/∂W‖ on held samples", over_seeds="median"),
    )


READER = DriftReader
