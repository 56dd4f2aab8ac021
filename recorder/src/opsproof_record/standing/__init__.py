"""How a run stands: done, open, blocked, and what the pinned policy would say now."""
