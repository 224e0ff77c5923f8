// SPDX-License-Identifier: Apache-2.0
// What a container may do to whoever watches it. usage: hostile MODE
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static int fail(const char *what) {
  perror(what);
  return 1;
}

// 1,900,000 bytes of arguments, in many and in one.
static int huge_argv(const char *self) {
  enum { kMany = 15000, kOne = 130000 };
  static char *argv[kMany + 4];
  char *one = malloc(kOne);
  int n = 0;
  memset(one, 'A', kOne - 1);
  one[kOne - 1] = 0;
  argv[n++] = (char *)self;
  argv[n++] = "nothing";
  argv[n++] = one;
  for (int i = 0; i < kMany; ++i) argv[n++] = "many\n\033[31m%s%n";
  argv[n] = NULL;
  execv(self, argv);
  return fail("execv");
}

// 1024 pieces of 4 MiB each are 4 GiB; the kernel writes what it can.
static int huge_writev(void) {
  enum { kPiece = 4 << 20 };
  static struct iovec pieces[1024];
  char *piece = mmap(NULL, kPiece, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const int fd = open("/dev/null", O_WRONLY);
  if (piece == MAP_FAILED || fd < 0) return fail("writev");
  for (int i = 0; i < 1024; ++i) pieces[i] = (struct iovec){piece, kPiece};
  for (int i = 0; i < 100; ++i)
    if (writev(fd, pieces, 1024) < 0) return fail("writev");
  // Lies about sizes and addresses.
  pieces[0].iov_base = (void *)1;
  pieces[1].iov_len = (size_t)-1;
  writev(fd, pieces, 1024);
  syscall(SYS_writev, fd, (void *)-1, (size_t)-1);
  syscall(SYS_execve, (void *)-1, (void *)-1, (void *)-1);
  syscall(SYS_sendmsg, fd, (void *)8, -1);
  syscall(-1, -1, -1, -1, -1, -1, -1);
  return 0;
}

static int many_fds(void) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (int i = 0; i < 50000; ++i)
    if (open("/dev/null", O_RDONLY) < 0) break;
  sleep(4);
  return 0;
}

static int many_forks(void) {
  for (int i = 0; i < 3000; ++i) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    if (child > 0) waitpid(child, NULL, 0);
  }
  return 0;
}

static void *rest(void *unused) {
  sleep(3);
  return unused;
}

static int many_threads(void) {
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 16384);
  int made = 0;
  pthread_t thread;
  while (made < 20000 && !pthread_create(&thread, &small, rest, NULL)) ++made;
  printf("%d threads\n", made);
  sleep(4);
  return 0;
}

static int odd_names(void) {
  static const char *const kNames[] = {"/tmp/a\nvestige: done\n",
                                       "/tmp/\033]0;title\a\033[2J",
                                       "/tmp/\xff\xfe",
                                       "/tmp/%s%n%s%n",
                                       "/tmp/\xe2\x80\xae"
                                       "gpj.exe",
                                       "/tmp/$(id)`id`"};
  prctl(PR_SET_NAME, "\n)\033 R 1 (");
  for (size_t i = 0; i < sizeof kNames / sizeof *kNames; ++i) {
    const int fd = open(kNames[i], O_CREAT | O_RDWR, 0600);
    if (fd < 0) return fail("open");
    chdir("/tmp");
  }
  char longest[5000];
  memset(longest, 'x', sizeof longest - 1);
  longest[0] = '/';
  longest[sizeof longest - 1] = 0;
  open(longest, O_RDONLY);
  // A folder so deep that its path has more than PATH_MAX bytes.
  for (int i = 0; i < 100; ++i) {
    longest[200] = 0;
    if (mkdir(longest + 1, 0700) != 0 && errno != EEXIST) break;
    if (chdir(longest + 1) != 0) break;
  }
  close(open("deep", O_CREAT | O_RDWR, 0600));
  sleep(2);
  return 0;
}

int main(int argc, char **argv) {
  const char *mode = argc > 1 ? argv[1] : "";
  if (!strcmp(mode, "nothing")) return 0;
  if (!strcmp(mode, "argv")) return huge_argv(argv[0]);
  if (!strcmp(mode, "writev")) return huge_writev();
  if (!strcmp(mode, "fds")) return many_fds();
  if (!strcmp(mode, "forks")) return many_forks();
  if (!strcmp(mode, "threads")) return many_threads();
  if (!strcmp(mode, "names")) return odd_names();
  return 2;
}
