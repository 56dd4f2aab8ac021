"""The Python API behind `opsproof_record.Run` and `AsyncRun`."""
