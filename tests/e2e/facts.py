# SPDX-License-Identifier: Apache-2.0
"""What a scenario demands of the reconstruction.

A fact is a line `# must: VERB ARGUMENT...` of a scenario. HOLDS has one
predicate per verb; it takes the Trace and the arguments."""
import re
import shlex


def _file(op):
    def holds(trace, path, detail=None):
        return any(row["op"] == op and row["path"] == path and
                   row["result"] == "ok" and
                   detail in (None, row.get("mode"), row.get("how"))
                   for row in trace.files)
    return holds


def _file_to(op):
    def holds(trace, path, to):
        return any(row["op"] == op and row["path"] == path and
                   row["to"] == to and row["result"] == "ok"
                   for row in trace.files)
    return holds


def _renamed_to(trace, to):
    return any(row["op"] == "rename" and row["to"] == to
               for row in trace.files)


def _open_match(trace, pattern):
    return any(row["op"] == "open" and re.fullmatch(pattern, row["path"])
               for row in trace.files)


def _mode(trace, path, mode):
    """The permissions that `path` has at the end."""
    rows = [row for row in trace.files
            if row["op"] == "chmod" and row["path"] == path]
    return bool(rows) and max(rows, key=lambda r: r["last"])["mode"] == mode


def _is_present(trace, path):
    """True, false or None (never named): is `path` there at the end?"""
    state, when = None, ""
    for row in trace.files:
        if row["result"] != "ok" or row["last"] < when:
            continue
        if row["op"] in ("create", "symlink", "mkdir", "write") and \
                row["path"] == path:
            state, when = True, row["last"]
        elif row["op"] in ("rename", "link") and row["to"] == path:
            state, when = True, row["last"]
        elif row["op"] in ("delete", "rmdir", "rename") and \
                row["path"] == path:
            state, when = False, row["last"]
    return state


def _execs(trace):
    return (e for p in trace.processes for e in p["execs"] if not e["error"])


def _exec(trace, filename):
    return any(e["filename"] == filename for e in _execs(trace))


def _exec_match(trace, pattern):
    return any(re.fullmatch(pattern, e["filename"]) for e in _execs(trace))


def _argv(trace, *argv):
    return any(e["argv"] == list(argv) for e in _execs(trace))


def _ran(process, command):
    """Did this process run the command line at some time?"""
    return any(e["argv"] == shlex.split(command) for e in process["execs"])


def _started(trace, parent, child):
    parents = {p["process"] for p in trace.processes if _ran(p, parent)}
    return any(_ran(p, child) and p["parent"] in parents
               for p in trace.processes)


def _exit(trace, command, code):
    return any(_ran(p, command) and p["exit_code"] == int(code)
               for p in trace.processes)


def _killed(trace, command, signal):
    """Killed by that signal, and the trace says by whom."""
    return any(_ran(p, command) and p["exit_signal"] == signal and
               p["killed_by"] is not None for p in trace.processes)


def _kill(trace, signal):
    return any(e["type"] == "kill" and
               signal in [a["text"] for a in e["args"]]
               for e in trace.events)


def _call(trace, name, *texts):
    return any(e["type"] == name and not e["error"] and
               set(texts) <= {a["text"] for a in e["args"]}
               for e in trace.events)


def _fail(trace, name, error):
    return any(e["type"] == name and e["error"] == error
               for e in trace.events)


def _net(op, end):
    def holds(trace, address, result="ok"):
        return any(row["op"] == op and row[end] == address and
                   row["result"] == result for row in trace.net)
    return holds


HOLDS = {
    "create": _file("create"),
    "read": _file("read"),
    "write": _file("write"),
    "truncate": _file("truncate"),
    "delete": _file("delete"),
    "mkdir": _file("mkdir"),
    "rmdir": _file("rmdir"),
    "chmod": _file("chmod"),
    "chown": _file("chown"),
    "rename": _file_to("rename"),
    "link": _file_to("link"),
    "symlink": _file_to("symlink"),
    "renamed-to": _renamed_to,
    "open-match": _open_match,
    "memfd": lambda trace, name: any(
        row["op"] == "memfd" and name in row["path"] for row in trace.files),
    "mode": _mode,
    "present": lambda trace, path: _is_present(trace, path) is True,
    "absent": lambda trace, path: _is_present(trace, path) is False,
    "exec": _exec,
    "exec-match": _exec_match,
    "argv": _argv,
    "started": _started,
    "exit": _exit,
    "killed": _killed,
    "kill": _kill,
    "call": _call,
    "fail": _fail,
    "connect": _net("connect", "remote"),
    "send": _net("send", "remote"),
    "receive": _net("receive", "local"),
    "bind": _net("bind", "local"),
    "listen": _net("listen", "local"),
    "accept": _net("accept", "local"),
}


def missing(trace, facts):
    """The facts, as written, that the trace does not hold."""
    absent = []
    for fact in facts:
        verb, *arguments = shlex.split(fact)
        if not HOLDS[verb](trace, *arguments):
            absent.append(fact)
    return absent
