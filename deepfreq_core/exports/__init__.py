"""A run to take away: CSV for spreadsheets, JSON and npz for programs, labelled arrays as netCDF.

Each is one function over the run's schema; none knows an instrument. Arrays go by their own name
where one instrument measures, and as `instrument/array` where several do.
"""

from deepfreq_core.exports.arrays import as_dataset, as_file, as_npz
from deepfreq_core.exports.content import Content, content
from deepfreq_core.exports.document import as_json
from deepfreq_core.exports.tables import as_csv, table_names

__all__ = [
    "MEDIA_TYPES",
    "Content",
    "as_csv",
    "as_dataset",
    "as_file",
    "as_json",
    "as_npz",
    "content",
    "table_names",
]

MEDIA_TYPES = {
    "csv": "text/csv",
    "json": "application/json",
    "npz": "application/octet-stream",
    "nc": "application/x-netcdf",
}
