// SPDX-License-Identifier: Apache-2.0
//
// Events in words, as strace users expect them. Everything returned is
// printable: bytes of the program are escaped (escape.h), lengths are those
// of what was captured, never of what a program claims.
#pragma once

#include <cstdint>
#include <string>

#include "format/event.h"

namespace vestige {

// How much of strings and payload is shown; 0: all there is.
struct TextLimits {
  uint32_t string_bytes = 256;
  uint32_t payload_bytes = 32;
};

// One argument: `AT_FDCWD`, `O_RDONLY|O_CLOEXEC`, `"/tmp/x"...` (there was
// more), `{tv_sec=1, tv_nsec=0}`, `0x7ffc0` (nothing was captured of it), `?`
// (the source of an import did not tell it).
void append_arg(std::string& out, const Event& event, int arg,
                const TextLimits& limits = {});
std::string arg_text(const Event& event, int arg,
                     const TextLimits& limits = {});

// How many arguments tell something: open without O_CREAT has no mode, prctl
// no more than its option takes.
int shown_args(const Event& event);

// `3</etc/passwd>`, `-1 ENOENT (No such file or directory)`, `?` (unknown).
void append_return(std::string& out, const Event& event);
std::string return_text(const Event& event);

// `openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3</etc/passwd>`
std::string event_text(const Event& event, const TextLimits& limits = {});

}  // namespace vestige
