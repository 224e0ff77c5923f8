// SPDX-License-Identifier: Apache-2.0
//
// Our own rules: each with a trace that it finds something in, and a near
// miss in which it does not.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <set>

#include "replay/rules/attack.h"
#include "tests/replay/rules/run_rules.h"

namespace vestige {
namespace {

const std::string kPack = VESTIGE_SOURCE_DIR "/replay/rules/pack";

RuleSet& pack() {
  static RuleSet* const rules = [] {
    auto* const set = new RuleSet;
    std::set<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(kPack))
      files.insert(entry.path());
    for (const std::string& file : files) EXPECT_TRUE(set->add_file(file));
    return set;
  }();
  return *rules;
}

// A shell in a container, and what it starts.
class Story : public TraceBuilder {
 public:
  Story() { process(1).fork(1, 10); }

  Story& run(uint32_t pid, const std::vector<std::string>& argv,
             std::string_view exe = {}, const std::string& env = {}) {
    exec(pid, argv, exe);
    if (!env.empty()) part(kTaskArg, PartKind::kEnv, env);
    call(pid, "execve", {1, 2, 3}, 0);
    return *this;
  }
  Story& write_to(uint32_t pid, std::string_view path,
                  uint64_t flags = O_WRONLY) {
    open(pid, path, 3, flags, path);
    return *this;
  }
  Story& reach(uint32_t pid, const char* address, uint16_t port,
               int64_t ret = 0) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    inet_pton(AF_INET, address, &to.sin_addr);
    call(pid, "socket", {AF_INET, SOCK_STREAM, 0}, 5);
    call(pid, "connect", {5, 1, sizeof to}, ret)
        .part(1, PartKind::kSockaddr, to);
    return *this;
  }
  Story& reach_unix(uint32_t pid, std::string_view path) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::memcpy(to.sun_path, path.data(), path.size());
    call(pid, "socket", {AF_UNIX, SOCK_STREAM, 0}, 5);
    call(pid, "connect", {5, 1, sizeof to}, 0).part(1, PartKind::kSockaddr, to);
    return *this;
  }
  Story& say(uint32_t pid, std::string_view text) {
    call(pid, "write", {5, 1, text.size()}, int64_t(text.size()))
        .part(1, PartKind::kPayload, text);
    return *this;
  }
  Story& act(uint32_t pid, std::string_view name, const Args& args,
             int64_t ret = 0) {
    call(pid, name, args, ret);
    return *this;
  }
  Story& with(uint8_t arg, std::string_view string) {
    text(arg, string);
    return *this;
  }
  Story& drop(uint32_t pid, std::string_view path) {
    create(pid, path, 3).close(pid, 3);
    return *this;
  }
  Story& remove(uint32_t pid, std::string_view path) {
    unlink(pid, path);
    return *this;
  }
  Story& child(uint32_t parent, uint32_t pid) {
    fork(parent, pid);
    return *this;
  }
};

using Tell = std::function<void(Story&)>;
struct Pair {
  Tell hit, miss;
};

constexpr std::array<int, 2> kPipe = {7, 8};
constexpr uint64_t kNewUser = 0x10000000;
constexpr uint64_t kNewNet = 0x40000000;

// As capset(2) takes them: two structs, low and high half of each set.
void set_caps(Story& s, uint32_t effective) {
  const uint32_t data[6] = {effective, effective, 0, 0, 0, 0};
  s.act(10, "capset", {1, 2});
  s.part(1, PartKind::kBytes, data);
}

void set_times(Story& s, int64_t seconds, int64_t ns) {
  const int64_t times[4] = {seconds, ns, seconds, ns};
  s.act(10, "utimensat", {uint64_t(AT_FDCWD), 1, 2, 0});
  s.with(1, "/bin/x").part(2, PartKind::kBytes, times);
}

void mount(Story& s, const char* program, const char* type) {
  s.run(10, {program});
  s.act(10, "mount", {1, 2, 3, 0, 0});
  s.with(0, "none").with(1, "/mnt").with(2, type);
}

const std::map<std::string, Pair>& stories() {
  static const std::map<std::string, Pair> kStories = {
      {"Release agent of a control group written",
       {[](Story& s) { s.write_to(10, "/sys/fs/cgroup/x/release_agent"); },
        [](Story& s) {
          s.write_to(10, "/sys/fs/cgroup/x/release_agent", O_RDONLY);
        }}},
      {"Core pattern of the kernel written",
       {[](Story& s) { s.write_to(10, "/proc/sys/kernel/core_pattern"); },
        [](Story& s) { s.write_to(10, "/proc/sys/kernel/core_uses_pid"); }}},
      {"Kernel helper program written",
       {[](Story& s) { s.write_to(10, "/proc/sys/kernel/modprobe"); },
        [](Story& s) {
          s.write_to(10, "/proc/sys/kernel/modprobe", O_RDONLY);
        }}},
      {"Mount from within a container",
       {[](Story& s) { mount(s, "/bin/mount", "cgroup"); },
        [](Story& s) { mount(s, "/usr/bin/runc", "cgroup"); }}},
      {"Container runtime contacted",
       {[](Story& s) { s.reach_unix(10, "/var/run/docker.sock"); },
        [](Story& s) { s.reach_unix(10, "/var/run/mysql.sock"); }}},
      {"Namespace of another process entered",
       {[](Story& s) {
          s.run(10, {"/usr/bin/nsenter"}).act(10, "setns", {3, 0});
        },
        [](Story& s) {
          s.run(10, {"/usr/bin/nsenter"}).act(10, "setns", {3, 0}, -EPERM);
        }}},
      {"Forbidden system call tried",
       {[](Story& s) { s.act(10, "unshare", {kNewNet}, -EPERM); },
        [](Story& s) { s.act(10, "unshare", {kNewNet}); }}},
      {"New user namespace",
       {[](Story& s) { s.act(10, "unshare", {kNewUser}); },
        [](Story& s) { s.act(10, "unshare", {kNewNet}); }}},
      {"Capabilities set",
       {[](Story& s) { set_caps(s, 1u << 21); },
        [](Story& s) { set_caps(s, 1u << 10); }}},
      {"Kernel module loaded",
       {[](Story& s) {
          s.act(10, "finit_module", {3, 1, 0});
        },
        [](Story& s) {
          s.act(10, "finit_module", {3, 1, 0}, -EPERM);
        }}},
      {"Another process steered",
       {[](Story& s) {
          s.act(10, "ptrace", {16, 1, 0, 0});
        },
        [](Story& s) {
          s.act(10, "ptrace", {0, 0, 0, 0});
        }}},
      {"Time stamps of a file set",
       {[](Story& s) {
          s.run(10, {"/bin/touch", "-d", "2001-01-01", "/bin/x"});
          set_times(s, 978'307'200, 0);
        },
        [](Story& s) {
          s.run(10, {"/bin/touch", "/bin/x"});
          set_times(s, 0, UTIME_NOW);
        }}},
      {"Command history removed",
       {[](Story& s) { s.remove(10, "/root/.bash_history"); },
        [](Story& s) { s.remove(10, "/root/.bash_logout"); }}},
      {"Command history switched off",
       {[](Story& s) {
          s.run(10, {"/bin/bash"}, {}, std::string("HISTFILE=/dev/null\0", 19));
        },
        [](Story& s) {
          s.run(10, {"/bin/bash"}, {}, std::string("HISTFILE=/root/h\0", 17));
        }}},
      {"Log removed",
       {[](Story& s) { s.remove(10, "/var/log/auth.log"); },
        [](Story& s) {
          s.run(10, {"/usr/sbin/logrotate"}).remove(10, "/var/log/auth.log");
        }}},
      {"Program run from memory",
       {[](Story& s) { s.run(10, {"x"}, "memfd:x"); },
        [](Story& s) { s.run(10, {"/bin/x"}, "/bin/x"); }}},
      {"io_uring set up",
       {[](Story& s) {
          s.act(10, "io_uring_setup", {8, 1}, 4);
        },
        [](Story& s) {
          s.act(10, "io_uring_setup", {8, 1}, -EPERM);
        }}},
      {"Preload list of the loader written",
       {[](Story& s) { s.write_to(10, "/etc/ld.so.preload"); },
        [](Story& s) { s.write_to(10, "/etc/ld.so.preload", O_RDONLY); }}},
      {"Library preloaded from a temporary folder",
       {[](Story& s) {
          s.run(10, {"/bin/ls"}, {}, std::string("LD_PRELOAD=/tmp/a.so\0", 21));
        },
        [](Story& s) {
          s.run(10, {"/bin/ls"}, {}, std::string("LD_PRELOAD=/lib/a.so\0", 21));
        }}},
      {"Standard stream put on a network connection",
       {[](Story& s) {
          s.reach(10, "203.0.113.7", 4444).act(10, "dup2", {5, 0}, 0);
        },
        [](Story& s) {
          s.reach(10, "203.0.113.7", 4444).act(10, "dup2", {5, 9}, 9);
        }}},
      {"Program started from a temporary folder",
       {[](Story& s) { s.run(10, {"/tmp/x"}); },
        [](Story& s) {
          s.run(10, {"/usr/bin/x", "/tmp/x"});
        }}},
      {"Shell fed through a pipe",
       {[](Story& s) {
          s.act(10, "pipe2", {1, 0}).part(0, PartKind::kFds, kPipe);
          s.act(10, "dup2", {7, 0}, 0).run(10, {"/bin/sh"});
        },
        [](Story& s) {
          s.act(10, "pipe2", {1, 0}).part(0, PartKind::kFds, kPipe);
          s.act(10, "dup2", {7, 0}, 0).run(10, {"/bin/sh", "/start.sh"});
        }}},
      {"Miner at work",
       {[](Story& s) {
          s.run(10, {"/a", "-o", "stratum+tcp://pool.example:3333"});
        },
        [](Story& s) {
          s.run(10, {"/a", "-o", "tcp://pool.example:3333"});
        }}},
      {"Mining pool protocol spoken",
       {[](Story& s) {
          s.reach(10, "203.0.113.7", 3333);
          s.say(10, R"({"id":1,"method":"mining.subscribe"})");
        },
        [](Story& s) {
          s.reach(10, "203.0.113.7", 3333).say(10, R"({"method":"list"})");
        }}},
      {"Timetable of cron changed",
       {[](Story& s) { s.write_to(10, "/var/spool/cron/root"); },
        [](Story& s) { s.write_to(10, "/var/spool/cron/root", O_RDONLY); }}},
      {"Authorized keys changed",
       {[](Story& s) { s.write_to(10, "/root/.ssh/authorized_keys"); },
        [](Story& s) { s.write_to(10, "/root/.ssh/known_hosts"); }}},
      {"Shell start-up file changed",
       {[](Story& s) { s.write_to(10, "/root/.bashrc"); },
        [](Story& s) { s.write_to(10, "/root/.bashrc", O_RDONLY); }}},
      {"Service file written",
       {[](Story& s) { s.write_to(10, "/etc/systemd/system/x.service"); },
        [](Story& s) {
          s.run(10, {"/usr/bin/dpkg"});
          s.write_to(10, "/etc/systemd/system/x.service");
        }}},
      {"Accounts changed",
       {[](Story& s) { s.write_to(10, "/etc/passwd"); },
        [](Story& s) {
          s.run(10, {"/usr/sbin/useradd"}).write_to(10, "/etc/passwd");
        }}},
      {"Program given the rights of its owner",
       {[](Story& s) {
          s.act(10, "chmod", {1, 04755}).with(0, "/tmp/sh");
        },
        [](Story& s) {
          s.act(10, "chmod", {1, 0755}).with(0, "/tmp/sh");
        }}},
      {"Secrets read",
       {[](Story& s) {
          s.run(10, {"/bin/cat"}).write_to(10, "/etc/shadow", O_RDONLY);
        },
        [](Story& s) {
          s.run(10, {"/bin/login"}).write_to(10, "/etc/shadow", O_RDONLY);
        }}},
      {"Service account token read",
       {[](Story& s) {
          s.run(10, {"/bin/cat"});
          s.write_to(10, "/var/run/secrets/kubernetes.io/serviceaccount/token",
                     O_RDONLY);
        },
        [](Story& s) {
          s.run(10, {"/app/server"});
          s.write_to(10, "/var/run/secrets/kubernetes.io/serviceaccount/token",
                     O_RDONLY);
        }}},
      {"Kubelet contacted",
       {[](Story& s) { s.reach(10, "10.0.0.1", 10250); },
        [](Story& s) { s.reach(10, "127.0.0.1", 10250); }}},
      {"Cloud metadata service contacted",
       {[](Story& s) { s.reach(10, "169.254.169.254", 80); },
        [](Story& s) { s.reach(10, "169.254.169.123", 80); }}},
      {"Cloud credentials asked for",
       {[](Story& s) {
          s.reach(10, "169.254.169.254", 80);
          s.say(10, "GET /latest/meta-data/iam/security-credentials/ HTTP/1.1");
        },
        [](Story& s) {
          s.reach(10, "169.254.169.254", 80);
          s.say(10, "GET /latest/meta-data/hostname HTTP/1.1");
        }}},
      {"Secrets reached under another name",
       {[](Story& s) { s.open(10, "/tmp/notes", 3, O_RDONLY, "/etc/shadow"); },
        [](Story& s) { s.open(10, "/x/shadow", 3, O_RDONLY, "/etc/shadow"); }}},
      {"Path changed during the call",
       {[](Story& s) {
          s.write_to(10, "/tmp/good", O_RDONLY);
          s.events().back().parts.front().flags |= kPartChanged;
        },
        [](Story& s) { s.write_to(10, "/tmp/good", O_RDONLY); }}},
      {"Dropped, executed, deleted",
       {[](Story& s) {
          s.drop(10, "/tmp/x").child(10, 11).run(11, {"/tmp/x"});
          s.remove(11, "/tmp/x");
        },
        [](Story& s) {
          s.drop(10, "/tmp/x").child(10, 11).run(11, {"/bin/y"});
          s.remove(11, "/tmp/x");
        }}},
      {"Dropped script executed, deleted",
       {[](Story& s) {
          s.drop(10, "/tmp/x").child(10, 11);
          s.run(11, {"/tmp/x"}, "/bin/dash").with(0, "/tmp/x");
          s.remove(11, "/tmp/x");
        },
        [](Story& s) {
          s.drop(10, "/tmp/x").child(10, 11);
          s.run(11, {"/tmp/y"}, "/bin/dash").with(0, "/tmp/y");
          s.remove(11, "/tmp/x");
        }}},
      {"Downloaded and executed",
       {[](Story& s) {
          s.run(10, {"/usr/bin/curl"}).drop(10, "/opt/x");
          s.child(1, 11).run(11, {"/opt/x"});
        },
        [](Story& s) {
          s.run(10, {"/usr/bin/gcc"}).drop(10, "/opt/x");
          s.child(1, 11).run(11, {"/opt/x"});
        }}},
      {"Downloaded script run",
       {[](Story& s) {
          s.child(10, 11).create(11, "/opt/x.sh", 1);  // sh -c "curl > x.sh"
          s.run(11, {"/usr/bin/curl"});
          s.act(11, "write", {1, 1, 9}, 9);
          s.run(10, {"/bin/sh", "x.sh"}).write_to(10, "/opt/x.sh", O_RDONLY);
        },
        [](Story& s) {
          s.child(10, 11).create(11, "/opt/x.json", 1);
          s.run(11, {"/usr/bin/curl"});
          s.act(11, "write", {1, 1, 9}, 9);
          s.run(10, {"/usr/bin/python3", "/opt/show.py", "x.json"});
          s.write_to(10, "/opt/x.json", O_RDONLY);
        }}},
      {"Reverse shell",
       {[](Story& s) {
          s.reach(10, "203.0.113.7", 4444).act(10, "dup2", {5, 0}, 0);
          s.run(10, {"/bin/sh", "-i"});
        },
        [](Story& s) {
          s.reach(10, "203.0.113.7", 4444).act(10, "dup2", {5, 0}, 0);
          s.child(1, 11).run(11, {"/bin/sh", "-i"});
        }}},
      {"Credentials read, then a connection",
       {[](Story& s) {
          s.write_to(10, "/root/.ssh/id_rsa", O_RDONLY).child(10, 11);
          s.reach(11, "203.0.113.7", 443, -EINPROGRESS);
        },
        [](Story& s) {
          s.write_to(10, "/root/.ssh/id_rsa.pub", O_RDONLY).child(10, 11);
          s.reach(11, "203.0.113.7", 443, -EINPROGRESS);
        }}},
  };
  return kStories;
}

size_t findings_of(const std::string& rule, const Tell& tell) {
  Story story;
  tell(story);
  const auto found = names(run_rules(pack(), story, {.names = {rule}}));
  return size_t(std::ranges::count(found, rule));
}

TEST(Pack, LoadsWithoutAProblem) {
  EXPECT_EQ(load_report_text(pack().reports()), "");
}

TEST(Pack, EveryRuleIsExplainedAndTaggedAndTested) {
  std::set<std::string> all;
  const auto check = [&](const RuleInfo& rule) {
    all.insert(rule.name);
    EXPECT_GT(rule.description.size(), 60u) << rule.name;
    EXPECT_FALSE(attack_of(rule.tags).techniques.empty()) << rule.name;
    EXPECT_FALSE(attack_of(rule.tags).tactics.empty()) << rule.name;
    for (const AttackTechnique& technique : attack_of(rule.tags).techniques)
      EXPECT_NE(technique.name, "") << technique.id;
    EXPECT_TRUE(stories().contains(rule.name)) << rule.name;
  };
  for (const Rule& rule : pack().rules()) check(rule.info);
  for (const Sequence& sequence : pack().sequences()) check(sequence.info);
  for (const auto& [name, story] : stories())
    EXPECT_TRUE(all.contains(name)) << name;
}

TEST(Pack, EveryRuleFindsWhatItIsFor) {
  for (const auto& [name, story] : stories())
    EXPECT_GT(findings_of(name, story.hit), 0u) << name;
}

// An editor writes a new file and moves it over the old one.
TEST(Pack, FilesAreChangedByMovingOthersOverThem) {
  struct Target {
    const char* rule;
    const char* path;
  };
  const Target kTargets[] = {
      {"Accounts changed", "/etc/passwd"},
      {"Authorized keys changed", "/root/.ssh/authorized_keys"},
      {"Timetable of cron changed", "/etc/cron.d/job"},
      {"Preload list of the loader written", "/etc/ld.so.preload"}};
  for (const Target& of : kTargets) {
    const auto onto = [&](Story& s) { s.rename(10, "/x", of.path); };
    const auto away = [&](Story& s) { s.rename(10, of.path, "/x"); };
    EXPECT_GT(findings_of(of.rule, onto), 0u) << of.rule;
    EXPECT_EQ(findings_of(of.rule, away), 0u) << of.rule;
  }
}

TEST(Pack, ALogMadeAnewIsNotEmptied) {
  for (const uint8_t flags : {uint8_t(0), uint8_t(kPartCreated)})
    EXPECT_EQ(findings_of("Log removed",
                          [&](Story& s) {
                            s.write_to(10, "/var/log/x", O_WRONLY | O_TRUNC);
                            s.events().back().parts.back().flags |= flags;
                          }),
              flags ? 0u : 1u);
}

TEST(Pack, AUserNamespaceIsMadeByCloneToo) {
  for (const uint64_t flags : {kNewUser, kNewNet})
    EXPECT_EQ(findings_of("New user namespace",
                          [&](Story& s) { s.act(10, "clone", {flags}, 11); }),
              flags == kNewUser ? 1u : 0u);
}

// A script called by a relative path is the file it is, wherever it lies.
TEST(Pack, ADroppedScriptIsKnownByARelativePathToo) {
  EXPECT_GT(findings_of("Dropped script executed, deleted",
                        [](Story& s) {
                          s.drop(10, "/opt/x").chdir(10, "/opt");
                          s.run(10, {"./x"}, "/bin/dash").with(0, "./x");
                          s.remove(10, "/opt/x");
                        }),
            0u);
}

TEST(Pack, HistoryIsSwitchedOffByALink) {
  EXPECT_GT(findings_of("Command history removed",
                        [](Story& s) {
                          s.act(10, "symlink", {1, 2});
                          s.with(0, "/dev/null").with(1, "/root/.bash_history");
                        }),
            0u);
}

TEST(Pack, NoRuleFindsItsNearMiss) {
  for (const auto& [name, story] : stories())
    EXPECT_EQ(findings_of(name, story.miss), 0u) << name;
}

}  // namespace
}  // namespace vestige
