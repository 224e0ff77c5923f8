// SPDX-License-Identifier: Apache-2.0
//
// From one thing to what relates to it: the one place that says which view
// shows what about which subject.
#pragma once

#include <memory>

#include "tui/key_map.h"
#include "tui/view.h"

namespace vestige::tui {

// What Enter opens; nullptr when the subject leads nowhere.
std::unique_ptr<View> follow(Session& session, const Subject& subject);

// What an action of ActionGroup::kDrill opens; nullptr when the subject has
// no such relation.
std::unique_ptr<View> related(Session& session, Action action,
                              const Subject& subject);

}  // namespace vestige::tui
