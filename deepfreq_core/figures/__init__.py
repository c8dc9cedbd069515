"""Records in, plotly figures out; no store, no session."""
