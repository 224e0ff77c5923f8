// SPDX-License-Identifier: Apache-2.0
//
// Makes one Event of ours out of one or two of a .scap file: the entry of a
// call and its return. What neither tells is marked in part kUnknownArgs.
//
// Not thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "format/event.h"
#include "replay/scap/addresses.h"
#include "replay/scap/event_block.h"
#include "replay/scap/event_table.h"

namespace vestige {

class EventBuilder {
 public:
  // Forgets the event before, whose views become invalid.
  void start(const Descriptor& descriptor);
  // Entry first, then return. The event's bytes must live until start().
  void add(const ScapEventInfo& info, const ScapEvent& event);
  // Fills what the parameters told; who and when is left to the caller. The
  // views live until start().
  Event& finish();

  // What is not a plain argument; nothing when it was not told.
  [[nodiscard]] std::optional<std::string_view> bytes(ScapField field) const;
  [[nodiscard]] std::optional<uint64_t> number(ScapField field) const;
  // A text without its NUL; empty when it was not told.
  [[nodiscard]] std::string_view text(ScapField field) const;
  // The first path argument; empty when there is none or it was not told.
  [[nodiscard]] std::string_view path_asked() const;

  // For derived events too.
  void add_part(PartKind kind, uint8_t arg, std::string_view data,
                uint8_t flags = 0);
  template <typename T>
  void add_struct(PartKind kind, uint8_t arg, const T& value) {
    add_part(kind, arg,
             keep({reinterpret_cast<const char*>(&value), sizeof value}));
  }
  std::string_view keep(std::string bytes);
  void set_arg(int arg, uint64_t value);

 private:
  struct Told {
    ScapType type;
    std::string_view bytes;
  };

  void take(const ScapParam& param, std::string_view bytes);
  void take_text(uint8_t arg, std::string_view bytes);
  void put_bytes(uint8_t arg, size_t at, std::string_view bytes);
  void finish_sockets();
  void finish_tuple(ScapField field, bool is_inbound);
  void finish_socket_option();
  void finish_poll();
  void finish_opened_file();
  void finish_structs();
  void finish_exit();
  void finish_payload();
  void mark_unknown();
  [[nodiscard]] int arg_of(ArgKind kind) const {
    return event_.descriptor->arg_of_kind(kind);
  }
  [[nodiscard]] const Part* find(PartKind kind, uint8_t arg) const;
  [[nodiscard]] Part* find(PartKind kind, uint8_t arg);

  Event event_;
  std::vector<Part> parts_;
  std::deque<std::string> kept_;
  std::array<std::optional<Told>, size_t(ScapField::kCount)> fields_;
  std::optional<std::string_view> asked_poll_;
  std::array<std::optional<int32_t>, 2> fd_pair_;
  uint64_t open_flags_ = 0;  // as in the file
  uint8_t known_ = 0;        // bit N: args[N]; bit 6: ret
};

}  // namespace vestige
