# How the project's own targets are built.

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}")

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CCACHE}")
endif()

# Several sources make one translation unit, since most of a compiler's time goes into the headers of CAF, RESTinio and
# the standard library. What a source keeps to itself, in an anonymous namespace, is then seen by its neighbours.
set(CMAKE_UNITY_BUILD ON CACHE BOOL "Compile several sources as one translation unit")
set(CMAKE_UNITY_BUILD_BATCH_SIZE 10)

# One of: empty, "address,undefined", "thread".
set(GLYPHGATE_SANITIZE "" CACHE STRING "Sanitizers to build with")
if(GLYPHGATE_SANITIZE)
  add_compile_options(-fsanitize=${GLYPHGATE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${GLYPHGATE_SANITIZE})
  if(GLYPHGATE_SANITIZE STREQUAL "thread")
    add_compile_options(-Wno-tsan)
    # ThreadSanitizer does not make the directory.
    file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/reports")
    add_library(thread_sanitizer OBJECT "${CMAKE_CURRENT_LIST_DIR}/thread_sanitizer.cpp")
    set_property(SOURCE "${CMAKE_CURRENT_LIST_DIR}/thread_sanitizer.cpp"
      PROPERTY COMPILE_DEFINITIONS GLYPHGATE_REPORTS="${CMAKE_BINARY_DIR}/reports/report")
    link_libraries(thread_sanitizer)
  endif()
endif()

# Places where a test can make the program fail, stall or die: core/failpoint.hpp.
if(CMAKE_BUILD_TYPE STREQUAL "Debug")
  option(GLYPHGATE_FAILPOINTS "Compile the failpoints in" ON)
else()
  option(GLYPHGATE_FAILPOINTS "Compile the failpoints in" OFF)
endif()
if(GLYPHGATE_FAILPOINTS)
  add_compile_definitions(GLYPHGATE_FAILPOINTS)
endif()

function(glyphgate_warnings target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wconversion -Wshadow -Werror)
  # False alarms of g++ 12 when it optimises: variants that are moved, or stand in an initializer list.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  # And a literal before a string (https://gcc.gnu.org/bugzilla/show_bug.cgi?id=105651).
  target_compile_options(${target} PRIVATE $<$<AND:$<CXX_COMPILER_ID:GNU>,$<CONFIG:Release>>:-Wno-restrict>)
  if(CMAKE_UNITY_BUILD)
    # A class of one source may have members of types that this source keeps to itself.
    target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
endfunction()

# glyphgate_alone(SOURCE …): sources that keep a name to themselves to which a neighbour gives another meaning. Each is a
# translation unit of its own.
function(glyphgate_alone)
  set_source_files_properties(${ARGN} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
endfunction()

# glyphgate_library(NAME SOURCES … USES …): the library of one top-level directory. Its headers are included as
# "NAME/header.hpp" through an include directory that holds NAME alone, so that a target sees only what it links.
function(glyphgate_library name)
  cmake_parse_arguments(arg "" "" "SOURCES;USES" ${ARGN})
  set(root "${CMAKE_BINARY_DIR}/include/${name}")
  file(MAKE_DIRECTORY "${root}")
  file(CREATE_LINK "${CMAKE_CURRENT_SOURCE_DIR}" "${root}/${name}" SYMBOLIC)
  add_library(glyphgate_${name} STATIC ${arg_SOURCES})
  target_include_directories(glyphgate_${name} PUBLIC "${root}")
  target_link_libraries(glyphgate_${name} PUBLIC ${arg_USES})
  glyphgate_warnings(glyphgate_${name})
endfunction()
