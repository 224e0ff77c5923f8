# SPDX-License-Identifier: Apache-2.0
# The commit the build was made from, for headers of traces and --version.
execute_process(COMMAND git rev-parse --short=12 HEAD
  WORKING_DIRECTORY ${CMAKE_SOURCE_DIR}
  OUTPUT_VARIABLE VESTIGE_COMMIT OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT VESTIGE_COMMIT)
  set(VESTIGE_COMMIT unknown)
endif()
