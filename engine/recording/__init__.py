"""Recordings as files: one line for each thing that happened, for replaying it elsewhere."""
