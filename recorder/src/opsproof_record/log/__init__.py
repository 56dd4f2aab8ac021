"""The journal: frames, the lock, torn tails, and the index that says what the entries amount to."""
