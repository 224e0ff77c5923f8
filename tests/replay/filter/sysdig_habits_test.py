#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Who knows only the manual of sysdig finds that what they type works.
usage: sysdig_habits_test.py VESTIGE MAKE_CASE"""
import gzip
import json
import pathlib
import re
import shlex
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
SOURCE = HERE.parents[2]
sys.path.insert(0, str(HERE.parent / "export"))

import case_files  # noqa: E402
from case_files import tool  # noqa: E402

PAGE = (SOURCE / "docs" / "sysdig.md").read_text()
MANUAL = pathlib.Path("/usr/share/man/man8/sysdig.8.gz")
REFUSED = ["-C 1", "-e 1", "-G 1", "-W 1", "-M 1", "-k http://x", "-K x",
           "-m x", "-H x", "-I x", "-Il", "--list-inputs",
           "--plugin-config-file x", "--filter-proclist"]
ACCEPTED = ["-d", "-D", "-E", "-F", "-R", "-s 20", "-T", "--page-faults", "-P",
            "-v", "-z", "--unbuffered"]


RECORDED = SOURCE / "tests/golden/compat/0.1.0-format1.vtrace"


def manual():
    return gzip.decompress(MANUAL.read_bytes()).decode().replace("\\-", "-")


def section(title):
    return re.search(rf"\n## {title}\n(.*?)(\n## |\Z)", PAGE, re.S).group(1)


def rows(title):
    for line in section(title).splitlines():
        cells = re.split(r" ?(?<!\\)\| ?", line.strip("|"))
        if len(cells) == 2 and cells[0].lstrip().startswith("`"):
            yield [cell.strip() for cell in cells]


def ask(one, *words, code=0):
    done = one.run("sysdig", *words)
    assert done.returncode == code, (words, done.returncode, done.stderr)
    return done.stdout.decode()


def read(one, *words, code=0):
    return ask(one, "-r", one.trace, *words, code=code)


def test_the_page_has_a_line_for_every_option_of_the_manual(_):
    if not MANUAL.exists():
        print("not compared: the manual of sysdig is not installed")
        return
    text = manual()
    options = text[text.index(".SS OPTIONS"):text.index(".SS EXAMPLES")]
    names = set(re.findall(r"\\f\[B\](--?[\w-]+)\\f\[R\]", options))
    assert len(names) > 70, sorted(names)
    ours = set(re.findall(r"`(--?[\w-]+)`", " ".join(
        first for first, _ in rows("Options"))))
    assert names <= ours, sorted(names - ours)


def test_the_page_has_every_example_of_the_manual(_):
    if not MANUAL.exists():
        return
    text = manual().replace("\\[aq]", "'").replace("\\[dq]", '"')
    examples = {" ".join(e.split()) for e in re.findall(
        r"^\$ (sysdig.*?)\n\.", text, re.M | re.S)}
    assert len(examples) > 8, examples
    ours = {first.strip("`") for first, _ in rows("Examples of the manual")}
    # Those of its text that say nothing new.
    ours |= {"sysdig -w trace.scap", "sysdig -r trace.scap",
             "sysdig proc.name=cat",
             'sysdig -c chisel_name "arg1 arg2 arg3"'}
    for example in examples:
        assert all(each.strip() in ours for each in example.split(" $ ")), \
            example


def test_every_example_of_the_page_runs(one):
    one.ok("export", "--format", "scap", one.trace, "-o",
           one.folder / "dumpfile.scap")
    count = 0
    for _, ours in rows("Examples of the manual"):
        command = ours.split(", then ")[-1].strip("`")
        if command.startswith("vestige-capture"):
            continue
        words = shlex.split(command)[1:]
        done = subprocess.run([pathlib.Path(one.vestige).resolve(), *words], cwd=one.folder,
                              capture_output=True, check=False)
        assert done.returncode in (0, 1), (command, done.stderr)
        assert done.returncode == 1 or done.stdout or "-w" in words, command
        count += 1
    assert count >= 14, count
    shown = tool("sysdig", "-r", one.folder / "cleandump.scap")
    assert shown.count("\n") > 10, shown


def test_what_replaying_cannot_do_is_answered_with_a_sentence(one):
    for option in REFUSED:
        done = one.run("sysdig", "-r", one.trace, *option.split())
        said = done.stderr.decode()
        assert done.returncode == 2 and not done.stdout, (option, said)
        assert len(said.split()) > 4 and said.count("\n") == 1, said
    done = one.run("sysdig", "proc.name=cat")
    assert done.returncode == 2 and b"vestige-capture record" in done.stderr


def test_what_replaying_has_no_use_for_changes_nothing(one):
    plain = read(one)
    for option in ACCEPTED:
        assert read(one, *option.split()) == plain, option


def test_the_usual_line_is_that_of_sysdig(one):
    line = read(one, "-n", 1).splitlines()
    assert len(line) == 1
    assert re.match(r"1 \d\d:\d\d:\d\d\.\d{9} \d+ \S+ \(\d+\) [<>] \w+ ",
                    line[0]), line
    assert ask(one, "-pp").startswith("*%evt.num %evt.outputtime %evt.cpu ")
    assert re.match(r"1 \S+ \d+ .* \(\S+\) \S+ \(\d+:\d+\) [<>] ",
                    read(one, "-pc", "-n", 1))


def test_kinds_of_time(one):
    first = [read(one, "-n", 2, "-p", "%evt.outputtime", "-t", kind)
             .split() for kind in "harD"]
    assert re.fullmatch(r"\d\d:\d\d:\d\d\.\d{9}", first[0][0])
    assert re.fullmatch(r"\d{10}\.\d{9}", first[1][0])
    assert first[2][0] == "0.000000000"
    assert first[2][1] == first[3][1]
    took = ask(one, "-r", RECORDED, "-p", "%evt.outputtime %evt.latency",
               "-t", "d", "-n", 1, "evt.latency > 0").split()
    assert int(took[0].replace(".", "")) == int(took[1])
    assert one.run("sysdig", "-r", one.trace, "-t", "x").returncode == 2


def test_ways_to_print_data(one):
    question = ("evt.type=write and evt.buffer exists", "-n", 1)
    shown = {how: read(one, how, *question, "-p", "%evt.buffer")
             for how in ("-b", "-x", "-X", "-A")}
    data = __import__("base64").b64decode(shown["-b"])
    assert data
    spelt = "".join(line.split(":")[1].replace(" ", "")
                    for line in shown["-x"].strip().splitlines())
    assert bytes.fromhex(spelt) == data
    assert shown["-X"].startswith("\n\t0x0000: ")
    for text in shown.values():
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text)
    below = read(one, "-x", *question)
    assert "\n\t0x0000: " + shown["-x"].split(": ", 1)[1].split("\n")[0] in below


def test_json_has_the_fields_of_the_format(one):
    rows_ = [json.loads(line) for line in read(one, "-j").splitlines()]
    assert rows_ and {"evt.num", "proc.name", "evt.info"} <= set(rows_[0])
    row = json.loads(read(one, "-j", "-n", 1, "-p", "%proc.pid is %proc.name"))
    assert set(row) == {"proc.pid", "proc.name"}


def test_the_summary_counts_what_matches(one):
    lines = read(one, "-q", "-S").splitlines()[1:]
    counts = {line.split()[1]: int(line.split()[0]) for line in lines}
    assert sum(counts.values()) == read(one, "-p", "%evt.num").count("\n")
    only = read(one, "-S", "-p", "x", "evt.type=write").splitlines()
    assert only[-1].split() == [str(counts["write"]), "write"]
    assert only.count("x") == counts["write"]


def test_writing_keeps_what_matches(one):
    for name in ("w.vtrace", "w.scap"):
        read(one, "evt.type=write", "-n", 2, "-w", one.folder / name)
        again = ask(one, "-r", one.folder / name, "-p", "%evt.type")
        assert again.split() == ["write", "write"], (name, again)


def test_every_chisel_runs_or_names_who_answers(one):
    names = [line.split()[0] for line in ask(one, "-cl").splitlines()[1:]]
    if shutil.which("sysdig"):
        theirs = re.findall(r"^(\w+)(?: {2}|$)",
                            tool("sysdig", "-cl"), re.M)
        assert set(theirs) <= set(names), set(theirs) - set(names)
    arguments = {"fdbytes_by": "fd.name", "fdcount_by": "fd.name",
                 "fdtime_by": "proc.name", "spy_ip": "127.0.0.1",
                 "spy_port": "4444"}
    for name in names:
        assert name in ask(one, "-i", name)
        argument = [arguments.get(name, "0")] if \
            "ARG" in ask(one, "-i", name).split(":")[0] else []
        done = one.run("sysdig", "-r", one.trace, "-c", name, *argument)
        said = done.stderr.decode()
        if done.returncode == 2:
            assert "is answered by" in said, (name, said)
        else:
            assert done.returncode in (0, 1), (name, said)


def test_a_table_sums_what_the_filter_leaves(one):
    rows_ = [json.loads(line) for line in
             read(one, "-j", "-c", "topfiles_bytes").splitlines()]
    assert rows_
    for row in rows_:
        sizes = read(one, "-p", "%evt.buflen",
                     f"evt.is_io=true and fd.name={json.dumps(row['fd.name'])}",
                     ).split() if row["fd.name"].isascii() and \
            "\\" not in row["fd.name"] else [row["evt.buflen"]]
        assert sum(map(int, sizes)) == row["evt.buflen"], row
    sums = [row["evt.buflen"] for row in rows_]
    assert sums == sorted(sums, reverse=True)
    assert not read(one, "-j", "-c", "topfiles_bytes", "evt.type=nanosleep",
                    code=1)


if __name__ == "__main__":
    sys.exit(case_files.main(globals()))
