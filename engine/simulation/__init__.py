"""The simulation: random people in a random world, in virtual time, and checkers that know nothing of the code.

seed ─► Plan (who does what, what breaks, when) ─► run: the real bot lives, is killed, lives again ─► Outcome: faults

Nothing is random while a plan runs: the same plan comes out the same, so a failing one can be made smaller (`shrink`)
and becomes a recording.
"""
