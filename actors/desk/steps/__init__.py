"""The desk's steps, by what they are about: each a pure function of the desk, the event and the snapshot."""
