"""The seal and what comes after it: sign-offs, requests, witnesses, copies that withhold or detach."""
