// SPDX-License-Identifier: Apache-2.0
// usage: many_calls COUNT: makes COUNT getppid calls and nothing else of note.
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(int argc, char** argv) {
  long count = argc > 1 ? atol(argv[1]) : 0;
  while (count-- > 0) syscall(SYS_getppid);
  return 0;
}
