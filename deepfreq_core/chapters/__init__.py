"""The parts of the story, mostly one paper each: presets, claims and texts."""
