"""What can be said of policies without a bundle: where two differ, and what in one has no effect.

Values only; the sentences about them live in ``render``.
"""
