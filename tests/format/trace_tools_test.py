#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify, prove, repair, cut and merge of the command line, on a real file.

usage: trace_tools_test.py VESTIGE TRACE_DUMP TRACE_OF_ANOTHER_BOOT
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def check_merge(run, ours, other, merged):
    """Traces of two boots in one: every command tells them apart."""
    def rows(*args):
        done = run(*args, "--json")
        assert done.returncode == 0, done
        return [json.loads(line) for line in done.stdout.splitlines()]

    done = run("merge", ours, other, "-o", merged)
    assert done.returncode == 0 and "3025 of 3025" in done.stdout, done
    assert run("verify", merged).returncode == 0
    info, = rows("info", merged)
    assert [p["file"] for p in info["parents"]] == [ours.name, other.name]
    first, second = info["origins"]
    assert first["boot_id"] != second["boot_id"], info
    assert first["losses"] == rows("info", ours)[0]["losses"], info

    events = rows("events", merged)
    assert {e["source"] for e in events} == {"node-1/web", "vm/busybox"}
    for number, alone in ((1, ours), (2, other)):
        view = f"{merged}#{number}"
        source = rows("info", view)[0]
        label = f'{source["host"]}/{source["container"]["name"]}'
        told = rows("events", alone)
        mine = [e for e in events if e["source"] == label]
        assert len(mine) == len(told), (len(mine), len(told))
        for mine, its in zip(rows("events", view), told):
            for key in ("time", "name", "pid", "ret", "args"):
                assert mine.get(key) == its.get(key), (mine, its)
    assert len(rows("tree", f"{merged}#2")) == len(rows("tree", other))
    done = run("at", merged, "ps", "--time", "+0")
    assert done.returncode == 2 and "#1 to" in done.stderr, done
    done = run("export", merged, "--format", "jsonl")
    assert done.returncode == 2 and "#1 to" in done.stderr, done

    proof = merged.with_name("merged.json")
    assert run("prove", merged, events[0]["at"], "-o", proof).returncode == 0
    root = json.loads(proof.read_text())["seal"]["statement"].split()[-1]
    done = run("verify", "--proof", proof, "--root", root)
    assert done.returncode == 0, done
    assert "on node-1 of container web and on vm of " in done.stdout, done


def main(vestige, dump, other):
    def run(*args):
        return subprocess.run([vestige, *map(str, args)], text=True,
                              capture_output=True, check=False)

    with tempfile.TemporaryDirectory(prefix="vestige-") as folder:
        folder = pathlib.Path(folder)
        trace, key = folder / "x.vtrace", folder / "key.pem"
        subprocess.run([dump, "--make", trace], check=True)
        subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519",
                        "-out", key], check=True, stderr=subprocess.DEVNULL)
        key.chmod(0o600)

        done = run("verify", trace)
        assert done.returncode == 0 and "intact, unsigned" in done.stdout, done
        assert run("verify", "--key", key, trace).returncode == 1

        signed = folder / "signed.vtrace"
        done = run("cut", trace, "-o", signed, "--sign", key)
        assert done.returncode == 0, done
        assert "3000 of 3000 events" in done.stdout, done
        done = run("verify", "--key", key, signed, "--extract", folder / "s")
        assert done.returncode == 0, done
        command = done.stdout.splitlines()[-1]
        assert command.startswith("openssl "), done
        subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)

        proof = folder / "proof.json"
        done = run("prove", signed, "1:5", "1:7", "-o", proof)
        assert done.returncode == 0 and "proves 2 events" in done.stdout, done
        done = run("verify", "--proof", proof, "--key", key)
        assert done.returncode == 0 and ": proven: 2 events" in done.stdout, done
        proven = [json.loads(line) for line in done.stdout.splitlines()[1:]]
        events = [json.loads(line) for line in
                  run("events", signed, "--json").stdout.splitlines()]
        for event in proven:
            same = next(e for e in events if e["at"] == event["at"])
            assert event == {k: same[k] for k in event}, (event, same)
        forged = folder / "forged.json"
        told = json.loads(proof.read_text())
        told["events"][0]["event"]["pid"] += 1
        forged.write_text(json.dumps(told))
        done = run("verify", "--proof", forged)
        assert done.returncode == 1, done
        assert "1:5 is not what is claimed: /pid" in done.stdout, done
        done = run("verify", "--proof", proof, "--root", "00" * 32)
        assert done.returncode == 1 and "not the one" in done.stdout, done
        unsigned = folder / "unsigned.json"
        done = run("prove", trace, "1:5", "-o", unsigned)
        assert done.returncode == 0 and "not signed" in done.stderr, done
        root = json.loads(unsigned.read_text())["seal"]["statement"].split()[-1]
        assert run("verify", "--proof", unsigned).returncode == 1
        done = run("verify", "--proof", unsigned, "--root", root)
        assert done.returncode == 0, done

        damaged = folder / "damaged.vtrace"
        raw = bytearray(signed.read_bytes())
        raw[len(raw) // 2] ^= 1
        damaged.write_bytes(raw)
        done = run("verify", "--json", damaged)
        told = json.loads(done.stdout)
        assert done.returncode == 1 and told["verdict"] == "altered", done
        assert "altered in chunk" in told["sentence"], told

        repaired = folder / "repaired.vtrace"
        done = run("repair", damaged, "-o", repaired)
        assert done.returncode == 0 and "damaged" in done.stderr, done
        assert run("verify", repaired).returncode == 0
        done = run("repair", damaged, "-o", repaired)
        assert done.returncode == 4 and "exists" in done.stderr, done

        merged = folder / "merged.vtrace"
        done = run("merge", trace, signed, "-o", merged)
        assert done.returncode == 0 and "6000 of 6000" in done.stdout, done

        check_merge(run, trace, pathlib.Path(other), folder / "m.vtrace")

        for args, code in ((["verify", "/etc/passwd"], 3),
                           (["verify", folder / "absent"], 4),
                           (["verify"], 2),
                           (["verify", "--proof", trace], 3),
                           (["prove", trace, "99:0"], 2),
                           (["prove", trace, "here"], 2),
                           (["cut", trace, "-o", folder / "y", "--from",
                             "yesterday"], 2)):
            done = run(*args)
            assert done.returncode == code, done
            assert done.stderr.count("\n") == 1, done


if __name__ == "__main__":
    main(*sys.argv[1:])
