// SPDX-License-Identifier: Apache-2.0
#include "tui/prompt.h"

#include <algorithm>

namespace vestige::tui {
namespace {

constexpr size_t kMaxBytes = 4096;
constexpr size_t kMaxHistory = 100;

size_t next_character_bytes(std::string_view text) {
  size_t size = 1;
  while (size < text.size() &&
         (static_cast<uint8_t>(text[size]) & 0xc0) == 0x80) {
    ++size;
  }
  return std::min(size, text.size());
}

}  // namespace

void Prompt::begin(std::string label, std::string text,
                   std::vector<std::string>* history) {
  label_ = std::move(label);
  history_ = history;
  history_at_ = history_ ? history_->size() : 0;
  set_text(std::move(text));
}

void Prompt::set_text(std::string text) {
  text_ = std::move(text);
  cursor_ = text_.size();
}

void Prompt::replace(size_t start, std::string_view word) {
  text_.replace(start, cursor_ - start, word);
  cursor_ = start + word.size();
}

Prompt::Outcome Prompt::browse(int direction) {
  if (!history_ || history_->empty()) return Outcome::kEditing;
  const auto last = static_cast<int64_t>(history_->size());
  const int64_t wanted = static_cast<int64_t>(history_at_) + direction;
  history_at_ = static_cast<size_t>(std::clamp<int64_t>(wanted, 0, last));
  set_text(history_at_ < history_->size() ? (*history_)[history_at_] : "");
  return Outcome::kChanged;
}

Prompt::Outcome Prompt::erase_word() {
  size_t start = cursor_;
  while (start > 0 && text_[start - 1] == ' ') --start;
  while (start > 0 && text_[start - 1] != ' ') --start;
  text_.erase(start, cursor_ - start);
  cursor_ = start;
  return Outcome::kChanged;
}

Prompt::Outcome Prompt::handle(Key key) {
  const std::string_view before = std::string_view(text_).substr(0, cursor_);
  const std::string_view after = std::string_view(text_).substr(cursor_);
  switch (key.code) {
    case kKeyEnter:
      if (history_ && !text_.empty()) {
        std::erase(*history_, text_);
        history_->push_back(text_);
        if (history_->size() > kMaxHistory) history_->erase(history_->begin());
      }
      return Outcome::kAccepted;
    case kKeyEscape:
    case 'c' - 'a' + 1: return Outcome::kCancelled;
    case kKeyTab: return Outcome::kComplete;
    case kKeyBackTab: return Outcome::kCompleteBack;
    case kKeyUp:
    case 'p' - 'a' + 1: return browse(-1);
    case kKeyDown:
    case 'n' - 'a' + 1: return browse(+1);
    case kKeyHome:
    case 'a' - 'a' + 1: cursor_ = 0; return Outcome::kEditing;
    case kKeyEnd:
    case 'e' - 'a' + 1: cursor_ = text_.size(); return Outcome::kEditing;
    case kKeyLeft:
      cursor_ -= last_character_bytes(before);
      return Outcome::kEditing;
    case kKeyRight:
      if (!after.empty()) cursor_ += next_character_bytes(after);
      return Outcome::kEditing;
    case 'u' - 'a' + 1:
      text_.erase(0, cursor_);
      cursor_ = 0;
      return Outcome::kChanged;
    case 'w' - 'a' + 1: return erase_word();
    case kKeyDelete:
      if (!after.empty()) text_.erase(cursor_, next_character_bytes(after));
      return Outcome::kChanged;
    case kKeyBackspace: {
      if (text_.empty()) return Outcome::kCancelled;
      const size_t size = last_character_bytes(before);
      text_.erase(cursor_ - size, size);
      cursor_ -= size;
      return Outcome::kChanged;
    }
    default: break;
  }
  if (key.code < 0x20 || key.code > 0x10ffff || text_.size() >= kMaxBytes) {
    return Outcome::kEditing;
  }
  std::string letter;
  append_utf8(letter, key.code);
  text_.insert(cursor_, letter);
  cursor_ += letter.size();
  return Outcome::kChanged;
}

void Prompt::draw(Screen& screen, int y, Style style) const {
  screen.fill({0, y, screen.width(), 1}, Style::kPlain);
  int x = screen.put(0, y, label_, Style::kKey, screen.width());
  x = screen.put(x, y, " ", Style::kPlain, screen.width());
  const int room = std::max(1, screen.width() - x - 1);
  // The cursor stays visible: what is before it is cut on the left.
  const std::string_view all = text_;
  const std::string_view before =
      tail_that_fits(all.substr(0, cursor_), screen.charset(), room);
  const int cursor = screen.put(x, y, before, style, screen.width());
  screen.put(cursor, y, all.substr(cursor_), style, screen.width());
  screen.set_cursor(std::min(cursor, screen.width() - 1), y);
}

}  // namespace vestige::tui
