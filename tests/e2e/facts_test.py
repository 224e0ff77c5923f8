#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The predicates of facts.py, on rows written by hand: each can hold, and
each can fail. Also: every scenario demands facts that exist."""
import shlex
import types
import unittest

import facts
import scenario


def file_row(op, path, **more):
    return {"op": op, "path": path, "result": "ok", "last": "1", **more}


def process(number, parent, argv, **more):
    run = {"filename": argv[0], "argv": argv, "error": None}
    return {"process": number, "parent": parent, "execs": [run],
            "exit_code": 0, "exit_signal": None, "killed_by": None, **more}


def trace(files=(), processes=(), net=(), events=()):
    return types.SimpleNamespace(files=files, processes=processes, net=net,
                                 events=events)


class Facts(unittest.TestCase):
    def holds(self, fact, **rows):
        return not facts.missing(trace(**rows), [fact])

    def test_a_file_fact_needs_operation_path_and_success(self):
        rows = [file_row("create", "/a"),
                {**file_row("delete", "/a"), "result": "EPERM"}]
        self.assertTrue(self.holds("create /a", files=rows))
        self.assertFalse(self.holds("create /b", files=rows))
        self.assertFalse(self.holds("write /a", files=rows))
        self.assertFalse(self.holds("delete /a", files=rows))

    def test_a_mode_is_compared_when_given(self):
        rows = [file_row("chmod", "/a", mode="0755")]
        self.assertTrue(self.holds("chmod /a", files=rows))
        self.assertTrue(self.holds("chmod /a 0755", files=rows))
        self.assertFalse(self.holds("chmod /a 0700", files=rows))

    def test_presence_follows_the_last_change(self):
        made = file_row("create", "/a")
        gone = {**file_row("delete", "/a"), "last": "2"}
        moved = {**file_row("rename", "/a", to="/b"), "last": "2"}
        self.assertTrue(self.holds("present /a", files=[made]))
        self.assertFalse(self.holds("absent /a", files=[made]))
        self.assertTrue(self.holds("absent /a", files=[made, gone]))
        self.assertTrue(self.holds("absent /a", files=[made, moved]))
        self.assertTrue(self.holds("present /b", files=[made, moved]))
        self.assertFalse(self.holds("absent /never", files=[made]))

    def test_parent_and_child_are_both_needed(self):
        rows = [process(1, None, ["sh"]), process(2, 1, ["id", "-u"])]
        self.assertTrue(self.holds("started sh 'id -u'", processes=rows))
        self.assertFalse(self.holds("started id sh", processes=rows))

    def test_a_kill_needs_its_killer(self):
        known = process(1, None, ["x"], exit_signal="SIGKILL", killed_by=3)
        unknown = {**known, "killed_by": None}
        self.assertTrue(self.holds("killed x SIGKILL", processes=[known]))
        self.assertFalse(self.holds("killed x SIGKILL", processes=[unknown]))

    def test_a_connection_needs_its_result(self):
        rows = [{"op": "connect", "remote": "[::1]:1", "local": None,
                 "result": "ECONNREFUSED"}]
        self.assertTrue(self.holds("connect [::1]:1 ECONNREFUSED", net=rows))
        self.assertFalse(self.holds("connect [::1]:1 ok", net=rows))

    def test_a_call_needs_its_argument(self):
        rows = [{"type": "ptrace", "error": None,
                 "args": [{"text": "PTRACE_SEIZE"}]}]
        self.assertTrue(self.holds("call ptrace PTRACE_SEIZE", events=rows))
        self.assertFalse(self.holds("call ptrace PTRACE_CONT", events=rows))

    def test_scenarios_demand_facts_that_an_empty_trace_lacks(self):
        for path in scenario.FOLDER.glob("*.sh"):
            demanded = scenario.load(path.stem).facts
            self.assertGreater(len(demanded), 0, path)
            for fact in demanded:
                self.assertIn(shlex.split(fact)[0], facts.HOLDS)
            self.assertEqual(facts.missing(trace(), demanded), demanded)


if __name__ == "__main__":
    unittest.main()
