"""Records in, plotly figures out. Pure: no store, no session, no arithmetic beyond layout."""
