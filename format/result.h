// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace vestige {

// What went wrong, for the reader of the message and for the exit code.
enum class ErrorKind {
  kUsage = 2,     // the question was wrong
  kBadInput = 3,  // a file is not what it should be
  kSystem = 4,    // the machine refused
};

// One line: what, which file or object, which offset, why, what to do.
struct Error {
  ErrorKind kind = ErrorKind::kSystem;
  std::string message;

  // Says where the error happened, once per boundary: "PREFIX: message".
  [[nodiscard]] Error within(std::string_view prefix) && {
    message.insert(0, ": ").insert(0, prefix);
    return std::move(*this);
  }
};

// A value or the reason there is none; named like std::expected (C++23).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  [[nodiscard]] bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  Error& error() & { return std::get<1>(state_); }
  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}

  [[nodiscard]] bool has_value() const { return !error_; }
  explicit operator bool() const { return has_value(); }
  void value() const {}
  Error& error() & { return *error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

}  // namespace vestige

// `auto header = TRY(read_header(file));` returns the error from the caller.
#define TRY(expression)                                    \
  __extension__({                                          \
    auto try_result = (expression);                        \
    if (!try_result) return std::move(try_result).error(); \
    std::move(try_result).value();                         \
  })
