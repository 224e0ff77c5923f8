// SPDX-License-Identifier: Apache-2.0
#include "capture/bpf_session_tasks.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fmt/format.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "bpf/raw_record.h"
#include "format/unique_fd.h"
#include "snapshot.skel.h"

namespace vestige {
namespace {

// The kernel hands over at most eight pages at once, whole records.
constexpr size_t kPortionBytes = 64 * 1024;

Error failed(const char* what, int error) {
  return {ErrorKind::kSystem,
          fmt::format("iterators: {}: {}", what, std::strerror(error))};
}

void hand_over(std::span<const std::byte> bytes,
               const TaskIterators::Sink& sink) {
  while (bytes.size() >= sizeof(raw_record)) {
    raw_record head;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.size < sizeof head || head.size > bytes.size()) return;
    sink(bytes.first(head.size));
    bytes = bytes.subspan(head.size);
  }
}

Result<void> read_all(const bpf_link* link, const TaskIterators::Sink& sink,
                      const std::function<void()>& breathe) {
  const UniqueFd pass(bpf_iter_create(bpf_link__fd(link)));
  if (!pass) return failed("starting one", errno);
  std::array<std::byte, kPortionBytes> portion;
  while (true) {
    const ssize_t got = read(pass.get(), portion.data(), portion.size());
    if (got == 0) return {};
    // A million objects without a word: it only asks for patience.
    if (got < 0 && errno != EAGAIN && errno != EINTR)
      return failed("reading", errno);
    if (got > 0) hand_over(std::span(portion).first(size_t(got)), sink);
    breathe();
  }
}

}  // namespace

struct TaskIterators::State {
  snapshot_bpf* program = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { snapshot_bpf__destroy(program); }
};

TaskIterators::TaskIterators(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
TaskIterators::TaskIterators(TaskIterators&&) noexcept = default;
TaskIterators& TaskIterators::operator=(TaskIterators&&) noexcept = default;
TaskIterators::~TaskIterators() = default;

Result<TaskIterators> TaskIterators::open() {
  libbpf_set_print(nullptr);  // without them it goes on, too
  auto state = std::make_unique<State>();
  state->program = snapshot_bpf__open();
  if (!state->program) return failed("BPF program", errno);
  bpf_map__set_max_entries(state->program->maps.scratches,
                           libbpf_num_possible_cpus());
  // Of what is shared with the recording program, not used here.
  bpf_map__set_autocreate(state->program->maps.ring, false);
  bpf_map__set_autocreate(state->program->maps.new_files, false);
  if (const int error = snapshot_bpf__load(state->program))
    return failed("the kernel refused them", -error);
  if (const int error = snapshot_bpf__attach(state->program))
    return failed("attaching", -error);
  return TaskIterators(std::move(state));
}

Result<void> TaskIterators::read(uint64_t cgroup_id, const Sink& sink,
                                 const std::function<void()>& breathe) const {
  state_->program->bss->wanted_cgroup = cgroup_id;
  TRY(read_all(state_->program->links.tell_task, sink, breathe));
  return read_all(state_->program->links.tell_file, sink, breathe);
}

}  // namespace vestige
