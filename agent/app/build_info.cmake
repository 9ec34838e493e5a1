# Writes build_info.cc from build_info.cc.in with the commit and branch that git knows.
function(ask_git variable)
  execute_process(COMMAND git -C ${SOURCE} ${ARGN} OUTPUT_VARIABLE answer ERROR_QUIET RESULT_VARIABLE failed
                  OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(failed OR NOT answer MATCHES "^[A-Za-z0-9._/-]+$")
    set(answer unknown)
  endif()
  set(${variable} ${answer} PARENT_SCOPE)
endfunction()

ask_git(BEKCI_REVISION rev-parse --short=10 HEAD)
ask_git(BEKCI_BRANCH rev-parse --abbrev-ref HEAD)
set(CMAKE_SYSTEM_PROCESSOR ${ARCHITECTURE})
configure_file(${CMAKE_CURRENT_LIST_DIR}/build_info.cc.in ${OUT} @ONLY)
