// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "tui/file_ops.h"
#include "tui/page_view.h"
#include "tui/views/views.h"

namespace vestige::tui {
namespace {

class Help : public PageView {
 public:
  Help(Session& session, const KeyMap& keys) : PageView(session), keys_(keys) {}

  [[nodiscard]] std::string title() const override { return "Help"; }

 protected:
  [[nodiscard]] std::vector<Line> lines(int width) const override;

 private:
  const KeyMap& keys_;
};

Line colour_line(Style style, std::string_view name, std::string_view meaning) {
  Line line = Line::field(name, std::string(meaning));
  line.spans[0].style = style;
  return line;
}

std::vector<Line> Help::lines(int /*width*/) const {
  std::vector<Line> out;
  out.push_back(Line::text(
      "Enter goes into the line, Esc comes back; the top line tells the way "
      "you came. A key means the same in every view.",
      Style::kStrong));
  std::optional<ActionGroup> group;
  for (const ActionInfo& action : actions()) {
    if (group != action.group) {
      out.push_back({});
      out.push_back(Line::heading(std::string(group_title(action.group))));
      group = action.group;
    }
    Line line = Line::field(keys_.keys_text(action.action), "");
    line.spans[0].style = Style::kKey;
    line.spans[1] = {fmt::format("{:<16}", action.command), Style::kDim};
    line.spans.push_back({std::string(action.help)});
    out.push_back(std::move(line));
  }
  out.push_back({});
  out.push_back(Line::heading("Colours"));
  for (const auto& [style, name, meaning] : std::initializer_list<
           std::tuple<Style, std::string_view, std::string_view>>{
           {Style::kDropped, "dropped", "made during the capture and run"},
           {Style::kStrong, "entry", "process that came in from outside"},
           {Style::kExec, "program", "process that ran a program of its own"},
           {Style::kWriteFile, "changed", "file that was changed"},
           {Style::kNetwork, "network", "conversation"},
           {Style::kWarning, "look", "inferred, unusual, incomplete"},
           {Style::kBad, "bad", "failed, killed, lost"},
           {Style::kEscaped, "\\x1b", "stands for bytes that are not shown"},
       }) {
    out.push_back(colour_line(style, name, meaning));
  }
  out.push_back({});
  out.push_back(Line::heading("DONE, in lists of files"));
  out.push_back(Line::text(std::string(op_letters_legend())));
  return out;
}

}  // namespace

std::unique_ptr<View> make_help(Session& session, const KeyMap& keys) {
  return std::make_unique<Help>(session, keys);
}

}  // namespace vestige::tui
