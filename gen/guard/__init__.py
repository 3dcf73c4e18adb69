"""From an API to its guard: one header with the machines of its kinds and the objects that there are."""
