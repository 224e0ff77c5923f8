// SPDX-License-Identifier: Apache-2.0
#include "capture/anchor.h"

#include <gmock/gmock.h>
#include <httplib.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <fstream>
#include <future>
#include <mutex>
#include <thread>

#include "format/unique_fd.h"
#include "tests/capture/agent.h"

namespace vestige::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

ChainHead head(uint64_t chunks) {
  return {.trace_id = {9}, .chunks = chunks, .events = 3, .head = {8}};
}

// A syslog daemon as far as its socket.
class SyslogSocket {
 public:
  SyslogSocket(const std::string& path, int type) : type_(type) {
    sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = {}};
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    fd_ = UniqueFd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::bind(fd_.get(), reinterpret_cast<sockaddr*>(&address),
                     sizeof address),
              0);
    if (type != SOCK_STREAM) return;
    EXPECT_EQ(::listen(fd_.get(), 1), 0);
  }
  // One message, or what a stream has by now.
  std::string receive() {
    if (type_ == SOCK_STREAM && !client_)
      client_ = UniqueFd(::accept(fd_.get(), nullptr, nullptr));
    char text[1000];
    const ssize_t size = ::recv(
        type_ == SOCK_STREAM ? client_.get() : fd_.get(), text, sizeof text, 0);
    return {text, size_t(std::max<ssize_t>(size, 0))};
  }

 private:
  int type_;
  UniqueFd fd_, client_;
};

class AnchorsTest : public ::testing::Test {
 protected:
  static Anchors open(std::vector<std::string> targets) {
    auto anchors = Anchors::open(targets);
    EXPECT_TRUE(anchors);
    return std::move(*anchors);
  }
  ScratchDirectory directory_;
};

TEST_F(AnchorsTest, AppendToAFile) {
  const std::string path = directory_ / "anchors";
  std::ofstream(path) << "before\n";
  Anchors anchors = open({path});
  anchors.send(head(1));
  anchors.send(head(2));
  EXPECT_TRUE(anchors.finish());
  std::ifstream in(path);
  const std::string text(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(text,
            "before\n" + to_line(head(1)) + "\n" + to_line(head(2)) + "\n");
}

TEST_F(AnchorsTest, RefuseAFileThatCannotBeMade) {
  const auto anchors = Anchors::open({directory_ / "no/such/folder"});
  ASSERT_FALSE(anchors);
  EXPECT_THAT(anchors.error().message, HasSubstr("No such file"));
}

TEST_F(AnchorsTest, ReachSyslogDaemonsOfBothKinds) {
  for (const int type : {SOCK_DGRAM, SOCK_STREAM}) {
    const std::string path = directory_ / std::to_string(type);
    SyslogSocket daemon(path, type);
    Anchors anchors = open({"syslog:" + path});
    anchors.send(head(5));
    const std::string message = daemon.receive();
    // authpriv.notice, and the line that verify looks for.
    EXPECT_THAT(message,
                AllOf(StartsWith("<85>"), HasSubstr("vestige-capture["),
                      HasSubstr("]: " + to_line(head(5)))));
    EXPECT_EQ(message.back() == '\0', type == SOCK_STREAM);
    EXPECT_EQ(parse_anchor(message.c_str()), head(5));
    EXPECT_TRUE(anchors.finish());
  }
}

TEST_F(AnchorsTest, FindASyslogDaemonThatWasStartedAgain) {
  const std::string path = directory_ / "log";
  auto daemon = std::make_unique<SyslogSocket>(path, SOCK_DGRAM);
  Anchors anchors = open({"syslog:" + path});
  anchors.send(head(1));
  EXPECT_THAT(daemon->receive(), HasSubstr(to_line(head(1))));
  daemon.reset();
  ::unlink(path.c_str());
  daemon = std::make_unique<SyslogSocket>(path, SOCK_DGRAM);
  anchors.send(head(2));
  EXPECT_THAT(daemon->receive(), HasSubstr(to_line(head(2))));
  EXPECT_TRUE(anchors.finish());
}

TEST_F(AnchorsTest, TellHowManyDidNotArriveAndWhy) {
  Anchors anchors =
      open({"syslog:" + directory_ / "absent", "http://127.0.0.1:1/anchors"});
  anchors.send(head(1));
  anchors.send(head(2));
  const auto done = anchors.finish();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message,
              AllOf(HasSubstr("2 of 2 anchors did not reach syslog:"),
                    HasSubstr("No such file"),
                    HasSubstr("2 of 2 anchors did not reach http://127.0.0.1:"
                              "1/anchors: "),
                    HasSubstr("connect")));
  EXPECT_THAT(anchors.take_problems(),
              ElementsAre(StartsWith("anchors do not reach syslog:"),
                          StartsWith("anchors do not reach http://")));
  EXPECT_TRUE(anchors.take_problems().empty());
}

class HttpAnchors : public AnchorsTest {
 protected:
  HttpAnchors() {
    server_.Post("/anchors", [this](const httplib::Request& request,
                                    httplib::Response& response) {
      answer_.wait();
      const std::lock_guard lock(mutex_);
      posted_.push_back(request.body);
      response.status = posted_.size() == 2 ? 503 : 204;
    });
    port_ = server_.bind_to_any_port("127.0.0.1");
    thread_ = std::thread([this] { server_.listen_after_bind(); });
  }
  ~HttpAnchors() override {
    server_.stop();
    thread_.join();
  }
  std::string url() const {
    return "http://127.0.0.1:" + std::to_string(port_) + "/anchors";
  }

  std::promise<void> may_answer_;
  std::shared_future<void> answer_ = may_answer_.get_future().share();
  httplib::Server server_;
  int port_ = 0;
  std::thread thread_;
  std::mutex mutex_;
  std::vector<std::string> posted_;
};

TEST_F(HttpAnchors, ArePostedInOrderAndRefusalsAreCounted) {
  may_answer_.set_value();
  Anchors anchors = open({url()});
  for (const uint64_t chunks : {1, 2, 3}) anchors.send(head(chunks));
  const auto done = anchors.finish();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message,
              AllOf(StartsWith("1 of 3 anchors did not reach http://"),
                    EndsWith("the server said 503")));
  EXPECT_THAT(posted_,
              ElementsAre(to_line(head(1)) + "\n", to_line(head(2)) + "\n",
                          to_line(head(3)) + "\n"));
}

// More than fit into the queue are sent before the server answers one.
TEST_F(HttpAnchors, NeverWaitForTheServer) {
  constexpr uint64_t kSent = 3000;
  Anchors anchors = open({url()});
  for (uint64_t chunk = 0; chunk < kSent; ++chunk) anchors.send(head(chunk));
  may_answer_.set_value();
  const auto done = anchors.finish();
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().message, HasSubstr("of 3000 anchors did not reach"));
  EXPECT_LT(posted_.size(), kSent);
}

}  // namespace
}  // namespace vestige::testing
