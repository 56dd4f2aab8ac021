"""What happens in a run: entries built and chained, the checks at the door, commands run and recorded."""
