"""From a procedure, in TOML or Markdown, to a signed contract, and back; revisions compared."""
