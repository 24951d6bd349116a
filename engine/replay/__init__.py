"""A recording runs again: the real feed, actors, store and sender, with nothing outside of this process."""
