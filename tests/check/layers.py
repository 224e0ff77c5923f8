#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Enforces the dependency rule: bpf/raw_record.h <- capture -> format
<- replay <- tui, and one home per outside library.

usage: layers.py [PROGRAM...]
Reads #include lines and CMake link lines; of each PROGRAM given (vestige,
vestige-tui) it also checks that the dynamic linker will not load libbpf.
"""
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Folder -> what its sources may include from the repository.
MAY_INCLUDE = {
    "bpf": r"bpf/",
    "format": r"format/",
    "capture": r"capture/|format/|bpf/(raw_record|raw_parts|capture_plan)\.h",
    "replay": r"replay/|format/",
    "tui": r"tui/|replay/|format/",
}

# Folder -> what its link lines may not name.
MAY_NOT_LINK = {
    "format": r"vestige_(capture|replay|tui)|bpf|curses",
    "capture": r"vestige_(replay|tui)|curses",
    "replay": r"vestige_(capture|tui)|bpf|curses",
    "tui": r"vestige_capture|bpf",
}

# Header of an outside library -> the only files that may include it.
HOMES = [
    (r"bpf/(libbpf|bpf|btf)\.h|.*\.skel\.h", r"capture/bpf_session.*"),
    (r"zstd.*\.h", r"format/trace_frame.*"),
    (r"openssl/.*", r"format/crypto.*"),
    (r"curl/.*", r"capture/anchor_url.*"),
    (r"xxhash\.h", r"(format/trace_(interner|mark)|replay/text_pool).*"),
    (r"sqlite3\.h", r"replay/export/sqlite\.cc"),
    (r"zlib\.h", r"replay/scap/gzip_file.*"),
    (r"yaml-cpp/.*", r"replay/rules/yaml_tree.*"),
    (r"CLI/.*", r"(capture|replay/cli|tui)/.*"),
    (r"google/protobuf/.*|.*\.pb\.h", r"format/trace_codec.*"),
    (r"seccomp\.h", r"capture/seccomp.*"),
    (r"httplib\.h", r"capture/watch/alert_server.*"),
    (r"n?curses.*\.h|panel\.h", r"tui/terminal.*"),
    (r"re2/.*", r"replay/(filter/constant|evidence/redactor).*"),
    (r"utf8proc\.h", r"tui/text_width.*"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
LINK = re.compile(r"target_link_libraries\s*\(([^)]*)\)")


def sources(folder):
    for suffix in ("*.h", "*.c", "*.cc", "*.def"):
        yield from (ROOT / folder).rglob(suffix)


def check_includes(folder):
    for path in sources(folder):
        name = path.relative_to(ROOT).as_posix()
        for quote, header in INCLUDE.findall(path.read_text()):
            is_ours = header.split("/")[0] in [*MAY_INCLUDE, "tests"]
            if quote == '"' and is_ours:
                if not re.match(MAY_INCLUDE[folder], header):
                    yield f"{name}: {folder}/ may not include {header}"
            for library, home in HOMES:
                if folder != "bpf" and re.fullmatch(library, header) \
                        and not re.fullmatch(home, name):
                    yield f"{name}: {header} belongs to {home}"


def check_links(folder):
    for path in (ROOT / folder).rglob("CMakeLists.txt"):
        name = path.relative_to(ROOT).as_posix()
        for line in LINK.findall(path.read_text()):
            for word in line.split():
                if re.search(MAY_NOT_LINK.get(folder, r"$^"), word):
                    yield f"{name}: {folder}/ may not link {word}"


def check_program(program):
    dynamic = subprocess.run(["objdump", "-p", program], check=True,
                             capture_output=True, text=True).stdout
    for library in re.findall(r"NEEDED\s+(\S+)", dynamic):
        if re.match(r"lib(bpf|elf)\b", library):
            yield f"{program}: links {library}"


def main():
    broken = []
    for folder in MAY_INCLUDE:
        broken += check_includes(folder)
        broken += check_links(folder)
    for program in sys.argv[1:]:
        broken += check_program(program)
    print("\n".join(broken) if broken else "layers: as they should be")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
