#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Walks vestige-tui through the trace of the demo by keys, in tmux, and
draws what is on the screen then as one SVG that shows one screen after the
other. usage: picture.py VESTIGE_TUI TRACE OUT.svg"""
import html
import os
import re
import subprocess
import sys
import time

WIDTH, HEIGHT = 104, 30
CELL_X, CELL_Y = 7.2, 15
SECONDS = 4  # per screen
INK, PAPER = "#d4d4d4", "#1c1c1c"
# Keys, what must be on the screen then, and what is said below.
STORY = [
    ([], "1 Critical", "What was found and what stands out, and when"),
    (["0", "Enter"], "Why it matched", "0, Enter: why a rule matched"),
    (["p"], "grep root /etc/shadow", "p: who did it, and who started that"),
    (["4", "G", "s"], "Stream of", "4, G, s: what was sent, and to whom"),
]
BASIC = ["#000000", "#cd3131", "#0dbc79", "#e5e510", "#2472c8", "#bc3fbc",
         "#11a8cd", "#e5e5e5", "#666666", "#f14c4c", "#23d18b", "#f5f543",
         "#3b8eea", "#d670d6", "#29b8db", "#ffffff"]
LEVELS = [0, 95, 135, 175, 215, 255]


def colour(number):
    """One of the 256."""
    if number < 16:
        return BASIC[number]
    if number >= 232:
        return "#" + f"{8 + 10 * (number - 232):02x}" * 3
    cube = number - 16
    parts = (cube // 36, cube // 6 % 6, cube % 6)
    return "#" + "".join(f"{LEVELS[part]:02x}" for part in parts)


class Look:
    """How text looks after the escape sequences met so far."""

    def __init__(self):
        self.ink, self.paper, self.bold = INK, PAPER, False

    def apply(self, codes):
        numbers = [int(code or 0) for code in codes.split(";")]
        while numbers:
            code = numbers.pop(0)
            if code == 0:
                self.__init__()
            elif code == 1:
                self.bold = True
            elif code in (38, 48) and numbers[:1] == [5]:
                name = "ink" if code == 38 else "paper"
                setattr(self, name, colour(numbers[1]))
                del numbers[:2]
            elif 30 <= code <= 37:
                self.ink = BASIC[code - 30]
            elif 40 <= code <= 47:
                self.paper = BASIC[code - 40]
            elif 90 <= code <= 97:
                self.ink = BASIC[code - 82]
            elif code == 39:
                self.ink = INK
            elif code == 49:
                self.paper = PAPER

    def key(self):
        return self.ink, self.paper, self.bold


def runs(line):
    """(column, text, look) for each piece of a line that looks the same."""
    look, column, out = Look(), 0, []
    for codes, text in re.findall(r"\x1b\[([\d;]*)m|([^\x1b]+)", line):
        if text:
            out.append((column, text, look.key()))
            column += len(text)
        else:
            look.apply(codes)
    return out


def draw(screen, said):
    out = []
    for row, line in enumerate(screen.split("\n")[:HEIGHT]):
        y = row * CELL_Y
        for column, text, (ink, paper, bold) in runs(line):
            x = f"{column * CELL_X:.1f}"
            length = f"{len(text) * CELL_X:.1f}"
            if paper != PAPER:
                out.append(f'<rect x="{x}" y="{y}" width="{length}" '
                           f'height="{CELL_Y}" fill="{paper}"/>')
            stripped = text.strip(" ")
            if not stripped:
                continue
            column += len(text) - len(text.lstrip(" "))
            x = f"{column * CELL_X:.1f}"
            length = f"{len(stripped) * CELL_X:.1f}"
            weight = ' font-weight="bold"' if bold else ""
            fill = f' fill="{ink}"' if ink != INK else ""
            out.append(f'<text x="{x}" y="{y + 11.5}" textLength="{length}"'
                       f'{fill}{weight}>{html.escape(stripped)}</text>')
    out.append(f'<text x="{CELL_X}" y="{(HEIGHT + 1) * CELL_Y}" '
               f'fill="#ffffff" font-size="14">{html.escape(said)}</text>')
    return "\n".join(out)


def svg(frames):
    total = SECONDS * len(frames)
    width, height = WIDTH * CELL_X, (HEIGHT + 2) * CELL_Y
    share = 100 / len(frames)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" '
           f'viewBox="0 0 {width:.0f} {height:.0f}" '
           f'font-family="DejaVu Sans Mono,Menlo,Consolas,monospace" '
           f'font-size="12" fill="{INK}" xml:space="preserve">',
           "<style>text{white-space:pre}.f{visibility:hidden;animation:s "
           f"{total}s step-end infinite}}"
           f"@keyframes s{{0%{{visibility:visible}}"
           f"{share:.2f}%{{visibility:hidden}}}}</style>",
           f'<rect width="100%" height="100%" fill="{PAPER}"/>']
    for number, frame in enumerate(frames):
        delay = number * SECONDS - total if number else 0
        out.append(f'<g class="f" style="animation-delay:{delay}s">')
        out.append(frame)
        out.append("</g>")
    return "\n".join(out) + "\n</svg>\n"


class Terminal:
    """A tmux server of this picture alone."""

    def __init__(self, command):
        self.socket = f"vestige-picture-{os.getpid()}"
        self.run("new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT),
                 f"env LANG=C.UTF-8 TERM=screen-256color {command}")

    def run(self, *words):
        return subprocess.run(
            ["tmux", "-f", "/dev/null", "-L", self.socket, *words], text=True,
            capture_output=True, check=True).stdout

    def screen_with(self, text):
        """Colours and all, as soon as it shows the text and stays so."""
        before = None
        for _ in range(200):
            screen = self.run("capture-pane", "-p", "-e")
            if text in screen and screen == before:
                return screen
            before = screen
            time.sleep(0.1)
        raise SystemExit(f"picture: never on the screen: {text}\n{before}")

    def close(self):
        subprocess.run(["tmux", "-L", self.socket, "kill-server"],
                       capture_output=True, check=False)


def main(program, trace, target):
    terminal = Terminal(f"{program} {trace}")
    frames = []
    try:
        for keys, text, said in STORY:
            for key in keys:
                terminal.run("send-keys", key)
            frames.append(draw(terminal.screen_with(text), said))
    finally:
        terminal.close()
    with open(target, "w", encoding="utf-8") as out:
        out.write(svg(frames))
    print(f"{target}: {len(frames)} screens, {os.path.getsize(target)} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
