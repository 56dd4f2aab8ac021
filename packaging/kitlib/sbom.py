"""A bill of materials in CycloneDX 1.6 JSON, from the metadata of wheels; no time and no random number in it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from kitlib.wheels import Wheel


def sbom(wheels: Sequence[Wheel], product: str) -> str:
    """Give the bill of materials of a product among the wheels: a component for each distribution and version.

    A distribution with several wheels lists them as `distribution` references, each with its hash. What a wheel carries
    inside, such as the OpenSSL of `cryptography`, stands in that wheel's own bill, which is referred to as `bom`.
    """
    groups: dict[str, list[Wheel]] = {}
    for wheel in sorted(wheels, key=lambda one: one.path.name):
        groups.setdefault(wheel.name, []).append(wheel)
    components = {name: component(group) for name, group in sorted(groups.items())}
    main = components.pop(product) | {"type": "application"}
    refs = {name: reference(group[0]) for name, group in groups.items()}
    body = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": main},
        "components": list(components.values()),
        "dependencies": [
            {
                "ref": refs[name],
                "dependsOn": sorted({refs[other] for wheel in group for other in wheel.requires if other in refs}),
            }
            for name, group in sorted(groups.items())
        ],
    }
    # Of the content alone (RFC 9562 §5.5): the same kit has the same number, another one another.
    serial = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return json.dumps({**body, "serialNumber": f"urn:uuid:{serial}"}, indent=1, sort_keys=True) + "\n"


def reference(wheel: Wheel) -> str:
    """Give the package URL of a distribution, which is its name in the document too."""
    return f"pkg:pypi/{wheel.name}@{wheel.version}"


def component(wheels: Sequence[Wheel]) -> dict[str, Any]:
    """Describe one distribution, whose wheels differ by platform only."""
    first = wheels[0]
    found: dict[str, Any] = {
        "type": "library",
        "bom-ref": reference(first),
        "name": first.name,
        "version": first.version,
        "purl": reference(first),
        "externalReferences": [link for wheel in wheels for link in links(wheel)],
    }
    if first.licence:
        found["licenses"] = [{"expression": first.licence}]
    if len(wheels) == 1:
        found["hashes"] = hashes(first)
    return found


def links(wheel: Wheel) -> list[dict[str, Any]]:
    """Refer to the file of a wheel in the kit, and to the bills of materials inside it."""
    place = f"wheels/{wheel.path.name}"
    inner = [{"type": "bom", "url": f"{place}#{name}"} for name in wheel.boms]
    return [{"type": "distribution", "url": place, "hashes": hashes(wheel)}, *inner]


def hashes(wheel: Wheel) -> list[dict[str, str]]:
    """Give the hash of a wheel as CycloneDX has it."""
    return [{"alg": "SHA-256", "content": wheel.sha256}]
