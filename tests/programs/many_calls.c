// SPDX-License-Identifier: Apache-2.0
// usage: many_calls COUNT [PROCESSES]: makes COUNT getppid calls, in each of
// as many processes at once, and nothing else of note.
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char** argv) {
  long count = argc > 1 ? atol(argv[1]) : 0;
  const long processes = argc > 2 ? atol(argv[2]) : 1;
  pid_t children[64];
  long made = 0;
  while (made < processes - 1 && made < 64) {
    children[made] = fork();
    if (children[made] == 0) break;
    ++made;
  }
  const int is_child = made < processes - 1 && made < 64;
  while (count-- > 0) syscall(SYS_getppid);
  for (long i = 0; i < made && !is_child; ++i) waitpid(children[i], NULL, 0);
  return 0;
}
