"""The version of the recorder."""

__version__ = "0.1.0"

#: How the recorder names itself in entry 0 (SPEC 6.3).
RECORDER = f"opsproof-record {__version__}"
