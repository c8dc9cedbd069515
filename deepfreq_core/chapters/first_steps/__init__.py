"""First steps: what can be seen within a minute, without a download."""
