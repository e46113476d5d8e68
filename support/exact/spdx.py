#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What is wrong with an SPDX 2.3 document in JSON: spdx.py FILE...

Checked are the fields that the specification requires and the forms of their values (clauses 6, 7,
8, 10, 11), that each identifier is defined once and every one that is named is defined, and the
package verification codes. Debian 12 has no validator.
"""
import hashlib
import json
import re
import sys

ID = re.compile(r"SPDXRef-[A-Za-z0-9.-]+")
DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
CREATOR = re.compile(r"(Tool|Person|Organization): .+")
LICENCE = re.compile(r"\(*[A-Za-z0-9.+-]+\)*( (AND|OR|WITH) \(*[A-Za-z0-9.+-]+\)*)*")
PLACE = re.compile(r"NOASSERTION|NONE|[a-z+]+://\S+")
SIZES = {"SHA1": 40, "SHA224": 56, "SHA256": 64, "SHA384": 96, "SHA512": 128, "MD5": 32}
PURPOSES = {"APPLICATION", "FRAMEWORK", "LIBRARY", "CONTAINER", "OPERATING-SYSTEM", "DEVICE",
            "FIRMWARE", "SOURCE", "ARCHIVE", "FILE", "INSTALL", "OTHER"}
FILE_TYPES = {"SOURCE", "BINARY", "ARCHIVE", "APPLICATION", "AUDIO", "IMAGE", "TEXT", "VIDEO",
              "DOCUMENTATION", "SPDX", "OTHER"}
RELATIONS = {"DESCRIBES", "CONTAINS", "STATIC_LINK", "GENERATED_FROM", "BUILD_TOOL_OF"}

DOCUMENT = {"spdxVersion": re.compile(r"SPDX-2\.3"), "dataLicense": re.compile(r"CC0-1\.0"),
            "SPDXID": re.compile("SPDXRef-DOCUMENT"), "name": re.compile(r".+"),
            "documentNamespace": re.compile(r"https?://[^\s#]+")}
PACKAGE = {"SPDXID": ID, "name": re.compile(r".+"), "downloadLocation": PLACE,
           "licenseConcluded": LICENCE, "licenseDeclared": LICENCE, "copyrightText":
           re.compile(r".+", re.S)}
FILE = {"SPDXID": ID, "fileName": re.compile(r"\./.+"), "licenseConcluded": LICENCE,
        "copyrightText": re.compile(r".+", re.S)}

# Fields that we use, as the specification's JSON schema spells them: another one is a slip.
KNOWN = {
    "document": "SPDXID creationInfo dataLicense documentNamespace files name packages "
                "relationships spdxVersion",
    "package": "SPDXID checksums comment copyrightText downloadLocation externalRefs filesAnalyzed "
               "licenseConcluded licenseDeclared licenseInfoFromFiles name packageFileName "
               "packageVerificationCode primaryPackagePurpose sourceInfo supplier versionInfo",
    "file": "SPDXID checksums copyrightText fileName fileTypes licenseConcluded "
            "licenseInfoInFiles",
}


def slips(where, thing, kind):
    for name in sorted(set(thing) - set(KNOWN[kind].split())):
        yield f"{where}: there is no field {name}"


def fields(where, thing, wanted):
    for name, form in wanted.items():
        value = thing.get(name)
        if not isinstance(value, str) or not form.fullmatch(value):
            yield f"{where}: {name} is {value!r}"


def sums(where, thing, needed=()):
    found = {c.get("algorithm"): c.get("checksumValue", "") for c in thing.get("checksums", [])}
    for kind in needed:
        if kind not in found:
            yield f"{where}: no {kind} checksum"
    for kind, value in found.items():
        if kind not in SIZES or not re.fullmatch(f"[0-9a-f]{{{SIZES.get(kind, 1)}}}", value):
            yield f"{where}: checksum {kind} is {value!r}"


def creation(document):
    info = document.get("creationInfo", {})
    if not DATE.fullmatch(info.get("created", "")):
        yield f"creationInfo: created is {info.get('created')!r}"
    creators = info.get("creators") or [""]
    for creator in creators:
        if not CREATOR.fullmatch(creator):
            yield f"creationInfo: creator {creator!r}"


def package(thing, members):
    where = thing.get("name", "a package")
    yield from slips(where, thing, "package")
    yield from fields(where, thing, PACKAGE)
    yield from sums(where, thing)
    if thing.get("primaryPackagePurpose", "OTHER") not in PURPOSES:
        yield f"{where}: primaryPackagePurpose is {thing['primaryPackagePurpose']!r}"
    code = thing.get("packageVerificationCode", {}).get("packageVerificationCodeValue")
    if not thing.get("filesAnalyzed", True):
        if code or members:
            yield f"{where}: its files are not analysed, and yet there are some"
        return
    listed = sorted(c["checksumValue"] for m in members for c in m.get("checksums", [])
                    if c.get("algorithm") == "SHA1")
    want = hashlib.sha1("".join(listed).encode()).hexdigest()
    if not members or code != want:
        yield f"{where}: packageVerificationCode is {code}, its files give {want}"
    for licence in thing.get("licenseInfoFromFiles") or [""]:
        if not LICENCE.fullmatch(licence):
            yield f"{where}: licenseInfoFromFiles has {licence!r}"


def file(thing):
    where = thing.get("fileName", "a file")
    yield from slips(where, thing, "file")
    yield from fields(where, thing, FILE)
    yield from sums(where, thing, ("SHA1",))
    if not set(thing.get("fileTypes", [])) <= FILE_TYPES:
        yield f"{where}: fileTypes is {thing['fileTypes']}"
    for licence in thing.get("licenseInfoInFiles") or [""]:
        if not LICENCE.fullmatch(licence):
            yield f"{where}: licenseInfoInFiles has {licence!r}"


def relations(document, known):
    described = []
    for r in document.get("relationships", []):
        one, kind, other = (r.get(k) for k in ("spdxElementId", "relationshipType",
                                               "relatedSpdxElement"))
        if kind not in RELATIONS:
            yield f"relationship {kind!r} is none of those that we use"
        for name in (one, other):
            if name not in known:
                yield f"relationship {kind}: {name} is not defined"
        if (one, kind) == ("SPDXRef-DOCUMENT", "DESCRIBES"):
            described.append(other)
    if not described:
        yield "the document describes nothing"


def faults(document):
    """Lines about all that is wrong; empty for a good document."""
    found = list(fields("document", document, DOCUMENT)) + list(creation(document))
    found += slips("document", document, "document")
    packages, files = document.get("packages", []), document.get("files", [])
    names = ["SPDXRef-DOCUMENT"] + [thing.get("SPDXID") for thing in packages + files]
    found += [f"{name} is defined twice" for name in {n for n in names if names.count(n) > 1}]
    by_id = {thing.get("SPDXID"): thing for thing in files}
    held = {}
    for r in document.get("relationships", []):
        if r.get("relationshipType") == "CONTAINS" and r.get("relatedSpdxElement") in by_id:
            held.setdefault(r["spdxElementId"], []).append(by_id[r["relatedSpdxElement"]])
    if not packages:
        found.append("no packages")
    for thing in packages:
        found += package(thing, held.get(thing.get("SPDXID"), []))
    for thing in files:
        found += file(thing)
    return found + list(relations(document, set(names)))


def main():
    count = 0
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as f:
            for what in faults(json.load(f)):
                print(f"{path}: {what}")
                count += 1
    return 1 if count or len(sys.argv) < 2 else 0


if __name__ == "__main__":
    sys.exit(main())
