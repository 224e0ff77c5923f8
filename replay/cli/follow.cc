// SPDX-License-Identifier: Apache-2.0
//
// vestige follow: what was said in one connection, both directions.
#include <fmt/format.h>
#include <unistd.h>

#include "format/escape.h"
#include "format/trace_reader.h"
#include "replay/cli/command.h"
#include "replay/cli/row_json.h"
#include "replay/read_trace.h"
#include "replay/reconstructor.h"

namespace vestige::cli {
namespace {

std::string hex_lines(std::string_view bytes) {
  constexpr size_t kPerLine = 16;
  std::string out;
  for (size_t at = 0; at < bytes.size(); at += kPerLine) {
    const std::string_view line = bytes.substr(at, kPerLine);
    out.append(fmt::format("  {:06x} ", at));
    for (size_t i = 0; i < kPerLine; ++i)
      out.append(i < line.size() ? fmt::format(" {:02x}", uint8_t(line[i]))
                                 : "   ");
    out.append("  ");
    for (const char c : line) out.push_back(is_printable_ascii(c) ? c : '.');
    out.push_back('\n');
  }
  return out;
}

// One line per line of text, line breaks shown as such.
std::string text_lines(std::string_view bytes) {
  std::string out;
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.find('\n'), bytes.size() - 1) + 1;
    out.append("  ").append(escaped(bytes.substr(0, size))).push_back('\n');
    bytes.remove_prefix(size);
  }
  return out;
}

class Conversation : public TransferWatcher {
 public:
  Conversation(const Options& options, const TraceReader& reader,
               const Reconstructor& state)
      : options_(options),
        reader_(reader),
        state_(state),
        color_(wants_color(options.color)) {}

  void on_transfer(const Transfer& transfer) override;

 private:
  void print_json(const Transfer& transfer, const std::string& bytes);
  void print_text(const Transfer& transfer, const std::string& bytes);
  [[nodiscard]] int64_t unix_ns(uint64_t boot_ns) const {
    return reader_.header().start.unix_at(boot_ns);
  }

  const Options& options_;
  const TraceReader& reader_;
  const Reconstructor& state_;
  const bool color_;
};

void Conversation::on_transfer(const Transfer& transfer) {
  if (uint32_t(transfer.connection) != options_.connection) return;
  if (!is_wanted(options_, transfer.process)) return;
  std::string bytes;
  transfer.for_each_captured(
      [&](uint64_t, std::string_view part) { bytes.append(part); });
  if (options_.json) return print_json(transfer, bytes);
  if (options_.view == PayloadView::kRaw) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    return;
  }
  print_text(transfer, bytes);
}

void Conversation::print_json(const Transfer& transfer,
                              const std::string& bytes) {
  const ProcessRow& process = state_.tree().get(transfer.process)->row;
  JsonLine json;
  json.text("time", rfc3339(unix_ns(transfer.event.time_ns)));
  json.number("process", uint32_t(process.id));
  json.number("pid", process.pid);
  json.text("comm", process.comm);
  json.number("connection", uint32_t(transfer.connection));
  json.text("direction", transfer.flow == Flow::kOut ? "sent" : "received");
  json.number("size", transfer.size);
  json.number("captured", bytes.size());
  json.text("data", bytes);
  json.text("at", position_text(transfer.at));
  json.print();
}

void Conversation::print_text(const Transfer& transfer,
                              const std::string& bytes) {
  const bool is_out = transfer.flow == Flow::kOut;
  const ProcessRow& process = state_.tree().get(transfer.process)->row;
  std::string head =
      fmt::format("{} {}  {}[{}]  {} bytes", is_out ? ">>>" : "<<<",
                  clock_text(unix_ns(transfer.event.time_ns)),
                  escaped(process.comm), process.pid, transfer.size);
  if (bytes.size() < transfer.size)
    head.append(fmt::format(", {} of them captured", bytes.size()));
  const char* style = is_out ? "\x1b[32m" : "\x1b[36m";
  fmt::print("{}{}{}\n", color_ ? style : "", head, color_ ? "\x1b[0m" : "");
  fmt::print("{}", options_.view == PayloadView::kHex ? hex_lines(bytes)
                                                      : text_lines(bytes));
}

}  // namespace

Result<int> run_follow(const Options& options) {
  if (options.view == PayloadView::kRaw && isatty(STDOUT_FILENO))
    return Error{ErrorKind::kUsage,
                 "raw bytes could steer the terminal: redirect them"};
  TraceReader reader =
      TRY(TraceReader::open(options.file, {.pace = Pace::kAhead}));
  TextPool texts;
  Reconstructor state(texts);
  Conversation conversation(options, reader, state);
  state.watch(&conversation);
  TRY(read_trace(reader, options.file, state));
  const size_t known = state.finish().connections.size();
  if (options.connection == 0 || options.connection > known)
    return Error{ErrorKind::kUsage,
                 fmt::format("there is no connection {}; `vestige net` lists "
                             "them ({} in this trace)",
                             options.connection, known)};
  return 0;
}

}  // namespace vestige::cli
