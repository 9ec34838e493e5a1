# How a folder declares itself: one static library, its direct dependencies, its tests beside it.
#
#   bekci_library(wire SOURCES a.cc b.cc PUBLIC agent_model PRIVATE dep::deflate TESTS a_test.cc)
#
# makes agent_wire and, where doctest is installed, the test binary wire_test registered with CTest under the same name.
# TEST_SECONDS 50: the test takes that long, and so begins early.
# Warnings are errors in our code only; generated protobuf code is compiled without ours.
set(BEKCI_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor
    -Woverloaded-virtual -Wformat=2 -Wimplicit-fallthrough -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  list(APPEND BEKCI_WARNINGS -Wthread-safety -Wthread-safety-beta)
endif()

# Half the time to compile a source is optimizing it. A library that says COLD runs a few times a minute or once at the
# start; nobody will notice what a third less of compiling costs it.
set(BEKCI_COLD)
if(NOT BEKCI_SANITIZE)
  set(BEKCI_COLD -Og)
endif()
include(precompiled)

# bekci_compile_options(target [headers]): `headers` is the target that holds the precompiled ones (precompiled.cmake).
function(bekci_compile_options target)
  target_include_directories(${target} PUBLIC ${CMAKE_SOURCE_DIR} ${CMAKE_BINARY_DIR}/generated)
  target_compile_options(${target} PRIVATE ${BEKCI_WARNINGS})
  if(BEKCI_PRECOMPILED)
    set(headers ${ARGN} bekci_standard_headers)
    list(GET headers 0 first)
    target_precompile_headers(${target} REUSE_FROM ${first})
  endif()
endfunction()

# Some seventy test programs are linked: lld needs half of what ld does. The product is linked by the system's own linker.
set(BEKCI_FAST_LINKER)
find_program(LLD ld.lld)
if(LLD)
  set(BEKCI_FAST_LINKER -fuse-ld=lld)
endif()

# The shared main() of every doctest binary, and what many tests need; compiled once.
if(BEKCI_TESTS)
  add_library(bekci_test_main OBJECT ${CMAKE_SOURCE_DIR}/tests/support/test_main.cc
              ${CMAKE_SOURCE_DIR}/tests/support/temporary_directory.cc
              ${CMAKE_SOURCE_DIR}/tests/support/wait_for.cc)
  target_include_directories(bekci_test_main PRIVATE ${CMAKE_SOURCE_DIR})
  target_include_directories(bekci_test_main SYSTEM PUBLIC ${DOCTEST_INCLUDE_DIR})
  target_compile_definitions(bekci_test_main PUBLIC DOCTEST_CONFIG_SUPER_FAST_ASSERTS)
  if(NOT BEKCI_SANITIZE)
    target_compile_options(bekci_test_main PUBLIC -O0 -U_FORTIFY_SOURCE)
  endif()
  if(BEKCI_PRECOMPILED)
    target_compile_options(bekci_test_main PRIVATE ${BEKCI_WARNINGS})
    target_precompile_headers(bekci_test_main PRIVATE ${BEKCI_TEST_HEADERS})
    set_source_files_properties(${CMAKE_SOURCE_DIR}/tests/support/test_main.cc PROPERTIES SKIP_PRECOMPILE_HEADERS ON)
  endif()
endif()

# The main() of the fuzz targets' replays: runs the inputs of a directory once each.
if(BEKCI_TESTS AND NOT BEKCI_FUZZ)
  add_library(bekci_replay_main OBJECT ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
  target_compile_options(bekci_replay_main PUBLIC ${BEKCI_COLD})
  bekci_compile_options(bekci_replay_main bekci_cold_headers)
endif()

# bekci_test(name SOURCES x_test.cc LIBRARIES agent_x): one test binary, one CTest entry with label "unit". What is tested is
# optimized as in the product; the tests themselves are not, which spares two seconds of compiling each. And several are
# compiled as one: three quarters of what a test costs is what the next one needs too. So each has a namespace named after
# its file, in which nothing meets what another one calls the same (`namespace bekci::tsdb::wal_test {`).
function(bekci_test name)
  cmake_parse_arguments(T "" "SECONDS" "SOURCES;LIBRARIES" ${ARGN})
  if(NOT BEKCI_TESTS)
    return()
  endif()
  add_executable(${name} ${T_SOURCES})
  target_link_libraries(${name} PRIVATE bekci_test_main ${T_LIBRARIES})
  target_link_options(${name} PRIVATE ${BEKCI_FAST_LINKER})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 6)
  foreach(source ${T_SOURCES})
    if(NOT source MATCHES "_test\\.cc$")
      set_source_files_properties(${source} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
    endif()
  endforeach()
  bekci_compile_options(${name} bekci_test_main)
  target_compile_definitions(${name} PRIVATE BEKCI_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
                             BEKCI_BINARY_DIR="${CMAKE_BINARY_DIR}")
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES LABELS unit TIMEOUT 300)
  if(T_SECONDS)
    set_tests_properties(${name} PROPERTIES COST ${T_SECONDS})
  endif()
endfunction()

# bekci_protos(target a.proto ...): generated code of proto/ in a library of its own, lite runtime.
function(bekci_protos target)
  set(sources)
  foreach(proto ${ARGN})
    get_filename_component(stem ${proto} NAME_WE)
    set(out ${CMAKE_BINARY_DIR}/generated/proto/${stem}.pb)
    add_custom_command(
      OUTPUT ${out}.cc ${out}.h
      COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_BINARY_DIR}/generated
      COMMAND protobuf::protoc --proto_path=${CMAKE_SOURCE_DIR} --cpp_out=lite:${CMAKE_BINARY_DIR}/generated
              ${CMAKE_SOURCE_DIR}/proto/${proto}
      DEPENDS ${CMAKE_SOURCE_DIR}/proto/${proto}
      VERBATIM)
    list(APPEND sources ${out}.cc ${out}.h)
  endforeach()
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} SYSTEM PUBLIC ${CMAKE_BINARY_DIR}/generated)
  target_link_libraries(${target} PUBLIC dep::protobuf)
endfunction()

function(bekci_library name)
  cmake_parse_arguments(L "COLD" "TEST_SECONDS" "SOURCES;PUBLIC;PRIVATE;TESTS;TEST_LIBRARIES" ${ARGN})
  add_library(agent_${name} STATIC ${L_SOURCES})
  target_link_libraries(agent_${name} PUBLIC ${L_PUBLIC} PRIVATE ${L_PRIVATE})
  if(L_COLD)
    target_compile_options(agent_${name} PRIVATE ${BEKCI_COLD})
    bekci_compile_options(agent_${name} bekci_cold_headers)
  else()
    bekci_compile_options(agent_${name})
  endif()
  if(L_TESTS)
    bekci_test(${name}_test SOURCES ${L_TESTS} LIBRARIES agent_${name} ${L_PRIVATE} ${L_TEST_LIBRARIES}
               SECONDS ${L_TEST_SECONDS})
  endif()
endfunction()

# bekci_fuzz(name SOURCE x_fuzz.cc LIBRARIES agent_x): a libFuzzer target, built only with BEKCI_FUZZ.
# Seeds live in <folder>/fuzz_corpus/<name>/ and are replayed by tests/run even without clang's fuzzer.
function(bekci_fuzz name)
  cmake_parse_arguments(F "" "SOURCE" "LIBRARIES" ${ARGN})
  if(BEKCI_FUZZ)
    add_executable(${name} ${F_SOURCE})
    target_link_libraries(${name} PRIVATE ${F_LIBRARIES})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    bekci_compile_options(${name})
    set_property(GLOBAL APPEND PROPERTY BEKCI_FUZZ_TARGETS ${name})
  elseif(BEKCI_TESTS)
    add_executable(${name}_replay ${F_SOURCE})
    target_link_libraries(${name}_replay PRIVATE bekci_replay_main ${F_LIBRARIES})
    target_link_options(${name}_replay PRIVATE ${BEKCI_FAST_LINKER})
    bekci_compile_options(${name}_replay bekci_cold_headers)
    add_test(NAME ${name}_replay COMMAND ${name}_replay ${CMAKE_CURRENT_SOURCE_DIR}/fuzz_corpus/${name})
    set_tests_properties(${name}_replay PROPERTIES LABELS unit)
  endif()
endfunction()
