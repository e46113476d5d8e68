# SPDX-License-Identifier: BSD-3-Clause
"""The files of the project as the rules see them: who owns each, its text with and without
comments, its functions."""
import functools
import os
import re
import subprocess

LAYERS = ("arch", "plat", "lib", "drivers", "ports")
C_ENDINGS = (".c", ".h")


class Source:
    """One file. path is relative to the root."""

    def __init__(self, root, path):
        self.root = root
        self.path = path

    @functools.cached_property
    def text(self):
        with open(os.path.join(self.root, self.path), encoding="utf-8", errors="replace") as f:
            return f.read()

    @functools.cached_property
    def lines(self):
        return self.text.split("\n")

    @functools.cached_property
    def code(self):
        """Lines of C with comments blanked and strings emptied, numbers of lines kept."""
        def blank(match):
            text = match.group(0)
            if text.startswith("/"):
                return re.sub(r"[^\n]", " ", text)
            return text[0] * 2
        pattern = r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\''
        return re.sub(pattern, blank, self.text, flags=re.S).split("\n")

    @functools.cached_property
    def functions(self):
        """[(first line, last line)] of bodies: braces in column 0, numbers from 1, inclusive."""
        found, start = [], None
        for number, line in enumerate(self.code, 1):
            if line.startswith("{"):
                start = number
            elif line.startswith("}") and start is not None:
                if line.strip() == "}":
                    found.append((start, number))
                start = None
        return found

    @property
    def folder(self):
        return os.path.dirname(self.path)


class Project:
    """The tree: its files by kind, and its libraries."""

    def __init__(self, root, out):
        self.root = root
        self.out = out

    @functools.cached_property
    def files(self):
        """All files that are, or would be, committed."""
        if os.path.exists(os.path.join(self.root, ".git")):     # a file, in a worktree
            done = subprocess.run(["git", "-C", self.root, "ls-files", "-z", "--cached", "--others",
                                   "--exclude-standard"], check=True, capture_output=True)
            paths = set(done.stdout.decode().split("\0")) - {""}
        else:
            paths = {os.path.relpath(os.path.join(top, name), self.root)
                     for top, _, names in os.walk(self.root) for name in names}
        return [Source(self.root, p) for p in sorted(paths)
                if os.path.isfile(os.path.join(self.root, p))
                and not p.startswith("tests/check/") and "/www/" not in p]

    def named(self, *endings):
        return [f for f in self.files if f.path.endswith(endings)]

    @property
    def c_files(self):
        return self.named(*C_ENDINGS)

    @functools.cached_property
    def libraries(self):
        """{folder: Library} for every folder with a Config.uk."""
        found = {}
        for file in self.files:
            if os.path.basename(file.path) == "Config.uk" and file.folder:
                found[file.folder] = Library(self, file)
        return found

    def owner(self, path):
        """The library that a file belongs to, or None."""
        while path:
            path = os.path.dirname(path)
            if path in self.libraries:
                return self.libraries[path]
        return None


class Library:
    """One library as its Config.uk and Makefile.uk describe it."""

    def __init__(self, project, config):
        self.project = project
        self.config = config
        self.folder = config.folder
        self.name = os.path.basename(self.folder)
        top = self.folder.split("/", maxsplit=1)[0]
        self.layer = top if top in LAYERS else "app"
        if self.layer == "lib" and self.name.startswith("posix-"):
            self.layer = "posix"
        prefix = {"arch": "ARCH_", "plat": "PLAT_", "app": "APP_"}.get(self.layer, "LIB_")
        self.symbol = prefix + self.name.upper().replace("-", "_")

    @functools.cached_property
    def makefile(self):
        path = os.path.join(self.project.root, self.folder, "Makefile.uk")
        return Source(self.project.root, os.path.join(self.folder, "Makefile.uk")).text \
            if os.path.exists(path) else ""

    def words(self, variable):
        """All words that Makefile.uk gives to a variable."""
        text = self.makefile.replace("\\\n", " ")
        return " ".join(re.findall(rf"^\s*{variable}\s*[:+?]?=\s*(.*?)\s*$", text, re.M)).split()

    @property
    def hosted(self):
        return "y" in self.words("hosted-y")

    @functools.cached_property
    def selects(self):
        """[(line number, option)] of its select and imply lines."""
        return [(number, match.group(1)) for number, line in enumerate(self.config.lines, 1)
                if (match := re.match(r"\s*(?:select|imply)\s+(\w+)", line))]
