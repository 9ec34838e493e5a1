# The standard library's headers, parsed once: two thirds of compiling a file of ours is reading them.
#
# Only headers that never change are in here, so a change of ours rebuilds what it did before. Every source of the product
# still names what it uses: clang-tidy reads each without this, and so does the fuzz build what it needs. Its flags must be
# those of the sources that use it (macros, -O, -fPIE, warnings), or the compiler refuses it and says so; hence -pthread and
# _FILE_OFFSET_BITS, which some dependencies ask for, are given to all.
add_compile_options(-pthread)
add_compile_definitions(_FILE_OFFSET_BITS=64)

set(BEKCI_STANDARD_HEADERS
    <algorithm> <array> <atomic> <chrono> <cmath> <condition_variable> <cstdint> <cstring> <deque> <functional> <limits> <map>
    <memory> <mutex> <optional> <ostream> <set> <shared_mutex> <span> <string> <string_view> <thread> <tuple>
    <unordered_map> <utility> <variant> <vector>)
set(BEKCI_TEST_HEADERS ${BEKCI_STANDARD_HEADERS} <doctest/doctest.h> <filesystem> <fstream>)

if(BEKCI_FUZZ)
  set(BEKCI_PRECOMPILED OFF)
  return()
endif()
set(BEKCI_PRECOMPILED ON)

# What ccache needs to see through it: GCC's names the header in its output, clang's holds no time.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  add_compile_options(-fpch-preprocess)
  # GCC 12 warns falsely of std::string's own headers (GCC bug 105651) and forgets, when they are precompiled, that they
  # are the system's. AddressSanitizer is the better judge of what these look for.
  list(APPEND BEKCI_WARNINGS -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict)
else()
  add_compile_options("SHELL:-Xclang -fno-pch-timestamp")
endif()
file(WRITE ${CMAKE_BINARY_DIR}/generated/precompiled.cc "")
add_library(bekci_standard_headers OBJECT ${CMAKE_BINARY_DIR}/generated/precompiled.cc)
target_compile_options(bekci_standard_headers PRIVATE ${BEKCI_WARNINGS})
target_precompile_headers(bekci_standard_headers PRIVATE ${BEKCI_STANDARD_HEADERS})
add_library(bekci_cold_headers OBJECT EXCLUDE_FROM_ALL ${CMAKE_BINARY_DIR}/generated/precompiled.cc)
target_compile_options(bekci_cold_headers PRIVATE ${BEKCI_WARNINGS} ${BEKCI_COLD})
target_precompile_headers(bekci_cold_headers PRIVATE ${BEKCI_STANDARD_HEADERS})
