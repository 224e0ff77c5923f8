// SPDX-License-Identifier: Apache-2.0
// usage: varied_calls FOLDER: makes calls with every kind of argument, most
// of which succeed. What it does is told by whoever watches.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

static void files(void) {
  char text[300], link[64];
  memset(text, 'x', sizeof text);
  mkdir("a folder", 0751);
  int fd = open("a folder/file", O_RDWR | O_CREAT | O_EXCL, 0640);
  write(fd, text, sizeof text);
  pwrite(fd, "at ten", 6, 10);
  struct iovec out[3] = {{"one", 3}, {"two two", 7}, {"", 0}};
  writev(fd, out, 3);
  lseek(fd, 0, SEEK_SET);
  struct iovec in[2] = {{text, 10}, {text + 10, 20}};
  readv(fd, in, 2);
  preadv2(fd, in, 2, 5, 0);
  read(fd, text, sizeof text);
  ftruncate(fd, 1000);
  fchmod(fd, 0600);
  fallocate(fd, 0, 0, 2000);
  fsetxattr(fd, "user.mark", "value", 5, 0);
  getxattr("a folder/file", "user.mark", text, sizeof text);
  struct timespec times[2] = {{1, 2}, {3, 4}};
  utimensat(AT_FDCWD, "a folder/file", times, 0);
  symlink("a folder/file", "link");
  readlink("link", link, sizeof link);
  rename("a folder/file", "a folder/renamed");
  linkat(AT_FDCWD, "a folder/renamed", AT_FDCWD, "hard", 0);
  struct open_how how = {.flags = O_RDONLY, .resolve = RESOLVE_NO_SYMLINKS};
  close(syscall(SYS_openat2, AT_FDCWD, "hard", &how, sizeof how));
  unlink("hard");
  chmod("a folder/renamed", 04755);
  access("nothing here", R_OK);
  open("a folder/none/none", O_RDONLY);
  struct statfs fs;
  statfs("/", &fs);
  char cwd[256];
  getcwd(cwd, sizeof cwd);
  chdir("a folder");
  chdir("..");
  int other = open("copy", O_WRONLY | O_CREAT, 0600);
  sendfile(other, fd, NULL, 100);
  mknod("fifo", S_IFIFO | 0600, 0);
  close(other);
  dup3(fd, 100, O_CLOEXEC);
  fcntl(fd, F_SETFD, FD_CLOEXEC);
  struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 10};
  fcntl(fd, F_SETLK, &lock);
  close(fd);
}

static void sockets(void) {
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  struct sockaddr_in here = {.sin_family = AF_INET};
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  bind(listener, (struct sockaddr*)&here, sizeof here);
  listen(listener, 5);
  getsockname(listener, (struct sockaddr*)&here, &size);
  int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  connect(client, (struct sockaddr*)&here, sizeof here);
  int server = accept4(listener, (struct sockaddr*)&here, &size, SOCK_CLOEXEC);
  send(client, "to the server", 13, MSG_NOSIGNAL);
  char text[64];
  recv(server, text, sizeof text, 0);
  shutdown(client, SHUT_RDWR);
  here.sin_port = htons(1);
  connect(socket(AF_INET, SOCK_STREAM, 0), (struct sockaddr*)&here,
          sizeof here);
  struct sockaddr_un name = {AF_UNIX, "a socket"};
  int named = socket(AF_UNIX, SOCK_DGRAM, 0);
  bind(named, (struct sockaddr*)&name, sizeof name);
  int other = socket(AF_UNIX, SOCK_DGRAM, 0);
  sendto(other, "datagram", 8, 0, (struct sockaddr*)&name, sizeof name);
  recvfrom(named, text, sizeof text, 0, NULL, NULL);
  int pair[2];
  socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
  char control[CMSG_SPACE(sizeof(int))] = {0};
  struct iovec part[2] = {{"with a ", 7}, {"descriptor", 10}};
  struct msghdr message = {.msg_iov = part,
                           .msg_iovlen = 2,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr* head = CMSG_FIRSTHDR(&message);
  head->cmsg_level = SOL_SOCKET;
  head->cmsg_type = SCM_RIGHTS;
  head->cmsg_len = CMSG_LEN(sizeof(int));
  memcpy(CMSG_DATA(head), &client, sizeof(int));
  sendmsg(pair[0], &message, 0);
  struct iovec into = {text, sizeof text};
  struct msghdr received = {.msg_iov = &into,
                            .msg_iovlen = 1,
                            .msg_control = control,
                            .msg_controllen = sizeof control};
  recvmsg(pair[1], &received, 0);
  struct mmsghdr many[2] = {{{.msg_iov = part, .msg_iovlen = 1}, 0},
                            {{.msg_iov = part + 1, .msg_iovlen = 1}, 0}};
  sendmmsg(pair[0], many, 2, 0);
}

static void processes(void) {
  int pipes[2];
  pipe2(pipes, O_CLOEXEC);
  pid_t child = fork();
  if (child == 0) {
    char* argv[] = {"true", "an argument", NULL};
    char* envp[] = {"VARIED=yes", NULL};
    execve("/no/such/file", argv, envp);
    execve("/bin/true", argv, envp);
    _exit(1);
  }
  int status;
  wait4(child, &status, 0, NULL);
  child = fork();
  if (child == 0) {
    pause();
    _exit(1);
  }
  kill(child, SIGTERM);
  waitpid(child, &status, 0);
  prctl(PR_SET_NAME, "renamed", 0, 0, 0);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  setrlimit(RLIMIT_NOFILE, &limit);
  struct sigaction action = {.sa_handler = SIG_IGN};
  sigaction(SIGUSR1, &action, NULL);
  raise(SIGUSR1);
  sched_yield();
  setpgid(0, 0);
  umask(022);
}

static void others(void) {
  int memory = memfd_create("in memory", MFD_CLOEXEC);
  write(memory, "hidden", 6);
  int epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN, .data.u32 = 7};
  int pipes[2];
  pipe(pipes);
  epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[0], &event);
  write(pipes[1], "!", 1);
  epoll_wait(epoll, &event, 1, 0);
  struct pollfd polled = {pipes[0], POLLIN, 0};
  poll(&polled, 1, 0);
  struct timespec moment = {0, 1000};
  nanosleep(&moment, NULL);
  clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
  struct utsname names;
  uname(&names);
  void* page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  mprotect(page, 4096, PROT_READ | PROT_EXEC);
  munmap(page, 4096);
  syscall(SYS_getrandom, &names, 16, 0);
  mount("nothing", "/no/such/place", "tmpfs", 0, "size=1k");
  syscall(SYS_ptrace, 0x4206, 1, 0, 0);
  syscall(SYS_bpf, -1, &names, 8);
  syscall(SYS_seccomp, 3, 0, NULL);
  write(-1, "nowhere", 7);
  syscall(SYS_write, memory, 1L, 100L);
}

int main(int argc, char** argv) {
  if (argc < 2 || chdir(argv[1]) != 0) return 2;
  files();
  sockets();
  processes();
  others();
  return 0;
}
