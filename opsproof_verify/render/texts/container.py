"""Phases 1 and 2: the file and its encoding (SPEC 9.4, 9.5)."""

from __future__ import annotations

from opsproof_verify.render.texts import Text

_COPY = "Obtain the file again from whoever holds the original, and compare the SHA-256 of both copies."
_WRITER = "A recorder with a fault, a program that changed the file afterwards, or a damaged copy."
_REPORT = f"{_COPY} If the copies agree, report the fault to the maker of the recorder that wrote it."
_NEWER = "Verify it with a release of the verifier that reads this version of the format."

TEXTS = {
    "label.missing": Text(
        "This is not a Proof Bundle: the file does not begin with the label of one.",
        "A Proof Bundle begins with twelve fixed bytes. This file begins with something else, or is shorter.",
        ("Another file was given by mistake; an archive was not unpacked; the file is empty; a transfer changed it."),
        f"Check that this is the file you mean. {_COPY}",
    ),
    "label.unsupported": Text(
        "This bundle is of another format version, unreadable by this version of the verifier.",
        "The label names a format other than OPB1. That says nothing about the content, good or bad.",
        "The bundle was written by a newer recorder than this verifier knows.",
        _NEWER,
    ),
    "frame.malformed": Text(
        "Where frame {frame} should begin stand bytes that are not the head of a frame[: {why}].",
        ("After the label stand frames, each with two short heads in one exact form. This one has another form."),
        f"{_WRITER} Bytes were inserted into or cut from the file.",
        _COPY,
    ),
    "frame.truncated": Text(
        "The file ends inside frame {frame}[: {missing|byte is|bytes are} missing].",
        "The last frame is not whole, so the file is incomplete. What stands before it was still judged.",
        ("A copy or transfer broke off; the recorder was stopped while writing and has not been started again since."),
        (f"{_COPY} If it is the journal of a run that crashed, let its recorder resume: it records the cut as a gap."),
    ),
    "frame.unknown-type": Text(
        "Frame {frame} is of a type that this version cannot read[ (type {type})].",
        ("The type of the frame is not one that version 1 of the format defines. That says nothing about its content."),
        "The bundle was written by a newer recorder than this verifier knows.",
        _NEWER,
    ),
    "frame.too-large": Text(
        "Frame {frame} is larger than its type allows[: {size} bytes, the limit is {limit}].",
        "Each type of frame has a largest size, so that no file can exhaust the memory of who verifies it.",
        _WRITER,
        _REPORT,
    ),
    "frame.out-of-order": Text(
        "Frame {frame} stands where a frame of its type may not stand[ (type {type})].",
        (
            "The order of frames is fixed: contract, its approvals, entries with their evidence, seal, "
            "then what is appended."
        ),
        f"{_WRITER} Frames were moved, removed or inserted.",
        _COPY,
    ),
    "limit.exceeded": Text(
        "There is more of something than the format allows[: the limit is {limit}].",
        "Approvals, assignments, deviations, sign-offs and witnesses have fixed greatest numbers.",
        _WRITER,
        "Split the work into several runs, each with a bundle of its own.",
    ),
    "evidence.unlisted": Text(
        "The evidence in frame {frame} is named by no record.",
        ("Each evidence frame is named by the record that follows it. Content that no record names proves nothing."),
        f"{_WRITER} Content was inserted into the file, or the entry that named it was taken out.",
        _COPY,
    ),
    "evidence.frame-missing": Text(
        "Evidence is named, but neither its content nor the note that it is absent stands where it belongs.",
        "An evidence item may be withheld, but then a frame says so. Here there is no such frame.",
        f"{_WRITER} Content was cut from the file by other means than withholding.",
        f"{_COPY} To leave content out, use the recorder's own command for that.",
    ),
    "seal.missing": Text(
        "This run is not sealed.",
        ("Without a seal the file is the journal of a run: nobody has declared it complete, and more may follow."),
        "The run is still going on, was never sealed, or the file was cut off before its seal.",
        "Seal the run, or obtain the sealed file.",
    ),
    "cbor.malformed": Text(
        "The content of frame {frame} is not well-formed CBOR[: {why}].",
        "A record is one item of CBOR with nothing after it. These bytes are not.",
        _WRITER,
        _REPORT,
    ),
    "cbor.not-canonical": Text(
        "The content of frame {frame} is not in the one encoding that the format allows[: {why}].",
        ("Each value has exactly one encoding, so that a hash names one meaning. These bytes are another encoding."),
        "A recorder with a fault, or a program that decoded the record and wrote it again.",
        _REPORT,
    ),
    "cose.malformed": Text(
        "The signed record in frame {frame} does not have the form of a signed record[: {why}].",
        "Signed records have one exact form (COSE_Sign1 with a fixed header). This one has another.",
        _WRITER,
        _REPORT,
    ),
    "cose.wrong-algorithm": Text(
        ("The signed record in frame {frame} uses a signature algorithm that this version cannot read[: {why}]."),
        "Version 1 knows Ed25519 and no other algorithm; there is no negotiation.",
        "The record was signed with other software than a recorder for this format.",
        "Have it signed again with an Ed25519 key.",
    ),
    "cose.wrong-type": Text(
        "The signed record in frame {frame} is of another kind than belongs there[: {why}].",
        ("The kind of a record is part of what is signed, so that a signature for one purpose cannot serve another."),
        "A recorder with a fault, or a signature that was carried over from another place.",
        _REPORT,
    ),
    "record.malformed": Text(
        "The record in frame {frame} does not have the fields that belong there[, at {path}][: {why}].",
        ("Each kind of record has exact fields, each with its type and range. Here one is missing, wrong or too many."),
        "A recorder with a fault, or a recorder for a later version of the format.",
        _REPORT,
    ),
    "entry.misplaced": Text(
        "An entry stands where it may not stand[: {why}].",
        "The first entry starts the run, the last ends it, the seal follows; none of these can be withheld.",
        _WRITER,
        _REPORT,
    ),
    "reference.broken": Text(
        "A record names another that is not there, or is not of the right kind[: {path}][, {why}].",
        "Records refer back to earlier ones by number and hash. Here nothing of the right kind has both.",
        "A recorder with a fault, or records that were taken from another run.",
        _REPORT,
    ),
}
