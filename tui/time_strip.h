// SPDX-License-Identifier: Apache-2.0
//
// The strip across the top: when how much happened.
#pragma once

#include "tui/screen.h"
#include "tui/session.h"

namespace vestige::tui {

// One line of density over the whole capture. Bars are coloured by the most
// telling category of their time (programs run, network, files changed, files
// read); what is out of the range is dim; bookmarks are marked; the time of
// the selected line is highlighted (0: none).
void draw_time_strip(Screen& screen, int y, const Session& session,
                     uint64_t selected_ns);

// The time that stands at a column of the strip as last drawn on a screen of
// this width; 0: no column of the strip.
uint64_t time_at_column(const Session& session, int screen_width, int x);

}  // namespace vestige::tui
