"""See `tests.hostile`."""

from deepfreq_core.schema import Array, Dim, Outcome, Schema
from deepfreq_core.schema.reader import Reader


class HostileReader(Reader):
    """Nothing but its schema."""

    schema = Schema.of(
        Dim("place", "Place x", "metres"),
        Dim("one", "only one"),
        Dim("name", "name", is_named=True),
        Array("lfr", ("name", "place"), "not the layers' ratio", "V"),
        Array("single", ("one",), "one number"),
        Array("nothing", ("place",), "never there"),
        Array("seldom", ("one", "place"), is_optional=True),
        Array("alarm", (), "alarm", "s"),
        Outcome("alarm", "alarm at the end"),
    )


READER = HostileReader
