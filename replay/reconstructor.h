// SPDX-License-Identifier: Apache-2.0
//
// The one place where an effect becomes a change of state and a row of facts.
// Feed it a trace in file order; ask for the facts at the end, or for the
// state after any event.
//
// What the kernel reported of an object (path, file, socket) always wins over
// what was concluded from earlier events, and corrects it.
//
// Not thread-safe.
#pragma once

#include <array>
#include <deque>
#include <optional>
#include <string_view>
#include <unordered_map>

#include "format/snapshot.h"
#include "replay/call.h"
#include "replay/content/transfer.h"
#include "replay/fact_tables.h"
#include "replay/facts/facts.h"
#include "replay/protocol/messages.h"
#include "replay/state/file_lives.h"
#include "replay/state/mounts.h"
#include "replay/state/open_file.h"
#include "replay/state/path_resolver.h"
#include "replay/state/process_tree.h"
#include "replay/state/socket_owners.h"
#include "replay/state/sockets.h"
#include "replay/text_pool.h"

namespace vestige {

// A sockaddr as programs pass it; no endpoint if it is none.
Endpoint parse_endpoint(std::string_view bytes, TextPool& texts);

class Reconstructor {
 public:
  // texts must outlive the reconstructor and all facts.
  explicit Reconstructor(TextPool& texts);
  Reconstructor(const Reconstructor&) = delete;
  Reconstructor& operator=(const Reconstructor&) = delete;

  void apply(const Event& event, Position at);
  // at: of the snapshot, for the rows that it makes.
  void apply(const Snapshot& snapshot, Position at);
  void apply(const Loss& loss) { losses_.push_back(loss); }

  // Tells of every byte that moves; nullptr: nobody. Must outlive the last
  // apply().
  void watch(TransferWatcher* watcher) { watcher_ = watcher; }
  // Tells of every operation on a file; nullptr: nobody.
  void watch_files(FileWatcher* watcher) { file_watcher_ = watcher; }

  // Tells of every row that an event goes into. Their indices are those in
  // Facts. Must outlive the last apply().
  void watch(TouchedRows* touched) { tables_.watch(touched); }

  // From now on, facts about files and actions are not kept: see finish().
  void want_state_only() { tables_.keep_latest_only(); }

  // All facts so far; ends the reconstruction.
  Facts finish();
  // A copy of all facts so far; the reconstruction goes on.
  [[nodiscard]] Facts so_far() const;

  // The state after the last event.
  ProcessTree& tree() { return tree_; }
  [[nodiscard]] const ProcessTree& tree() const { return tree_; }
  Sockets& sockets() { return sockets_; }
  [[nodiscard]] const Mounts& mounts() const { return mounts_; }
  // The name whose DNS lookup gave the address last before that time; empty
  // if none did.
  [[nodiscard]] std::string_view name_of(const Endpoint& endpoint,
                                         uint64_t time_ns) const {
    return messages_.name_of(endpoint, time_ns);
  }
  // Whose event the last one was.
  [[nodiscard]] const Process* current() const { return current_; }

 private:
  // One event on its way through the handlers.
  struct Now {
    const Event& event;
    Position at;
    Call call;
    Task& task;
    Process& process;
  };
  // What a call acted upon, by path or by descriptor.
  struct Target {
    std::string_view path;
    std::string_view requested;
    Certainty certainty = Certainty::kUnknown;
    OpenFile* file = nullptr;  // when it was named by a descriptor
    FileIdentity identity;
    Layer layer = Layer::kUnknown;
    bool is_deleted = false;
    OpenFileKind kind = OpenFileKind::kUnknown;
  };
  // For descriptors about which the event itself tells nothing.
  static constexpr uint8_t kNoArg = 0xff;

  static void find_entries(std::vector<ProcessRow>& processes);
  void find_whereabouts(const Event& event, Position at);
  void dispatch(const Now& now);
  // Facts that hold the rows of all tables, but not of processes yet.
  [[nodiscard]] Facts complete(Facts facts) const;
  static ProcessTree::Moment moment(const Now& now) {
    return {now.event.time_ns, now.at};
  }

  // reconstruct_credentials.cc
  void on_set_credentials(const Now& now);
  void set_ids(const Now& now, CredentialsPart& ids);
  void set_capabilities(const Now& now, CredentialsPart& ids);
  void keep_capabilities(const Now& now);
  void note_credentials(const Now& now, Process& process, Certainty certainty);

  // reconstruct_tasks.cc
  void on_task_fork(const Now& now);
  void on_task_exec(const Now& now);
  void on_task_exit(const Now& now);
  void on_fork(const Now& now);
  void on_exec(const Now& now);
  void on_signal(const Now& now);
  void on_signal_sent(const Now& now);
  void on_namespace(const Now& now);
  void on_session(const Now& now);
  void on_prctl(const Now& now);
  void on_ptrace(const Now& now);
  void on_act(const Now& now, ActionOp op);
  void run_program(const Now& now);
  void unshare_directories(Task& task);
  ExecRow exec_of(const Now& now, std::string_view filename);

  // reconstruct_fds.cc
  void on_close(const Now& now);
  void close(const Now& now, int fd);
  void on_dup(const Now& now);
  void on_fcntl(const Now& now);
  void on_pipe(const Now& now);
  void on_new_fd(const Now& now);
  void on_close_range(const Now& now);
  void on_pidfd_getfd(const Now& now);
  void on_seek(const Now& now);
  void unshare_fds(Task& task);
  static std::optional<std::array<int, 2>> fd_pair(const Now& now);

  // reconstruct_files.cc
  void on_open(const Now& now);
  void on_read(const Now& now);
  void on_write(const Now& now);
  void on_copy(const Now& now);
  void on_list(const Now& now);
  void on_map(const Now& now);
  void on_rename(const Now& now);
  void on_link(const Now& now);
  void on_symlink(const Now& now);
  void on_unlink(const Now& now, FileOp op);
  void on_make(const Now& now, FileOp op);
  void on_change(const Now& now, FileOp op);
  void on_truncate(const Now& now);
  void on_lookup(const Now& now);
  void on_chdir(const Now& now);
  void on_chroot(const Now& now);
  void on_mount(const Now& now);
  void on_umount(const Now& now);
  static std::optional<uint64_t> copy_offset(const Now& now, int index);
  Copy::End copy_end(OpenFile& file, std::optional<uint64_t> offset);
  void doubt_offset(OpenFile& file);
  // offset: where, if not at the file's own offset.
  void move_bytes(const Now& now, OpenFile& file, Flow flow,
                  std::optional<uint64_t> offset);
  [[nodiscard]] bool was_created(const Now& now, uint64_t flags) const;

  // reconstruct_net.cc
  void on_socket(const Now& now);
  void on_socket_pair(const Now& now);
  void on_connect(const Now& now);
  void on_bind(const Now& now);
  void on_listen(const Now& now);
  void on_accept(const Now& now);
  void on_send(const Now& now);
  void on_receive(const Now& now);
  void on_shutdown(const Now& now);
  void own(const Now& now, ProcessId owner, const OpenFile& file, OwnHow how);
  // A descriptor of the file has gone from the table: perhaps the last that
  // the process, and others that share the table, had of a socket.
  void disown(const Process& process, const std::shared_ptr<FdTable>& fds,
              const OpenFileRef& file, ProcessTree::Moment when);
  template <typename Visit>
  void for_each_sharer(const Process& process,
                       const std::shared_ptr<FdTable>& fds, Visit visit);
  // Sockets that the process had before some descriptors went.
  void disown(const Now& now, std::vector<OpenFileRef>& sockets);
  static std::vector<OpenFileRef> sockets_in(FdTable& fds);
  void pass_rights(const Now& now, OpenFile& from);
  void take_rights(const Now& now, OpenFile& at);
  // Tells the watcher of them.
  void show(const Now& now, const OpenFile& file, Flow flow, uint64_t bytes,
            std::optional<uint64_t> offset, ConnectionId connection);
  // What went through a socket by any call; no messages: nothing has moved.
  struct Moved {
    uint64_t bytes = 0;
    uint64_t messages = 0;
  };
  void transfer(const Now& now, OpenFile& file, NetOp op, Moved moved,
                const Endpoint& peer);
  // By a call for one message or for several.
  static Moved moved_by(const Now& now);
  Endpoint peer_of(const Now& now);
  OpenFile* socket_at(const Now& now, int fd);
  OpenFileRef make_socket(const Now& now, uint16_t family, uint16_t type,
                          uint16_t protocol);

  // reconstruct_poll.cc
  void on_other(const Now& now);
  void on_socket_error(const Now& now);
  void on_poll(const Now& now);
  void on_epoll_ctl(const Now& now);
  void on_epoll_wait(const Now& now);
  void on_ready(const Now& now, int fd, uint32_t events);
  void conclude(const Now& now, OpenFile& file, int error);

  // reconstruct_snapshot.cc
  class Reconciliation;

  // reconstruct_names.cc
  std::string_view keep(std::string_view text) { return texts_.intern(text); }
  // The nth path of a call, or its first descriptor if it has no path.
  Target target_of(const Now& now, int nth, LastLink last);
  Target target_of_fd(const Now& now, int fd, uint8_t arg);
  static Target target_of(const OpenFile& file);
  void resolve(const Now& now, std::string_view base, std::string_view text,
               LastLink last, Target& target);
  static bool has_told(const Now& now);
  bool resolve_magic(const Now& now, std::string_view path, Target& target);
  void observe(const Now& now, Target& target, const Part* path,
               const Part* file);
  // The open file behind a descriptor, corrected by what the event tells of
  // argument `arg`; made up when nobody has seen it opened.
  OpenFile& file_at(const Now& now, int fd, uint8_t arg);
  void refresh(const Now& now, OpenFileRef& file, uint8_t arg);
  OpenFileRef make_file(const Target& target, uint32_t flags);
  OpenFileRef make_anonymous(OpenFileKind kind, std::string_view path);
  void install(const Now& now, int fd, OpenFileRef file, bool close_on_exec);
  void doubt_name(OpenFile& file);
  void renamed(std::string_view from, std::string_view to);
  void unlinked(std::string_view path);
  [[nodiscard]] Sockets::Opened opened(const Now& now) const {
    return {now.process.row.id, now.event.time_ns, now.at};
  }

  // Rows.
  FileRow row_of(const Now& now, FileOp op, const Target& target) const;
  FileRow& add(const Now& now, const FileRow& row);
  FileRow& add(const Now& now, FileOp op, const Target& target) {
    return add(now, row_of(now, op, target));
  }
  void add_bytes(const Now& now, OpenFile& file, FileOp op, uint64_t bytes,
                 OpenFile::RowHint& hint);
  NetRow& add_net(const Now& now, ConnectionId connection, NetOp op);
  ActionRow action_of(const Now& now, ActionOp op);
  void add(const Now& now, const ActionRow& row);

  TextPool& texts_;
  OpenFiles open_files_;  // before whoever refers to open files
  // Of each epoll, which descriptor what it reports stands for.
  std::unordered_map<const OpenFile*, std::unordered_map<uint64_t, int>>
      epolls_;
  Sockets sockets_;
  Messages messages_;
  PathResolver paths_;
  Mounts mounts_;
  ProcessTree tree_;
  FactTables tables_;
  std::vector<ExecRow> execs_;
  std::vector<Loss> losses_;
  Gaps gaps_;
  SocketOwners owners_;
  std::vector<CredentialsRow> credentials_;
  TransferWatcher* watcher_ = nullptr;
  FileWatcher* file_watcher_ = nullptr;
  Process* current_ = nullptr;
  uint64_t time_ns_ = 0;     // of the event that is being applied
  uint64_t settled_ns_ = 0;  // when the last snapshot was complete
  OpenFileRef nowhere_;      // behind descriptors that cannot be
  // Descriptors on their way through a Unix socket, by receiver's inode.
  std::unordered_map<uint64_t, std::deque<OpenFileRef>> passed_;
};

}  // namespace vestige
