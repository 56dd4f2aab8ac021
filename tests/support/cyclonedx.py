"""What of CycloneDX 1.6 a bill of materials here may have, as a JSON Schema; what it does not name is refused."""

from typing import Any

TEXT: dict[str, Any] = {"type": "string", "minLength": 1}
HASHES: dict[str, Any] = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["alg", "content"],
        "additionalProperties": False,
        "properties": {"alg": {"const": "SHA-256"}, "content": {"pattern": "^[0-9a-f]{64}$"}},
    },
}
COMPONENT: dict[str, Any] = {
    "type": "object",
    "required": ["type", "name", "version", "purl", "bom-ref", "licenses", "externalReferences"],
    "additionalProperties": False,
    "properties": {
        "type": {"enum": ["application", "library"]},
        "name": TEXT,
        "version": TEXT,
        "purl": {"pattern": "^pkg:pypi/[a-z0-9-]+@[0-9.]+$"},
        "bom-ref": TEXT,
        "hashes": HASHES,
        "licenses": {
            "type": "array",
            "minItems": 1,
            "maxItems": 1,
            "items": {"required": ["expression"], "additionalProperties": False, "properties": {"expression": TEXT}},
        },
        "externalReferences": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["type", "url"],
                "additionalProperties": False,
                "properties": {"type": {"enum": ["distribution", "bom"]}, "url": TEXT, "hashes": HASHES},
            },
        },
    },
}
BOM: dict[str, Any] = {
    "type": "object",
    "required": ["bomFormat", "specVersion", "serialNumber", "version", "metadata", "components", "dependencies"],
    "additionalProperties": False,
    "properties": {
        "bomFormat": {"const": "CycloneDX"},
        "specVersion": {"const": "1.6"},
        "version": {"const": 1},
        "serialNumber": {"pattern": "^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$"},
        "metadata": {"required": ["component"], "additionalProperties": False, "properties": {"component": COMPONENT}},
        "components": {"type": "array", "items": COMPONENT, "uniqueItems": True},
        "dependencies": {
            "type": "array",
            "items": {
                "required": ["ref", "dependsOn"],
                "additionalProperties": False,
                "properties": {"ref": TEXT, "dependsOn": {"type": "array", "items": TEXT, "uniqueItems": True}},
            },
        },
    },
}
