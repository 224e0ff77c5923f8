#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""verify, repair, cut and merge of the command line, on a real file.

usage: trace_tools_test.py VESTIGE TRACE_DUMP
"""
import json
import pathlib
import subprocess
import sys
import tempfile


def main(vestige, dump):
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

        for args, code in ((["verify", "/etc/passwd"], 3),
                           (["verify", folder / "absent"], 4),
                           (["cut", trace, "-o", folder / "y", "--from",
                             "yesterday"], 2)):
            done = run(*args)
            assert done.returncode == code, done
            assert done.stderr.count("\n") == 1, done


if __name__ == "__main__":
    main(*sys.argv[1:])
