"""How much low frequency the effective target function of every layer holds: LFR and RDF."""
