// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tui/event_details.h"
#include "tui/page_view.h"
#include "tui/stream_pass.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

// One line per line of text; all else is escaped where it is drawn.
void add_text(std::string_view bytes, Style style, std::vector<Line>& out) {
  while (!bytes.empty()) {
    const size_t size = std::min(bytes.find('\n'), bytes.size());
    out.push_back(
        Line{.spans = {{"  "}, {std::string(bytes.substr(0, size)), style}},
             .indent = 2});
    bytes.remove_prefix(std::min(size + 1, bytes.size()));
  }
}

class Stream : public PageView {
 public:
  Stream(Session& session, const Scope& scope)
      : PageView(session),
        scope_(scope),
        pass_(std::make_unique<StreamPass>(
            session.loaded(),
            StreamPass::Wanted{scope.process, scope.connection, scope.path})) {}

  [[nodiscard]] std::string title() const override {
    return "Stream" + scope_text(session_, scope_);
  }
  [[nodiscard]] std::string summary() const override;
  [[nodiscard]] bool is_busy() const override { return !is_complete_; }
  void draw(Screen& screen, const Rect& area) override {
    // What the pass had found is not asked for after it is known to be done.
    const bool is_done = pass_->is_done();
    if (!is_complete_ && (is_done || pass_->pieces() != drawn_)) {
      drawn_ = pass_->pieces();
      refresh();
    }
    is_complete_ = is_done;
    PageView::draw(screen, area);
  }
  Step act(Action action) override {
    if (action != Action::kTree) return PageView::act(action);
    is_hex_ = !is_hex_;
    refresh();
    return done(is_hex_ ? "bytes in hex" : "text");
  }

 protected:
  [[nodiscard]] std::vector<Line> lines(int width) const override;

 private:
  [[nodiscard]] Line head(const StreamPiece& piece) const;

  Scope scope_;
  std::unique_ptr<StreamPass> pass_;
  size_t drawn_ = 0;  // pieces
  bool is_complete_ = false;
  bool is_hex_ = false;
};

std::string Stream::summary() const {
  std::string text = fmt::format("{}, {} pieces", PageView::summary(),
                                 count_text(pass_->pieces()));
  if (!is_complete_) {
    text += fmt::format(" in {:.0f} %", pass_->share() * 100);
  }
  return text + (is_hex_ ? "; t for text" : "; t for hex");
}

Line Stream::head(const StreamPiece& piece) const {
  const bool is_short = piece.bytes.size() < piece.size;
  Line line{.subject = EventRef{piece.at, piece.process, piece.time_ns}};
  line.spans = {
      {session_.time_text(piece.time_ns) + "  ", Style::kDim},
      {piece.is_out ? ">>> " : "<<< ",
       piece.is_out ? Style::kWriteFile : Style::kNetwork},
      {session_.process_text(piece.process)},
      {fmt::format("  {} bytes", count_text(piece.size)), Style::kDim}};
  if (scope_.process != ProcessId::kNone) {
    const ConnectionRow* row =
        session_.data().facts().connection(piece.connection);
    line.spans.push_back({"  "});
    line.spans.push_back(
        {row ? endpoint_text(row->remote ? row->remote : row->local)
             : piece.name,
         Style::kStrong});
  }
  if (piece.has_offset && scope_.connection == ConnectionId::kNone) {
    line.spans.push_back(
        {fmt::format(" at {}", count_text(piece.offset)), Style::kDim});
  }
  if (is_short) {
    line.spans.push_back(
        {fmt::format(", {} of them captured", count_text(piece.bytes.size())),
         Style::kWarning});
  }
  return line;
}

std::vector<Line> Stream::lines(int /*width*/) const {
  std::vector<Line> out;
  const std::vector<StreamPiece> pieces = pass_->kept();
  for (const StreamPiece& piece : pieces) {
    out.push_back(head(piece));
    if (is_hex_) {
      add_dump(piece.bytes, out);
    } else {
      add_text(piece.bytes, piece.is_out ? Style::kWriteFile : Style::kNetwork,
               out);
    }
  }
  if (pass_->pieces() > pieces.size()) {
    out.push_back(Line::text(
        fmt::format("... {} pieces more: vestige follow and vestige extract "
                    "give all of them",
                    count_text(pass_->pieces() - pieces.size())),
        Style::kWarning));
  }
  if (out.empty()) {
    out.push_back(
        Line::text(pass_->is_done() ? "no byte moved" : "no byte moved so far",
                   Style::kDim));
  }
  return out;
}

}  // namespace

std::unique_ptr<View> make_stream(Session& session, const Scope& scope) {
  return std::make_unique<Stream>(session, scope);
}

}  // namespace vestige::tui
