# Collectors are found by folder: exporters/CMakeLists.txt includes every exporters/*/CMakeLists.txt, and each says
#
#   bekci_collector(redis SOURCES redis.cc TESTS redis_test.cc LIBRARIES agent_net)
#
# The names gather in a list from which bekci_collector_table() writes table.cc, an array of pointers to each folder's
# bekci::exporters::<name>::kSpec. No list to edit, no static initialiser, sorted, so output does not depend on the disk.
function(bekci_collector name)
  cmake_parse_arguments(C "" "TEST_SECONDS" "SOURCES;TESTS;LIBRARIES" ${ARGN})
  add_library(exporter_${name} STATIC ${C_SOURCES})
  target_link_libraries(exporter_${name} PUBLIC agent_collect PRIVATE ${C_LIBRARIES})
  bekci_compile_options(exporter_${name})
  if(C_TESTS)
    bekci_test(exporter_${name}_test SOURCES ${C_TESTS} LIBRARIES exporter_${name} agent_collect ${C_LIBRARIES}
               SECONDS ${C_TEST_SECONDS})
  endif()
  get_property(list GLOBAL PROPERTY ${BEKCI_COLLECTOR_LIST})
  list(APPEND list ${name})
  set_property(GLOBAL PROPERTY ${BEKCI_COLLECTOR_LIST} ${list})
endfunction()

# bekci_collector_table(library LIST...): generates table.cc from the named lists and links every folder's library.
#
# The table is an object library: whoever links it has it, also when only agent_collect, which comes later on the link
# line, asks for AllCollectors(). A static one would be left out by the linker then. So name it in the program itself.
function(bekci_collector_table library)
  set(names)
  foreach(list_name ${ARGN})
    get_property(list GLOBAL PROPERTY ${list_name})
    list(APPEND names ${list})
  endforeach()
  if(NOT names)
    message(FATAL_ERROR "${library}: no collector in ${ARGN}; a program without one would collect nothing and not say so")
  endif()
  list(SORT names)
  set(declarations "")
  set(rows "")
  set(libraries "")
  foreach(name ${names})
    string(APPEND declarations "namespace bekci::exporters::${name} {\nextern const collect::CollectorSpec kSpec;\n}\n")
    string(APPEND rows "    &bekci::exporters::${name}::kSpec,\n")
    list(APPEND libraries exporter_${name})
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/generated/${library}.cc @ONLY CONTENT
"// Generated from the folders of collectors; do not edit.
#include \"agent/collect/collector.h\"
@declarations@
namespace bekci::collect {
namespace {
const CollectorSpec* const kTable[] = {
@rows@};
}
std::span<const CollectorSpec* const> AllCollectors() { return kTable; }
}  // namespace bekci::collect
")
  add_library(${library} OBJECT ${CMAKE_BINARY_DIR}/generated/${library}.cc)
  target_link_libraries(${library} PUBLIC agent_collect PRIVATE ${libraries})
  bekci_compile_options(${library})
endfunction()
