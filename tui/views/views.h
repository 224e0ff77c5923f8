// SPDX-License-Identifier: Apache-2.0
//
// All views, each in the file of its name. The session must outlive them.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "tui/key_map.h"
#include "tui/page_view.h"
#include "tui/subject.h"
#include "tui/view.h"

namespace vestige::tui {

// Which rows a view is about; empty members do not restrict.
struct Scope {
  ProcessId process = ProcessId::kNone;
  std::string_view path;  // lives as long as the Case
  ConnectionId connection = ConnectionId::kNone;

  [[nodiscard]] bool is_everything() const {
    return process == ProcessId::kNone && path.empty() &&
           connection == ConnectionId::kNone;
  }
};
// " of sh 4711", or nothing.
std::string scope_text(const Session& session, const Scope& scope);

// Rows of files with these paths, by that process or by anybody.
ShownRows rows_of_paths(const Session& session,
                        const std::unordered_set<std::string_view>& paths,
                        ProcessId process);

std::unique_ptr<View> make_overview(Session& session);
// With that process selected.
std::unique_ptr<View> make_processes(Session& session,
                                     ProcessId selected = ProcessId::kNone);
std::unique_ptr<View> make_files(Session& session, const Scope& scope = {});
std::unique_ptr<View> make_directories(Session& session);
std::unique_ptr<View> make_network(Session& session, const Scope& scope = {});
// With the line about that subject selected.
std::unique_ptr<View> make_timeline(Session& session, const Scope& scope = {},
                                    const Subject& selected = {});
// From that event on, when it is one.
std::unique_ptr<View> make_events(Session& session, const Scope& scope = {},
                                  Position from = {});
std::unique_ptr<View> make_details(Session& session, const Subject& subject);
// A page made beforehand, about that subject.
std::unique_ptr<View> make_page(Session& session, std::string title,
                                const Subject& subject,
                                std::vector<Line> lines);
std::unique_ptr<View> make_findings(Session& session);
std::unique_ptr<View> make_messages(Session& session);
std::unique_ptr<View> make_top(Session& session);
// What was said in that connection, written to and read from that path, or
// moved by that process.
std::unique_ptr<View> make_stream(Session& session, const Scope& scope);
std::unique_ptr<View> make_losses(Session& session);
std::unique_ptr<View> make_bookmarks(Session& session);
// The key map must outlive the view.
std::unique_ptr<View> make_help(Session& session, const KeyMap& keys);

}  // namespace vestige::tui
