// SPDX-License-Identifier: Apache-2.0
#include "capture/watch/alert_server.h"

#include <fmt/format.h>
#include <httplib.h>
#include <sys/stat.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "capture/proc_file.h"
#include "format/crypto.h"

namespace vestige {
namespace {

using Json = nlohmann::json;
constexpr size_t kMaxBody = 64 * 1024;
constexpr size_t kMaxWaiting = 256;
constexpr size_t kMinToken = 16;
constexpr size_t kThreads = 2;
constexpr time_t kPatienceS = 5;

std::string text_at(const Json& json, const char* name) {
  if (!json.is_object()) return "";
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>()
                                                   : "";
}

struct Address {
  std::string host;
  int port = 0;
};

Result<Address> parse_address(const std::string& text) {
  const size_t colon = text.rfind(':');
  Address address{.host = "127.0.0.1"};
  if (colon != text.npos) address.host = text.substr(0, colon);
  if (address.host.starts_with('[') && address.host.ends_with(']'))
    address.host = address.host.substr(1, address.host.size() - 2);
  const auto port = parse_number(
      std::string_view(text).substr(colon == text.npos ? 0 : colon + 1));
  if (!port || *port == 0 || *port > 65535 || address.host.empty())
    return Error{
        ErrorKind::kUsage,
        fmt::format("--http {}: a PORT or ADDRESS:PORT is needed", text)};
  address.port = int(*port);
  return address;
}

Result<std::string> read_token(const std::string& path) {
  struct stat info;
  if (stat(path.c_str(), &info) != 0)
    return Error{ErrorKind::kSystem,
                 fmt::format("token file {}: {}", path, std::strerror(errno))};
  if ((info.st_mode & 077) != 0)
    return Error{
        ErrorKind::kSystem,
        fmt::format("token file {}: others may read it; chmod 600", path)};
  std::string token = read_text(path);
  token.resize(std::min(token.find_first_of("\r\n"), token.size()));
  if (token.size() < kMinToken)
    return Error{ErrorKind::kUsage,
                 fmt::format("token file {}: its first line must have at "
                             "least {} characters",
                             path, kMinToken)};
  return token;
}

}  // namespace

std::optional<Alert> parse_alert(const std::string& json) {
  const Json alert = Json::parse(json, nullptr, false);
  if (!alert.is_object()) return std::nullopt;
  const auto fields = alert.find("output_fields");
  if (fields == alert.end()) return std::nullopt;
  Alert out{.container = text_at(*fields, "container.id"),
            .rule = text_at(alert, "rule"),
            .text = json};
  if (out.container.empty() || out.container == "host")
    out.container = text_at(*fields, "container.name");
  if (out.container.empty() || out.rule.empty()) return std::nullopt;
  return out;
}

struct AlertServer::State {
  httplib::Server server;
  std::string token;
  std::thread thread;
  std::mutex mutex;
  std::vector<Alert> waiting;

  ~State() {
    server.stop();
    if (thread.joinable()) thread.join();
  }

  // Takes the same time whatever is wrong with it.
  [[nodiscard]] bool is_allowed(const httplib::Request& request) const {
    const std::string given = request.get_header_value("Authorization");
    const std::string wanted = "Bearer " + token;
    return sha256(bytes_of(given)) == sha256(bytes_of(wanted));
  }

  void answer(const httplib::Request& request, httplib::Response& response) {
    const auto say = [&response](int status, const char* text) {
      response.status = status;
      response.set_content(text, "text/plain");
    };
    if (!is_allowed(request)) return say(401, "the token is wrong\n");
    auto alert = parse_alert(request.body);
    if (!alert)
      return say(400, "not an alert of Falco that names a container\n");
    const std::lock_guard lock(mutex);
    if (waiting.size() >= kMaxWaiting) return say(503, "too many alerts\n");
    waiting.push_back(std::move(*alert));
    say(202, "taken\n");
  }
};

AlertServer::AlertServer(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
AlertServer::AlertServer(AlertServer&&) noexcept = default;
AlertServer& AlertServer::operator=(AlertServer&&) noexcept = default;
AlertServer::~AlertServer() = default;

Result<AlertServer> AlertServer::open(const std::string& address,
                                      const std::string& token_path) {
  const Address at = TRY(parse_address(address));
  auto state = std::make_unique<State>();
  state->token = TRY(read_token(token_path));
  httplib::Server& server = state->server;
  server.set_payload_max_length(kMaxBody);
  server.set_read_timeout(kPatienceS);
  server.set_write_timeout(kPatienceS);
  server.set_keep_alive_timeout(kPatienceS);
  server.new_task_queue = [] { return new httplib::ThreadPool(kThreads); };
  server.Post("/falco",
              [state = state.get()](const auto& request, auto& response) {
                state->answer(request, response);
              });
  if (!server.bind_to_port(at.host, at.port))
    return Error{ErrorKind::kSystem,
                 fmt::format("--http {}: cannot listen there: {}", address,
                             std::strerror(errno))};
  return AlertServer(std::move(state));
}

void AlertServer::start() {
  state_->thread = std::thread(
      [state = state_.get()] { state->server.listen_after_bind(); });
}

std::vector<Alert> AlertServer::take() {
  const std::lock_guard lock(state_->mutex);
  return std::exchange(state_->waiting, {});
}

}  // namespace vestige
