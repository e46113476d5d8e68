#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""make sbom: what an image is made of, as an SPDX 2.3 document (JSON).

    sbom.py IMAGE [-o FILE]

Taken from the image itself: a source file is named if the DWARF of the .dbg attributes
instructions to it (inlined code included) or if it defines data that is in the image; a library,
if one of its files is. What the linker dropped is not there. The same image gives the same
document: its date is that of the commit (or SOURCE_DATE_EPOCH).
"""
import argparse
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import time

import checkout

sys.path[:0] = [os.path.join(checkout.ROOT, "support", "run"),
                os.path.join(checkout.ROOT, "support", "build")]

import image as images  # noqa: E402
import process  # noqa: E402
import sizes  # noqa: E402
from errors import RunError  # noqa: E402
import spdx  # noqa: E402
from fetch_source import FetchError, Source  # noqa: E402

OWN_LICENCE = "BSD-3-Clause"
COPYRIGHT = re.compile(r"Copyright[ \t]+(?:\(c\)|©|\(C\)|[0-9]).*", re.I)


def digest(path, kind):
    with open(path, "rb") as f:
        return hashlib.new(kind, f.read()).hexdigest()


def checksums(path):
    return [{"algorithm": kind.upper(), "checksumValue": digest(path, kind)}
            for kind in ("sha1", "sha256")]


def identifier(kind, name):
    """An SPDXID; two names never give the same one."""
    plain = re.sub(r"[^A-Za-z0-9.-]", "-", name)
    tail = "" if plain == name else "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"SPDXRef-{kind}-{plain}{tail}"


def git(*words):
    """What git says of the checkout, or nothing."""
    done = subprocess.run(["git", "-c", "safe.directory=*", "-C", checkout.ROOT, *words],
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def created():
    """The date of the document: SOURCE_DATE_EPOCH, else that of the commit."""
    seconds = os.environ.get("SOURCE_DATE_EPOCH") or git("log", "-1", "--format=%ct") or "0"
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(seconds)))


class Contents:
    """The source files of an image by library."""

    def __init__(self, image):
        self.image = image
        self.parts = sizes.Parts(image.debug_path, image)
        self.libraries = self._libraries()
        self.out = os.path.dirname(image.folder)
        self.files = collections.defaultdict(set)
        names = {span[2] for span in self.parts.lines.spans} | set(self.parts.files.values())
        for name in filter(None, names):
            path = self.place(name)
            if path:
                self.files[self.owner(name, path)].add(path)
        if len(self.files) < 2:
            raise RunError(f"{image.debug_path} names no source files: it needs CONFIG_DEBUG_INFO "
                           "and llvm-dwarfdump")

    def _libraries(self):
        """{name: {field: value}} of deps.mk."""
        path = os.path.join(self.image.folder, self.image.target, "deps.mk")
        with open(path, encoding="utf-8") as f:
            text = f.read()
        found = collections.defaultdict(dict)
        for name, field, value in re.findall(r"^(\S+)\.(dir|layer|source) := (.*)$", text, re.M):
            found[name][field] = value
        return {name: fields for name, fields in found.items() if "layer" in fields}

    def place(self, name):
        """The path of a file that the debug information names, or None if the build made it."""
        made = name.startswith("build/")    # as the compiler was told to call the build folder
        path = os.path.join(self.out, name[6:]) if made else os.path.join(checkout.ROOT, name)
        if not os.path.isfile(path):
            return self._elsewhere(name)
        real = os.path.realpath(path)
        generated = real.startswith(os.path.realpath(self.image.folder) + os.sep)
        return None if generated else real

    def _elsewhere(self, name):
        """Of a library outside of the tree: the compiler was told to name its folder alone."""
        for lib, fields in self.libraries.items():
            if fields["dir"].startswith("/") and name.startswith(lib + "/"):
                path = os.path.join(fields["dir"], name[len(lib) + 1:])
                return path if os.path.isfile(path) else None
        return None

    def owner(self, name, path):
        """The library whose folder or upstream tree a file is in; layer 0 has none."""
        for lib, fields in self.libraries.items():
            folder = os.path.join(checkout.ROOT, fields["dir"])
            tree = os.path.join(self.out, "src", fields.get("source", "-"))
            if path.startswith(tuple(os.path.realpath(d) + os.sep for d in (folder, tree))):
                return lib
        return self.parts.owners.of_file(name) or "include"

    def shown(self, path):
        """A file's name in the document: below the tree, or below src/ for what was fetched."""
        for base, under in ((os.path.realpath(os.path.join(self.out, "src")), "src"),
                            (os.path.realpath(checkout.ROOT), ".")):
            if path.startswith(base + os.sep):
                return os.path.normpath(os.path.join(under, os.path.relpath(path, base)))
        lib = next(n for n, f in self.libraries.items() if path.startswith(f["dir"] + os.sep))
        return os.path.join(lib, os.path.relpath(path, self.libraries[lib]["dir"]))


def verification_code(entries):
    """SPDX 2.3, 7.9: the SHA1 of all files' SHA1s, sorted."""
    sums = sorted(c["checksumValue"] for e in entries for c in e["checksums"]
                  if c["algorithm"] == "SHA1")
    return {"packageVerificationCodeValue": hashlib.sha1("".join(sums).encode()).hexdigest()}


class Document:
    """The SPDX document while it is put together."""

    def __init__(self, image):
        self.image = image
        self.contents = Contents(image)
        self.commit = git("rev-parse", "HEAD") or "NOASSERTION"
        self.version = git("describe", "--always", "--dirty", "--abbrev=12") or "NOASSERTION"
        self.packages, self.files, self.relations = [], [], []
        self.root = identifier("Package", image.app)

    def relate(self, one, kind, other):
        self.relations.append({"spdxElementId": one, "relationshipType": kind,
                               "relatedSpdxElement": other})

    def source_file(self, lib, path, licence):
        name = self.contents.shown(path)
        with open(path, encoding="utf-8", errors="replace") as f:
            text = f.read()
        told = re.search(r"SPDX-License-Identifier: ([\w.+-]+(?: (?:AND|OR|WITH) [\w.+-]+)*)", text)
        notices = sorted({n.strip(" */\r") for n in COPYRIGHT.findall(text)})
        entry = {"fileName": "./" + name, "SPDXID": identifier("File", name),
                 "checksums": checksums(path), "fileTypes": ["SOURCE"],
                 "licenseConcluded": licence,
                 "licenseInfoInFiles": [told.group(1) if told else "NOASSERTION"],
                 "copyrightText": "\n".join(notices) or "NOASSERTION"}
        self.files.append(entry)
        self.relate(identifier("Package", "lib-" + lib), "CONTAINS", entry["SPDXID"])
        self.relate(self.root, "GENERATED_FROM", entry["SPDXID"])
        return entry

    def upstream(self, source, folder):
        """What a port's package says of where it comes from."""
        place = next((p for p in source.places if p.kind == "url"), source.places[0])
        known = next((p for p in source.places if p.sha256), None)
        name, version = source.fields["name"], source.fields["version"]
        patches = "".join(f"\n{p.name} sha256:{digest(p, 'sha256')}" for p in source.patches())
        entry = {"versionInfo": version, "downloadLocation":
                 place.where if place.kind == "url" else "NOASSERTION",
                 "licenseDeclared": source.fields.get("licence", "NOASSERTION"),
                 "sourceInfo": f"unpacked tree sha256:{source.tree} (ports/README.md)",
                 "externalRefs": [
                     {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                      "referenceLocator": f"pkg:generic/{name}@{version}"}]}
        if known:
            entry["packageFileName"] = known.filename
            entry["checksums"] = [{"algorithm": "SHA256", "checksumValue": known.sha256}]
        if patches:
            entry["comment"] = f"patched by {folder}/patches:{patches}"
        return entry

    def library(self, lib):
        """One package for a library, with the files of it that are in the image."""
        fields = self.contents.libraries.get(lib, {"dir": "include"})
        folder = os.path.join(checkout.ROOT, fields["dir"])
        about = {"versionInfo": self.version, "downloadLocation": "NOASSERTION",
                 "licenseDeclared": OWN_LICENCE}
        if fields["dir"].startswith("/"):       # who wrote it says its licence, not we
            about.update(versionInfo="NOASSERTION", licenseDeclared="NOASSERTION")
        source = Source(folder) if os.path.isfile(os.path.join(folder, "source")) else None
        if source:
            about.update(self.upstream(source, fields["dir"]))
        files = []
        for path in sorted(self.contents.files[lib], key=self.contents.shown):
            theirs = source and self.contents.shown(path).startswith("src/")
            licence = about["licenseDeclared"] if theirs or not source else OWN_LICENCE
            files.append(self.source_file(lib, path, licence))
        licences = sorted({f["licenseConcluded"] for f in files})
        entry = {"name": source.fields["name"] if source else f"ashlar-{lib}",
                 "SPDXID": identifier("Package", "lib-" + lib), **about,
                 "licenseConcluded": " AND ".join(licences), "copyrightText": "NOASSERTION",
                 "supplier": "NOASSERTION", "primaryPackagePurpose": "LIBRARY",
                 "filesAnalyzed": True, "packageVerificationCode": verification_code(files),
                 "licenseInfoFromFiles": sorted({x for f in files
                                                 for x in f["licenseInfoInFiles"]})}
        self.packages.append(entry)
        self.relate(self.root, "STATIC_LINK", entry["SPDXID"])

    def result(self, path, kind):
        """A file that the build made."""
        name = os.path.basename(path)
        entry = {"fileName": "./" + name, "SPDXID": identifier("File", name),
                 "checksums": checksums(path), "fileTypes": [kind],
                 "licenseConcluded": "NOASSERTION", "licenseInfoInFiles": ["NOASSERTION"],
                 "copyrightText": "NOASSERTION"}
        self.files.append(entry)
        self.relate(self.root, "CONTAINS", entry["SPDXID"])
        return entry

    def application(self):
        """The package that the document describes: the image and its initrd."""
        made = [self.result(self.image.path, "BINARY")]
        if self.image.initrd:
            made.append(self.result(self.image.initrd, "ARCHIVE"))
        licences = sorted({x for p in self.packages for x in re.split(r" AND ",
                                                                      p["licenseConcluded"])})
        self.packages.insert(0, {
            "name": self.image.app, "SPDXID": self.root, "versionInfo": self.version,
            "downloadLocation": "NOASSERTION", "packageFileName": os.path.basename(self.image.path),
            "checksums": [{"algorithm": "SHA256",
                           "checksumValue": digest(self.image.path, "sha256")}],
            "filesAnalyzed": True, "packageVerificationCode": verification_code(made),
            "licenseConcluded": " AND ".join(x for x in licences if x != "NOASSERTION"),
            "licenseDeclared": "NOASSERTION", "licenseInfoFromFiles": ["NOASSERTION"],
            "copyrightText": "NOASSERTION", "supplier": "NOASSERTION",
            "primaryPackagePurpose": "APPLICATION",
            "comment": f"a unikernel image for {self.image.target}; commit {self.commit}"})

    def tool(self):
        """The compiler, as the build noted it."""
        path = os.path.join(self.image.folder, "toolchain.mk")
        with open(path, encoding="utf-8") as f:
            said = re.search(r"^CC_ID := (.*)$", f.read(), re.M).group(1)
        version = re.search(r"\d+(\.\d+)+", said)
        entry = {"name": "clang" if "clang" in said else "gcc",
                 "SPDXID": identifier("Package", "compiler"), "downloadLocation": "NOASSERTION",
                 "versionInfo": version.group(0) if version else "NOASSERTION", "comment": said,
                 "filesAnalyzed": False, "licenseConcluded": "NOASSERTION",
                 "licenseDeclared": "NOASSERTION", "copyrightText": "NOASSERTION",
                 "supplier": "NOASSERTION", "primaryPackagePurpose": "APPLICATION"}
        self.packages.append(entry)
        self.relate(entry["SPDXID"], "BUILD_TOOL_OF", self.root)

    def document(self):
        for lib in sorted(self.contents.files):
            self.library(lib)
        self.application()
        self.tool()
        self.relate("SPDXRef-DOCUMENT", "DESCRIBES", self.root)
        text = json.dumps([self.packages, self.files], sort_keys=True)
        return {"spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                "name": f"{self.image.app}-{self.image.target}",
                "documentNamespace": "https://spdx.org/spdxdocs/ashlar-"
                f"{self.image.app}-{hashlib.sha256(text.encode()).hexdigest()}",
                "creationInfo": {"created": created(), "creators": ["Tool: ashlar-sbom"]},
                "packages": self.packages, "files": self.files,
                "relationships": sorted(self.relations, key=lambda r: list(r.values()))}


def main():
    parser = argparse.ArgumentParser(description="What an image is made of (SPDX 2.3).")
    parser.add_argument("image")
    parser.add_argument("-o", dest="out", help="default: IMAGE.spdx.json")
    args = parser.parse_args()
    out = args.out or args.image + ".spdx.json"
    try:
        document = Document(images.Image(args.image)).document()
        process.write_whole(out, (json.dumps(document, indent=1, sort_keys=True) + "\n").encode())
    except RunError as error:
        print(f"sbom: {error}", file=sys.stderr)
        return error.status
    except FetchError as error:
        print(f"sbom: {error}", file=sys.stderr)
        return 1
    wrong = spdx.faults(document)
    if wrong:
        print("\n".join(f"sbom: {what}" for what in wrong), file=sys.stderr)
        return 1
    libraries = sum(p["primaryPackagePurpose"] == "LIBRARY" for p in document["packages"])
    print(f"{out}: {libraries} libraries, {len(document['files'])} files")
    return 0


if __name__ == "__main__":
    sys.exit(main())
