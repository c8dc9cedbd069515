"""What can be run: one file an experiment, and the catalogue of presets."""

import os

# Torch's OpenMP threads shall sleep while they wait, not spin. It has to be set before torch is
# loaded. On two cores shared with other work, six epochs of the digits demo took 0.7 s so, and 4
# to 30 s with spinning threads, which take the processor from the very thread they wait for.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
