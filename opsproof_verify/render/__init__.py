"""Floor 5: a report as text and as JSON; the only place with sentences (SPEC 10-2, 11)."""
