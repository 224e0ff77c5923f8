# SPDX-License-Identifier: Apache-2.0
# add_bpf_skeleton(TARGET FILE.bpf.c): compiles the program with clang and
# makes the interface library TARGET, which brings FILE.skel.h and libbpf.
pkg_check_modules(libbpf REQUIRED IMPORTED_TARGET libbpf>=1.0)
find_program(BPF_CLANG NAMES clang clang-14 REQUIRED)
find_program(BPFTOOL bpftool PATHS /usr/sbin /sbin REQUIRED)

if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(BPF_ARCH arm64)
else()
  set(BPF_ARCH x86)
endif()

function(add_bpf_skeleton target source)
  get_filename_component(name ${source} NAME_WE)
  set(object ${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o)
  set(skeleton ${CMAKE_CURRENT_BINARY_DIR}/${name}.skel.h)
  # The host's multiarch folder holds asm/types.h, which clang does not look
  # for when it compiles for the bpf target.
  add_custom_command(OUTPUT ${object}
    COMMAND ${BPF_CLANG} -g -O2 -target bpf -mcpu=v3 -Wall -Wextra
      -Wno-unused-parameter -Wno-missing-declarations -Werror
      -D__TARGET_ARCH_${BPF_ARCH} -I${CMAKE_SOURCE_DIR}
      -isystem ${CMAKE_SYSROOT}/usr/include/${CMAKE_LIBRARY_ARCHITECTURE}
      -MD -MF ${object}.d -c ${CMAKE_CURRENT_SOURCE_DIR}/${source} -o ${object}
    DEPENDS ${source} DEPFILE ${object}.d VERBATIM)
  add_custom_command(OUTPUT ${skeleton}
    COMMAND ${BPFTOOL} gen skeleton ${object} name ${name}_bpf > ${skeleton}
    DEPENDS ${object} VERBATIM)
  add_custom_target(${target}_files DEPENDS ${skeleton})
  add_library(${target} INTERFACE)
  add_dependencies(${target} ${target}_files)
  target_include_directories(${target} SYSTEM INTERFACE
    ${CMAKE_CURRENT_BINARY_DIR})
  target_link_libraries(${target} INTERFACE PkgConfig::libbpf)
endfunction()
