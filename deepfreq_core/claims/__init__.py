"""The papers' claims: what each says, which runs test it here, and what those runs say."""
