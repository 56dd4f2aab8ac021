"""The Flight Recorder: a page that shows a bundle (ADR 31), and the JavaScript verifier by which it checks itself.

``page`` puts it together: ``telling`` reads a bundle's ``story``, ``parts`` show it, ``html`` writes, ``catalogue`` has
the words, ``script`` joins what runs in the browser; the verifier is in ``js`` (ADR 30).
"""
