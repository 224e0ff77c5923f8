// SPDX-License-Identifier: Apache-2.0
#include "capture/bpf_session.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/membarrier.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bpf/capture_plan.h"
#include "bpf/raw_record.h"
#include "capture.skel.h"
#include "capture/bpf_session_ring.h"
#include "capture/clocks.h"
#include "capture/plans.h"
#include "capture/proc_file.h"
#include "format/unique_fd.h"

namespace vestige {
namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPollBudget = std::chrono::milliseconds(100);

// libbpf's last complaint: the one that says why. Set while loading.
std::string& last_complaint() {
  static std::string text;
  return text;
}

int keep_complaint(libbpf_print_level level, const char* format, va_list args) {
  if (level != LIBBPF_WARN) return 0;
  char line[256];
  vsnprintf(line, sizeof line, format, args);
  if (last_complaint().empty()) last_complaint() = line;
  return 0;
}

Error refused(std::string_view what, int error) {
  std::string why = std::strerror(error);
  if (error == EPERM || error == EACCES)
    why += "; needs root, or CAP_BPF and CAP_PERFMON";
  std::string detail = last_complaint().substr(0, last_complaint().find('\n'));
  if (!detail.empty()) why += " (" + detail + ")";
  return {ErrorKind::kSystem, fmt::format("{}: {}", what, why)};
}

constexpr const char* kTooOld =
    "this kernel cannot run the BPF program: Linux 5.11 or later is needed";

// Storage on tasks came with 5.11.
bool is_too_old() {
  return libbpf_probe_bpf_map_type(BPF_MAP_TYPE_TASK_STORAGE, nullptr) == 0;
}

}  // namespace

template <typename Operation>
static void combine(SlotCounts& to, const SlotCounts& other, Operation how) {
  to.wanted = how(to.wanted, other.wanted);
  to.ring_full = how(to.ring_full, other.ring_full);
  to.part_fault = how(to.part_fault, other.part_fault);
  to.part_truncated = how(to.part_truncated, other.part_truncated);
  to.part_dropped = how(to.part_dropped, other.part_dropped);
  to.no_storage = how(to.no_storage, other.no_storage);
  std::ranges::transform(to.ring_full_by_cpu, other.ring_full_by_cpu,
                         to.ring_full_by_cpu.begin(), how);
}

SlotCounts SlotCounts::since(const SlotCounts& base) const {
  SlotCounts out = *this;
  combine(out, base, std::minus{});
  return out;
}

void SlotCounts::add(const SlotCounts& more) {
  combine(*this, more, std::plus{});
}

struct BpfSession::State {
  capture_bpf* program = nullptr;
  std::optional<RingReader> ring;
  uint16_t slot_count = 0;
  std::vector<LossReason> unseen;
  UniqueFd wake;  // epoll, edge-triggered: the fill threshold was passed

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { capture_bpf__destroy(program); }
};

BpfSession::BpfSession(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
BpfSession::BpfSession(BpfSession&&) noexcept = default;
BpfSession& BpfSession::operator=(BpfSession&&) noexcept = default;
BpfSession::~BpfSession() = default;

const std::vector<LossReason>& BpfSession::unseen() const {
  return state_->unseen;
}

uint16_t BpfSession::slots_max() {
  return SLOTS_MAX;
}

// How many arguments the programs of a tracepoint are given; 0: there is no
// such tracepoint.
static int tracepoint_args(const btf* kernel, const char* name) {
  const int id = btf__find_by_name_kind(
      kernel, fmt::format("btf_trace_{}", name).c_str(), BTF_KIND_TYPEDEF);
  const btf_type* type = id > 0 ? btf__type_by_id(kernel, id) : nullptr;
  while (type && (btf_is_typedef(type) || btf_is_ptr(type)))
    type = btf__type_by_id(kernel, type->type);
  return type ? btf_vlen(type) - 1 : 0;  // the first is not handed on
}

// Those of the io_uring tracepoints, which changed, that fit this kernel.
// False if none does.
static bool choose_io_uring(capture_bpf& program, const btf* kernel) {
  const int completed = tracepoint_args(kernel, "io_uring_complete");
  const bool has_req = tracepoint_args(kernel, "io_uring_submit_req") > 0;
  const bool has_sqe = tracepoint_args(kernel, "io_uring_submit_sqe") == 2;
  const bool has_both =
      (has_req || has_sqe) && (completed == 3 || completed == 7);
  const auto take = [&](bpf_program* one, bool fits) {
    bpf_program__set_autoload(one, has_both && fits);
  };
  take(program.progs.on_io_submit_req, has_req);
  take(program.progs.on_io_submit_sqe, !has_req);
  take(program.progs.on_io_complete_cqe, completed == 3);
  take(program.progs.on_io_complete, completed == 7);
  return has_both;
}

// Those of modules, on a kernel that has them. False if some would be missed.
static bool choose_modules(capture_bpf& program, const btf* kernel) {
  const bool has_both = tracepoint_args(kernel, "module_load") > 0 &&
                        tracepoint_args(kernel, "module_free") > 0;
  bpf_program__set_autoload(program.progs.on_module_load, has_both);
  bpf_program__set_autoload(program.progs.on_module_free, has_both);
  return has_both || access("/proc/modules", F_OK) != 0;
}

static void configure(capture_bpf& program, const SessionOptions& options) {
  const Plans plans = make_plans();
  auto& rodata = *program.rodata;
  std::ranges::copy(plans.calls, rodata.plans);
  std::ranges::copy(plans.variants, rodata.variants);
  rodata.string_limit =
      std::min<uint32_t>(options.string_limit, STRING_LIMIT_MAX);
  rodata.payload_limit = std::min<uint32_t>(options.snaplen, PAYLOAD_LIMIT_MAX);
  rodata.payload_by_class = options.payload.is_set();
  std::ranges::copy(options.payload.limits(rodata.payload_limit),
                    rodata.payload_limits);
  rodata.argv_limit = std::min<uint32_t>(options.argv_limit, ARGV_LIMIT_MAX);
  rodata.skipped_pid = options.skipped_pid;
  rodata.has_newcomers = options.has_newcomers;
  bpf_program__set_autoload(program.progs.on_cgroup_made,
                            options.has_newcomers);
  rodata.wake_bytes = options.ring_bytes / 4;
  bpf_map__set_max_entries(program.maps.ring, options.ring_bytes);
  const int cpus = libbpf_num_possible_cpus();
  bpf_map__set_max_entries(program.maps.scratches, cpus);
  bpf_map__set_max_entries(program.maps.slot_answers, cpus);
  bpf_program__set_autoload(program.progs.on_sys_enter, options.has_enter);
}

// Level-triggered, as libbpf has it, any record in the ring would end the
// wait at once, and records would be handed over one by one.
Result<void> BpfSession::watch_wakeups(State& state) {
  const int ring_fd = bpf_map__fd(state.program->maps.ring);
  state.wake = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  epoll_event wanted = {.events = EPOLLIN | EPOLLET, .data = {}};
  if (!state.wake ||
      epoll_ctl(state.wake.get(), EPOLL_CTL_ADD, ring_fd, &wanted) != 0)
    return refused("ring buffer", errno);
  return {};
}

Result<BpfSession> BpfSession::open(const SessionOptions& options) {
  if (access("/sys/kernel/btf/vmlinux", R_OK) != 0)
    return Error{ErrorKind::kSystem,
                 "/sys/kernel/btf/vmlinux: this kernel has no BTF; one built "
                 "with CONFIG_DEBUG_INFO_BTF is needed"};
  libbpf_set_print(keep_complaint);
  last_complaint().clear();
  auto state = std::make_unique<State>();
  state->program = capture_bpf__open();
  if (!state->program) return refused("BPF program", errno);
  configure(*state->program, options);
  const std::unique_ptr<btf, decltype(&btf__free)> kernel(
      btf__load_vmlinux_btf(), btf__free);
  if (!kernel) return refused("the kernel's BTF", errno);
  if (!choose_io_uring(*state->program, kernel.get()))
    state->unseen.push_back(LossReason::kIoUring);
  if (!choose_modules(*state->program, kernel.get()))
    state->unseen.push_back(LossReason::kModules);
  if (const int error = capture_bpf__load(state->program))
    return is_too_old() ? Error{ErrorKind::kSystem, kTooOld}
                        : refused("the kernel refused the BPF program", -error);
  state->ring = TRY(RingReader::open(bpf_map__fd(state->program->maps.ring),
                                     options.ring_bytes));
  TRY(watch_wakeups(*state));
  return BpfSession(std::move(state));
}

Result<void> BpfSession::select(uint16_t slot, int cgroup_fd) {
  const uint32_t key = slot;
  if (bpf_map_update_elem(bpf_map__fd(state_->program->maps.slots), &key,
                          &cgroup_fd, BPF_ANY))
    return refused("cgroup selection", errno);
  state_->slot_count = std::max<uint16_t>(state_->slot_count, slot + 1);
  state_->program->bss->slot_count = state_->slot_count;
  ++state_->program->bss->slot_generation;
  return {};
}

Result<void> BpfSession::deselect(uint16_t slot) {
  const uint32_t key = slot;
  if (bpf_map_delete_elem(bpf_map__fd(state_->program->maps.slots), &key) &&
      errno != ENOENT)
    return refused("cgroup selection", errno);
  ++state_->program->bss->slot_generation;
  return {};
}

uint16_t BpfSession::journal_slot() {
  return SLOT_JOURNAL;
}

void BpfSession::give_slot(uint16_t slot) {
  const uint32_t value = slot;  // there is room for all slots
  bpf_map_update_elem(bpf_map__fd(state_->program->maps.spare_slots), nullptr,
                      &value, BPF_ANY);
}

void BpfSession::forget_newcomer(uint64_t cgroup_id) {
  bpf_map_delete_elem(bpf_map__fd(state_->program->maps.newcomers), &cgroup_id);
  ++state_->program->bss->slot_generation;
}

std::vector<std::pair<uint64_t, uint16_t>> BpfSession::newcomers() const {
  const int map = bpf_map__fd(state_->program->maps.newcomers);
  std::vector<std::pair<uint64_t, uint16_t>> out;
  uint64_t id = 0;
  const uint64_t* last = nullptr;
  while (bpf_map_get_next_key(map, last, &id) == 0) {
    uint32_t slot = 0;
    if (bpf_map_lookup_elem(map, &id, &slot) == 0)
      out.emplace_back(id, uint16_t(slot));
    if (out.size() > NEWCOMERS_MAX) break;  // it changes while it is read
    last = &id;
  }
  return out;
}

Result<void> BpfSession::attach() {
  last_complaint().clear();
  if (const int error = capture_bpf__attach(state_->program))
    return refused("attaching to the kernel's tracepoints", -error);
  return {};
}

void BpfSession::detach() {
  capture_bpf__detach(state_->program);
}

// Programs of tracepoints run within an RCU section, and this command of
// membarrier waits for all of those. Where the kernel does not have it (full
// dynticks), time does as well: they take microseconds.
void BpfSession::settle() {
  constexpr auto kLongEnough = std::chrono::milliseconds(100);
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0) != 0)
    std::this_thread::sleep_for(kLongEnough);
}

Result<uint64_t> BpfSession::poll(int timeout_ms, const Sink& sink) {
  state_->program->bss->consumer_sleeps = 1;
  epoll_event event;
  if (epoll_wait(state_->wake.get(), &event, 1, timeout_ms) < 0 &&
      errno != EINTR)
    return refused("ring buffer", errno);
  state_->program->bss->consumer_sleeps = 0;
  const auto until = Clock::now() + kPollBudget;
  return state_->ring->read(sink, [until] { return Clock::now() < until; });
}

uint64_t BpfSession::take(const Sink& sink,
                          const std::function<bool()>& goes_on) {
  const auto until = Clock::now() + kPollBudget;
  return state_->ring->read(sink,
                            [&] { return goes_on() && Clock::now() < until; });
}

uint64_t BpfSession::drain(const Sink& sink) {
  return state_->ring->drain(sink);
}

std::vector<Event> BpfSession::calls_in_flight(pid_t pid,
                                               uint64_t cgroup_id) const {
  constexpr unsigned kPidfdThread = O_EXCL;  // since 6.9
  const int map = bpf_map__fd(state_->program->maps.in_flight);
  std::vector<Event> calls;
  for (const std::string& name :
       list_directory(fmt::format("/proc/{}/task", pid))) {
    const auto tid = pid_t(parse_number(name).value_or(0));
    const unsigned flags = tid == pid ? 0 : kPidfdThread;
    const UniqueFd task(int(syscall(SYS_pidfd_open, tid, flags)));
    const int key = task.get();
    in_flight_call call = {};
    if (!task || bpf_map_lookup_elem(map, &key, &call) != 0 ||
        call.enter_ns == 0)
      continue;
    Event event;
    event.type = {Abi(call.abi), uint16_t(call.number)};
    event.flags = kHasEnter | kInFlight;
    event.pid = uint32_t(pid);
    event.tid = uint32_t(tid);
    event.process_start_ns = call.process_start_ns;
    event.cgroup_id = cgroup_id;
    event.time_ns = boot_ns();
    event.duration_ns = event.time_ns - call.enter_ns;
    std::ranges::copy(call.args, event.args.begin());
    calls.push_back(event);
  }
  return calls;
}

void BpfSession::take_requests_in_flight(uint16_t slot, const Sink& sink) {
  const bpf_map* map = state_->program->maps.saved_ios;
  std::vector<std::byte> bytes(bpf_map__value_size(map));
  std::vector<uint64_t> requests;
  uint64_t request = 0;
  // Others come and go meanwhile, which can lead back to the first.
  while (requests.size() < bpf_map__max_entries(map) &&
         bpf_map__get_next_key(map,
                               requests.empty() ? nullptr : &requests.back(),
                               &request, sizeof request) == 0)
    requests.push_back(request);
  for (const uint64_t each : requests) {
    raw_record head;
    if (bpf_map__lookup_elem(map, &each, sizeof each, bytes.data(),
                             bytes.size(), 0) != 0)
      continue;
    std::memcpy(&head, bytes.data(), sizeof head);
    if (head.slot != slot) continue;
    sink(bytes);
    bpf_map__delete_elem(map, &each, sizeof each, 0);
  }
}

SlotCounts BpfSession::counts(uint16_t slot) const {
  std::vector<slot_counters> per_cpu(libbpf_num_possible_cpus());
  const uint32_t key = slot;
  SlotCounts sum;
  if (bpf_map_lookup_elem(bpf_map__fd(state_->program->maps.counters), &key,
                          per_cpu.data()))
    return sum;
  for (const slot_counters& c : per_cpu) {
    sum.wanted += c.wanted;
    sum.ring_full += c.ring_full;
    sum.ring_full_by_cpu.push_back(c.ring_full);
    sum.part_fault += c.part_fault;
    sum.part_truncated += c.part_truncated;
    sum.part_dropped += c.part_dropped;
    sum.no_storage += c.no_storage;
  }
  return sum;
}

}  // namespace vestige
