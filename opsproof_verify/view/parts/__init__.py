"""The parts of the page, each a function from a scene to its section."""
