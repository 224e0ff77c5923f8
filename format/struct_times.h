// SPDX-License-Identifier: Apache-2.0
//
// Formatters of structs of two longs: times and limits. Internal to
// struct_text.cc.
#pragma once

#include "format/struct_fields.h"

namespace vestige {

// Times. long_size: 8, or 4 in structs of 32-bit programs.
inline void time_value(StructWriter& w, std::string_view name, size_t offset,
                       size_t long_size, std::string_view fraction) {
  if (!w.begin(name, offset, 2 * long_size)) return;
  const int64_t seconds =
      long_size == 8 ? w.get<int64_t>(offset) : w.get<int32_t>(offset);
  const int64_t part =
      long_size == 8 ? w.get<int64_t>(offset + 8) : w.get<int32_t>(offset + 4);
  constexpr int64_t kUtimeNow = 0x3fffffff;
  constexpr int64_t kUtimeOmit = 0x3ffffffe;
  if (fraction == "tv_nsec" && part == kUtimeNow)
    w.out() += "UTIME_NOW";
  else if (fraction == "tv_nsec" && part == kUtimeOmit)
    w.out() += "UTIME_OMIT";
  else
    fmt::format_to(std::back_inserter(w.out()), "{{tv_sec={}, {}={}}}", seconds,
                   fraction, part);
}

template <int kLongSize, int kCount>
void times(std::string& out, const StructBytes& from,
           std::string_view fraction) {
  StructWriter w(out, from, kCount > 1 ? "[" : "");
  for (int i = 0; i < kCount; ++i)
    time_value(w, "", size_t(i) * 2 * kLongSize, kLongSize, fraction);
  w.close(kCount > 1 ? "]" : "");
}
template <int kLongSize, int kCount>
void timespecs(std::string& out, const StructBytes& from) {
  times<kLongSize, kCount>(out, from, "tv_nsec");
}
template <int kLongSize, int kCount>
void timevals(std::string& out, const StructBytes& from) {
  times<kLongSize, kCount>(out, from, "tv_usec");
}

template <int kLongSize, bool kIsTimespec>
void interval(std::string& out, const StructBytes& from) {
  const std::string_view fraction = kIsTimespec ? "tv_nsec" : "tv_usec";
  StructWriter w(out, from);
  time_value(w, "it_interval", 0, kLongSize, fraction);
  time_value(w, "it_value", 2 * kLongSize, kLongSize, fraction);
  w.close();
}

template <typename Long>
void utimbuf(std::string& out, const StructBytes& from) {
  StructWriter w(out, from);
  w.number<Long>("actime", 0);
  w.number<Long>("modtime", sizeof(Long));
  w.close();
}

template <typename Long>
void rlimit(std::string& out, const StructBytes& from) {
  StructWriter w(out, from);
  const auto limit = [&](std::string_view name, size_t offset) {
    if (!w.begin(name, offset, sizeof(Long))) return;
    const Long value = w.get<Long>(offset);
    out += value == Long(-1) ? "RLIM_INFINITY" : std::to_string(value);
  };
  limit("rlim_cur", 0);
  limit("rlim_max", sizeof(Long));
  w.close();
}

}  // namespace vestige
