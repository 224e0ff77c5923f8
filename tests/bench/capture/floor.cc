// SPDX-License-Identifier: Apache-2.0
// usage: floor exit|pair: attaches empty programs to the end, or to the start
// and the end of every system call, says so, and holds them until its input
// ends.
#include <cstdio>
#include <string_view>

#include "floor.skel.h"

int main(int argc, char** argv) {
  const bool is_pair = argc == 2 && std::string_view(argv[1]) == "pair";
  floor_bpf* program = floor_bpf__open();
  if (!program) return 4;
  bpf_program__set_autoload(program->progs.on_sys_enter, is_pair);
  if (floor_bpf__load(program) != 0 || floor_bpf__attach(program) != 0)
    return 4;
  std::puts("ready");
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  floor_bpf__destroy(program);
  return 0;
}
