"""What can be said of trust files without a verdict: where two differ, what in one is doubtful, what a bundle claims.

Values only; the sentences about them live in ``render``.
"""
