# Every library that bekci links, found once and given one target name: dep::<name>.
# Folders name these targets, so the README's dependency table and the build agree on what is used where.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Protobuf REQUIRED)
find_package(OpenSSL REQUIRED)

add_library(dep::threads ALIAS Threads::Threads)

# Headers of Debian packages are system headers: their warnings are not ours.
# LOADED_WHEN_USED: only the headers; the library is not linked but loaded when it is first needed (base/shared_library.h).
function(bekci_dependency name)
  cmake_parse_arguments(D "LOADED_WHEN_USED" "" "LIBRARIES;PKG" ${ARGN})
  add_library(dep_${name} INTERFACE)
  if(D_PKG AND D_LOADED_WHEN_USED)
    pkg_check_modules(PC_${name} REQUIRED ${D_PKG})
    target_include_directories(dep_${name} SYSTEM INTERFACE ${PC_${name}_INCLUDE_DIRS})
  elseif(D_PKG)
    pkg_check_modules(PC_${name} REQUIRED IMPORTED_TARGET ${D_PKG})
    target_link_libraries(dep_${name} INTERFACE PkgConfig::PC_${name})
  endif()
  target_link_libraries(dep_${name} INTERFACE ${D_LIBRARIES})
  add_library(dep::${name} ALIAS dep_${name})
endfunction()

bekci_dependency(spdlog PKG spdlog)
bekci_dependency(re2 PKG re2)
bekci_dependency(yaml PKG yaml-cpp)
bekci_dependency(zstd PKG libzstd)
bekci_dependency(deflate PKG libdeflate)
bekci_dependency(prometheus PKG prometheus-cpp-core)
bekci_dependency(json PKG nlohmann_json)
bekci_dependency(systemd PKG libsystemd LOADED_WHEN_USED)
bekci_dependency(curl PKG libcurl LOADED_WHEN_USED)
bekci_dependency(mariadb PKG libmariadb LOADED_WHEN_USED)
bekci_dependency(hiredis PKG hiredis)
bekci_dependency(openssl LIBRARIES OpenSSL::SSL OpenSSL::Crypto)
bekci_dependency(protobuf LIBRARIES protobuf::libprotobuf-lite)
# A sanitizer's runtime has a crypt_r of its own that calls the real one: the linker must not think it is not needed.
bekci_dependency(crypt LIBRARIES -Wl,--push-state,--no-as-needed crypt -Wl,--pop-state)

find_path(DOCTEST_INCLUDE_DIR doctest/doctest.h)
if(DOCTEST_INCLUDE_DIR)
  set(BEKCI_TESTS ON)
  # Only tests use zlib: a reader of gzip that is not the library that wrote it.
  find_package(ZLIB REQUIRED)
  bekci_dependency(zlib LIBRARIES ZLIB::ZLIB)
else()
  set(BEKCI_TESTS OFF)
  message(STATUS "doctest not found: tests are not built (tests/run installs it)")
endif()
