"""The simulator: it finds nothing in a sound bot, and something in a broken one."""
