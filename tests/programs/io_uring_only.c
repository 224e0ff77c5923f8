// SPDX-License-Identifier: Apache-2.0
// Makes, writes, reads, renames and removes a file in the working directory
// and connects to a closed port, all by io_uring. With an argument: asks for
// what never comes, makes a file of that name, and sleeps for 5 s. Exit
// code 77: no io_uring.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/io_uring.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

static int ring;
static struct io_uring_params params;
static char *sq, *cq;
static struct io_uring_sqe* sqes;

static unsigned* at(char* base, unsigned offset) {
  return (unsigned*)(base + offset);
}

static int set_up(void) {
  ring = (int)syscall(SYS_io_uring_setup, 4, &params);
  if (ring < 0) return -1;
  const size_t sq_size = params.sq_off.array + params.sq_entries * 4;
  const size_t cq_size =
      params.cq_off.cqes + params.cq_entries * sizeof(struct io_uring_cqe);
  sq = mmap(0, sq_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
            IORING_OFF_SQ_RING);
  cq = mmap(0, cq_size, PROT_READ | PROT_WRITE, MAP_SHARED, ring,
            IORING_OFF_CQ_RING);
  sqes = mmap(0, params.sq_entries * sizeof *sqes, PROT_READ | PROT_WRITE,
              MAP_SHARED, ring, IORING_OFF_SQES);
  return 0;
}

static void submit(struct io_uring_sqe request, unsigned wait_for) {
  unsigned* tail = at(sq, params.sq_off.tail);
  const unsigned slot = *tail & *at(sq, params.sq_off.ring_mask);
  sqes[slot] = request;
  at(sq, params.sq_off.array)[slot] = slot;
  __atomic_store_n(tail, *tail + 1, __ATOMIC_RELEASE);
  syscall(SYS_io_uring_enter, ring, 1, wait_for, IORING_ENTER_GETEVENTS, NULL,
          0);
}

// One request, submitted and waited for; its result.
static int perform(struct io_uring_sqe request) {
  submit(request, 1);
  unsigned* head = at(cq, params.cq_off.head);
  struct io_uring_cqe* cqes = (void*)(cq + params.cq_off.cqes);
  const int result = cqes[*head & *at(cq, params.cq_off.ring_mask)].res;
  __atomic_store_n(head, *head + 1, __ATOMIC_RELEASE);
  return result;
}

// Returns when somebody ends the pause early.
static int wait_in_vain(const char* ready) {
  static char buffer[64];
  int ends[2];
  if (pipe(ends) != 0) return 1;
  submit((struct io_uring_sqe){.opcode = IORING_OP_READ,
                               .fd = ends[0],
                               .addr = (uintptr_t)buffer,
                               .len = sizeof buffer},
         0);
  close(open(ready, O_WRONLY | O_CREAT, 0600));
  sleep(5);
  return 0;
}

int main(int argc, char** argv) {
  if (set_up() != 0) return 77;
  if (argc > 1) return wait_in_vain(argv[1]);
  const char name[] = "made by io_uring", other[] = "renamed";
  const char text[] = "written by io_uring";
  char buffer[64];
  const int fd = perform((struct io_uring_sqe){.opcode = IORING_OP_OPENAT,
                                               .fd = AT_FDCWD,
                                               .addr = (uintptr_t)name,
                                               .open_flags = O_RDWR | O_CREAT,
                                               .len = 0600});
  const int written = perform((struct io_uring_sqe){.opcode = IORING_OP_WRITE,
                                                    .fd = fd,
                                                    .addr = (uintptr_t)text,
                                                    .len = sizeof text});
  const int read = perform((struct io_uring_sqe){.opcode = IORING_OP_READ,
                                                 .fd = fd,
                                                 .addr = (uintptr_t)buffer,
                                                 .len = sizeof buffer});
  const int renamed =
      perform((struct io_uring_sqe){.opcode = IORING_OP_RENAMEAT,
                                    .fd = AT_FDCWD,
                                    .addr = (uintptr_t)name,
                                    .len = (unsigned)AT_FDCWD,
                                    .addr2 = (uintptr_t)other});
  const int removed = perform((struct io_uring_sqe){
      .opcode = IORING_OP_UNLINKAT, .fd = AT_FDCWD, .addr = (uintptr_t)other});
  perform((struct io_uring_sqe){.opcode = IORING_OP_CLOSE, .fd = fd});
  struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(1)};
  where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int socket_fd = socket(AF_INET, SOCK_STREAM, 0);
  const int connected =
      perform((struct io_uring_sqe){.opcode = IORING_OP_CONNECT,
                                    .fd = socket_fd,
                                    .addr = (uintptr_t)&where,
                                    .off = sizeof where});
  printf("open %d write %d read %d rename %d unlink %d connect %d\n", fd,
         written, read, renamed, removed, connected);
  return fd < 0 || renamed != 0 || removed != 0;
}
