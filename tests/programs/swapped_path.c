// SPDX-License-Identifier: Apache-2.0
// usage: swapped_path FOLDER COUNT: opens FOLDER/good COUNT times, while a
// second thread on another CPU writes FOLDER/evil over the argument and back.
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char argument[4096];
static size_t name_at;
static atomic_int is_over;
static atomic_long swaps;

static void write_name(const char* name) {
  volatile char* to = argument + name_at;
  for (int i = 0; i < 4; ++i) to[i] = name[i];
}

// So that the other thread runs at this moment.
static void wait_for_a_swap(void) {
  const long before = atomic_load(&swaps);
  while (atomic_load(&swaps) == before) sched_yield();
}

static void stay_on_cpu(size_t cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  sched_setaffinity(0, sizeof set, &set);
}

static void* swap(void* nothing) {
  stay_on_cpu(1);
  while (!atomic_load(&is_over)) {
    write_name("evil");
    write_name("good");
    atomic_fetch_add(&swaps, 1);
  }
  return nothing;
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  name_at = (size_t)snprintf(argument, sizeof argument - 5, "%s/", argv[1]);
  for (int i = 0; i < 2; ++i) {
    strcpy(argument + name_at, i == 0 ? "evil" : "good");
    close(open(argument, O_CREAT | O_WRONLY, 0600));
  }
  pthread_t thread;
  if (pthread_create(&thread, NULL, swap, NULL) != 0) return 4;
  stay_on_cpu(0);
  for (long count = atol(argv[2]); count > 0; --count) {
    wait_for_a_swap();
    close(open(argument, O_RDONLY));
  }
  atomic_store(&is_over, 1);
  pthread_join(thread, NULL);
  return 0;
}
