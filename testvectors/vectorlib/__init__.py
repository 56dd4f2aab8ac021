"""What the vectors are made of; shares no code with the verifier or the recorder."""
