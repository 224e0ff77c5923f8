// SPDX-License-Identifier: Apache-2.0
// usage: syscall_loops KIND SECONDS
// Repeats a few system calls and prints the nanoseconds that one call took:
// the median of batches, so that what else the machine does hardly counts.
// With KIND getppid and a third argument, makes that many calls and no more.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { kRounds = 256, kBatchesMax = 1 << 16, kMessage = 64 };

static int pipe_ends[2];
static char buffer[kMessage];

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void call_getppid(void) {
  syscall(SYS_getppid);
}

static void open_fstat_read_close(void) {
  struct stat found;
  int fd = open("/etc/passwd", O_RDONLY);
  if (fd < 0 || fstat(fd, &found) != 0 || read(fd, buffer, sizeof buffer) < 0 ||
      close(fd) != 0)
    abort();
}

static void write_read_pipe(void) {
  if (write(pipe_ends[1], buffer, sizeof buffer) != sizeof buffer ||
      read(pipe_ends[0], buffer, sizeof buffer) != sizeof buffer)
    abort();
}

static const struct kind {
  const char* name;
  void (*run)(void);
  int calls;
} kinds[] = {{"getppid", call_getppid, 1},
             {"file", open_fstat_read_close, 4},
             {"pipe", write_read_pipe, 2}};

static int compare(const void* a, const void* b) {
  double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static double median_batch_ns(const struct kind* kind, double seconds) {
  static double batches[kBatchesMax];
  const double end = now_ns() + seconds * 1e9;
  int count = 0;
  for (double at = now_ns(); at < end && count < kBatchesMax; ++count) {
    for (int i = 0; i < kRounds; ++i) kind->run();
    const double next = now_ns();
    batches[count] = next - at;
    at = next;
  }
  qsort(batches, (size_t)count, sizeof *batches, compare);
  return batches[count / 2] / kRounds / kind->calls;
}

int main(int argc, char** argv) {
  if (argc < 3 || pipe(pipe_ends) != 0) return 2;
  long count = argc > 3 ? atol(argv[3]) : 0;
  if (count > 0) {
    while (count-- > 0) call_getppid();
    return 0;
  }
  for (size_t i = 0; i < sizeof kinds / sizeof *kinds; ++i) {
    if (strcmp(kinds[i].name, argv[1]) != 0) continue;
    printf("%.1f\n", median_batch_ns(&kinds[i], atof(argv[2])));
    return 0;
  }
  return 2;
}
