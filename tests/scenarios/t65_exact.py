# SPDX-License-Identifier: BSD-3-Clause
"""Exact builds: the same bytes twice, the list of what is inside, faults that tests must catch."""
import copy
import filecmp
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile

from build import OUT, ROOT, building, image, make
from registry import expect, test

EXACT = os.path.join(ROOT, "support", "exact")
sys.path.append(EXACT)

import checkout  # noqa: E402
import compare  # noqa: E402
import spdx  # noqa: E402

# As the makefiles have them.
DL = os.environ.get("DL_DIR") or os.path.join(
    os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ashlar")
SHARED = os.environ.get("SHARED") or os.path.join(DL, "objects")


def tool(name, *words, timeout=600):
    done = subprocess.run([sys.executable, os.path.join(EXACT, name), *words], cwd=ROOT, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return done.returncode, done.stdout


@test("exact.verify")
def verify():
    """hello twice, in other folders, by other users; libc's objects are from the cache."""
    image("apps/hello")
    status, text = tool("verify.py", "--out", os.path.join(OUT, "release"), "--dl", DL, "--shared",
                        SHARED, "--quick", "apps/hello")
    expect(status == 0 and "0 differ" in text, "the builds differ", text)


@test("exact.offline")
def offline():
    """hello is built without a network; a source that is missing is one line."""
    image("apps/hello")
    status, text = tool("offline.py", "--dl", DL, "--shared", SHARED, "apps/hello")
    expect(status == 0 and "a source that is missing: fetch: musl" in text, "not offline", text)


def fill(out, archives):
    """hello in `out`; all but musl-heap is from the cache of objects. Its symbols, musl-heap."""
    for path in archives:
        if "/musl-heap/" not in path:
            checkout.put(path, os.path.join(out, "objects", os.path.relpath(path, SHARED)))
    make(["A=apps/hello", f"O={out}", f"SHARED={out}/objects"])
    return [os.path.join(out, "hello", "hello_kvm-x86_64.dbg"),
            *glob.glob(os.path.join(out, "objects", "*", "musl-heap", "lib.a"))]


@test("exact.objects")
def objects():
    """What the cache of objects keeps is the same from a build folder in the tree or elsewhere."""
    with open(os.path.join(image("apps/hello").target_folder, "link.in"), encoding="utf-8") as f:
        archives = [word for word in f.read().split() if word.startswith(SHARED + os.sep)]
    with tempfile.TemporaryDirectory(prefix="ashlar-objects.") as top, building("objects") as out:
        shutil.rmtree(os.path.join(out, "objects"), ignore_errors=True)
        inside, outside = fill(out, archives), fill(top, archives)
        expect(len(inside) == len(outside) == 2, f"not in the cache: {inside} {outside}")
        for one, other in zip(inside, outside):
            expect(filecmp.cmp(one, other, shallow=False), f"{one} and {other} differ")


TINY = """int first = %s;
int second(int x) { return x * 3 + first + %s; }
int main(void) { return second(1); }
"""


def tiny(name, *values):
    """A small image with two values in it."""
    path = os.path.join(OUT, "exact", name, "tiny")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path + ".c", "w", encoding="utf-8") as f:
        f.write(TINY % values)
    subprocess.run(["clang-19", "-O1", "-nostdlib", "-static", "-fuse-ld=lld", "-Wl,-emain",
                    "-Wl,--build-id=none", "tiny.c", "-o", path], cwd=os.path.dirname(path),
                   check=True)
    return path


@test("exact.compare")
def compared():
    """What differs is named: section, symbol; entry of an archive."""
    one, same = tiny("one", 7, 5), tiny("same", 7, 5)
    expect(compare.difference(one, same) is None, "equal images differ")
    for other, words in ((tiny("data", 8, 5), (".data", "first+0x0")),
                         (tiny("text", 7, 6), (".text", "second+"))):
        told = compare.difference(one, other) or ""
        expect(all(word in told for word in words), f"{words} are not in: {told}")
        stripped = []
        for path in (one, other):
            subprocess.run(["llvm-objcopy-19", "--strip-sections", path, path + ".bare"],
                           check=True)
            stripped.append(path + ".bare")
        told = compare.difference(*stripped, one) or ""
        expect(all(word in told for word in words), f"without sections: {told}")
    folders = []
    for name, text in (("one", "a"), ("text", "b")):
        folder = os.path.join(OUT, "exact", name, "files")
        os.makedirs(folder, exist_ok=True)
        for file, data in (("first.txt", "same"), ("second.txt", text)):
            with open(os.path.join(folder, file), "w", encoding="utf-8") as f:
                f.write(data)
        subprocess.run([sys.executable, os.path.join(ROOT, "support/build/mkcpio.py"),
                        folder + ".cpio", folder], check=True)
        folders.append(folder + ".cpio")
    told = compare.difference(*folders) or ""
    expect("files/second.txt" in told, told)


# What is done to a good document, and a word of what must be said about it.
SPOILT = {
    "a version of its own": (lambda d: d.update(spdxVersion="SPDX-9"), "spdxVersion"),
    "no date": (lambda d: d["creationInfo"].pop("created"), "created"),
    "no creator": (lambda d: d["creationInfo"].update(creators=["me"]), "creator"),
    "no place": (lambda d: d["packages"][1].pop("downloadLocation"), "downloadLocation"),
    "no sum": (lambda d: d["files"][0].update(checksums=d["files"][0]["checksums"][1:]), "SHA1"),
    "a file changed": (lambda d: d["files"][0]["checksums"][0].update(checksumValue="0" * 40),
                       "packageVerificationCode"),
    "twice": (lambda d: d["files"].append(d["files"][0]), "defined twice"),
    "nobody": (lambda d: d["relationships"][0].update(relatedSpdxElement="SPDXRef-none"),
               "not defined"),
    "a slip": (lambda d: d["packages"][2].update(licence="MIT"), "no field licence"),
    "nothing described": (lambda d: d.update(relationships=[
        r for r in d["relationships"] if r["relationshipType"] != "DESCRIBES"]), "describes"),
}


@test("exact.sbom")
def sbom():
    """The document is valid, the same twice, and names what is in the image, not what is not."""
    guest = image("apps/httpd")
    texts = []
    for name in ("one", "two"):
        path = os.path.join(OUT, f"httpd-{name}.spdx.json")
        status, text = tool("sbom.py", guest.path, "-o", path)
        expect(status == 0, "sbom.py fails", text)
        with open(path, encoding="utf-8") as f:
            texts.append(f.read())
    expect(texts[0] == texts[1], "two runs differ")
    document = json.loads(texts[0])
    expect(not spdx.faults(document), "\n".join(spdx.faults(document)))
    names = {f["fileName"] for f in document["files"]}
    for wanted in ("./apps/httpd/conn.c", "./src/lwip-2.1.3/src/core/tcp_in.c",
                   "./lib/heap/heap.c", "./httpd_kvm-x86_64", "./httpd.initrd"):
        expect(wanted in names, f"{wanted} is not in the document")
    for absent in ("./lib/heap-region/region.c", "./src/musl-1.2.3/src/stdio/scanf.c"):
        expect(absent not in names, f"{absent} is in the document and not in the image")
    packages = {p["name"]: p for p in document["packages"]}
    expect(packages["musl"]["licenseDeclared"] == "MIT"
           and packages["lwip"]["licenseDeclared"] == "BSD-3-Clause", "licences of ports")
    for what, (spoil, word) in SPOILT.items():
        other = copy.deepcopy(document)
        spoil(other)
        told = "\n".join(spdx.faults(other))
        expect(word in told, f"{what}: not noticed: {told}")


@test("exact.planted")
def planted():
    """Each planted fault still fits, and the test that must catch it exists."""
    done = subprocess.run([sys.executable, os.path.join(ROOT, "tests", "planted.py"), "--check",
                           "--out", OUT], cwd=ROOT, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    expect(done.returncode == 0, "a plant is stale: tests/planted.py --check", done.stdout)
