# SPDX-License-Identifier: Apache-2.0
# One interface target carries language level, warnings and sanitizers.
add_library(vestige_flags INTERFACE)
target_compile_features(vestige_flags INTERFACE cxx_std_20)
target_include_directories(vestige_flags INTERFACE ${CMAKE_SOURCE_DIR})
target_compile_options(vestige_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic
    $<IF:$<CXX_COMPILER_ID:GNU>,-Wshadow=local,-Wshadow>
    -Wno-missing-field-initializers
    -Wno-gnu-statement-expression -Wno-gnu-zero-variadic-macro-arguments>)
set(CMAKE_CXX_EXTENSIONS ON)

set(VESTIGE_SANITIZE "" CACHE STRING "e.g. address,undefined or thread")
if(VESTIGE_SANITIZE)
  target_compile_options(vestige_flags INTERFACE
    -fsanitize=${VESTIGE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(vestige_flags INTERFACE -fsanitize=${VESTIGE_SANITIZE})
endif()

# For folders whose loops run over columns and events: vector instructions. Not
# for the tests, which would take longer to compile.
set(VESTIGE_HOT_OPTIONS "")
if(NOT VESTIGE_SANITIZE)
  set(VESTIGE_HOT_OPTIONS $<$<CONFIG:RelWithDebInfo>:-O3>
    # GCC 12 warns of std::string at -O3 (its bug 105651).
    $<$<CXX_COMPILER_ID:GNU>:-Wno-restrict>)
endif()

option(VESTIGE_FUZZ "Build the fuzzers of tests/fuzz (clang only)" OFF)
if(VESTIGE_FUZZ)
  # Coverage everywhere; only the fuzzers themselves link libFuzzer's main.
  target_compile_options(vestige_flags INTERFACE -fsanitize=fuzzer-no-link)
  target_link_options(vestige_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE})
endif()
