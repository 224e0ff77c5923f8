// SPDX-License-Identifier: Apache-2.0
// usage: numbered_calls PROCESSES: in each of as many processes calls lseek
// with the numbers 0, 1, 2, ... as fast as it goes, until its parent ends.
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

int main(int argc, char** argv) {
  const int processes = argc > 1 ? atoi(argv[1]) : 1;
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  for (int i = 1; i < processes; ++i)
    if (fork() == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      break;
    }
  for (off_t number = 0;; ++number) lseek(-1, number, SEEK_SET);
}
