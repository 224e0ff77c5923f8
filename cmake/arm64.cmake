# SPDX-License-Identifier: Apache-2.0
# Toolchain file: builds for arm64 with Debian's cross compiler and the
# libraries that `./dev cross` unpacked into VESTIGE_SYSROOT.
set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR aarch64)
set(CMAKE_C_COMPILER aarch64-linux-gnu-gcc)
set(CMAKE_CXX_COMPILER aarch64-linux-gnu-g++)
set(CMAKE_LIBRARY_ARCHITECTURE aarch64-linux-gnu)

set(VESTIGE_SYSROOT "" CACHE PATH "arm64 libraries and headers")
list(APPEND CMAKE_TRY_COMPILE_PLATFORM_VARIABLES VESTIGE_SYSROOT)
set(CMAKE_SYSROOT ${VESTIGE_SYSROOT})
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
set(ENV{PKG_CONFIG_SYSROOT_DIR} ${VESTIGE_SYSROOT})
set(libraries ${VESTIGE_SYSROOT}/usr/lib/${CMAKE_LIBRARY_ARCHITECTURE})
set(ENV{PKG_CONFIG_LIBDIR}
  ${libraries}/pkgconfig:${VESTIGE_SYSROOT}/usr/share/pkgconfig)
