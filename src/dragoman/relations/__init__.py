"""Relations between states: what the happenings of many reports say of a pair of actors over time."""
