# CMake's way to lastcall: find_package(lastcall), then lastcall_header(TARGET SPEC).
#
# Where lastcall is not installed: find_package(lastcall PATHS A_CLONE/gen/cmake NO_DEFAULT_PATH).

cmake_minimum_required(VERSION 3.20)

find_program(LASTCALL_PROGRAM lastcall
             HINTS "${CMAKE_CURRENT_LIST_DIR}/.." "${CMAKE_CURRENT_LIST_DIR}/../../../bin"
             DOC "the generator of lastcall")
if(NOT LASTCALL_PROGRAM)
  set(lastcall_FOUND FALSE)
  set(lastcall_NOT_FOUND_MESSAGE "there is no program `lastcall`")
  return()
endif()

# lastcall_header(TARGET SPEC)
#
# Makes the header of a spec for a target, whose sources include it as "NAME.h": NAME is that of the spec's file without its ending.
# It is made again when the spec or the generator changes; a spec that is wrong stops the build.
function(lastcall_header target spec)
  get_filename_component(spec "${spec}" ABSOLUTE)
  get_filename_component(name "${spec}" NAME_WLE)
  set(folder "${CMAKE_CURRENT_BINARY_DIR}/${target}-lastcall")
  set(header "${folder}/${name}.h")
  add_custom_command(
    OUTPUT "${header}"
    COMMAND "${LASTCALL_PROGRAM}" header "${spec}" -o "${header}" --depfile "${header}.d"
    DEPENDS "${spec}"
    DEPFILE "${header}.d"
    COMMENT "lastcall: ${name}.h"
    VERBATIM)
  target_sources("${target}" PRIVATE "${header}")
  target_include_directories("${target}" PRIVATE "${folder}")
endfunction()
