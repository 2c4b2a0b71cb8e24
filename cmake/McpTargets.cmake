# The kinds of target this project has, and the flags every one of them gets.

add_library(mcp_flags INTERFACE)
target_compile_definitions(mcp_flags INTERFACE _POSIX_C_SOURCE=200809L
  MCP_VERSION_STRING="${PROJECT_VERSION}")
target_compile_options(mcp_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
  -Wmissing-prototypes -Wvla -Wcast-qual -Wwrite-strings -Wundef -Wformat=2
  $<$<BOOL:${MCP_WERROR}>:-Werror>
  $<$<CONFIG:RelWithDebInfo>:-fstack-protector-strong>
  $<$<BOOL:${MCP_COVERAGE}>:--coverage>)
target_link_options(mcp_flags INTERFACE $<$<BOOL:${MCP_COVERAGE}>:--coverage>)
if(CMAKE_BUILD_TYPE STREQUAL "RelWithDebInfo" AND NOT MCP_SANITIZE)
  target_compile_options(mcp_flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
  target_link_options(mcp_flags INTERFACE -Wl,-z,relro,-z,now)
  # Across layers too: a request passes through forty small functions. The archives hold machine
  # code beside it, for whoever links them without.
  if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
    target_compile_options(mcp_flags INTERFACE -flto=auto -ffat-lto-objects)
    target_link_options(mcp_flags INTERFACE -flto=auto)
  endif()
endif()
if(MCP_SANITIZE)
  target_compile_options(mcp_flags INTERFACE
    -fsanitize=${MCP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mcp_flags INTERFACE -fsanitize=${MCP_SANITIZE})
endif()

# mcp_layer(base [LINUX] SOURCES a.c b.c USES json wire EXTERNAL PkgConfig::X): static library
# mcp_base. Linking is the layer rule: a layer sees only the layers named in USES. LINUX lifts the
# C library to _GNU_SOURCE, for the effectful layers that need epoll, signalfd or seccomp.
function(mcp_layer name)
  cmake_parse_arguments(ARG "LINUX" "" "SOURCES;USES;EXTERNAL" ${ARGN})
  add_library(mcp_${name} STATIC ${ARG_SOURCES})
  add_library(mcp::${name} ALIAS mcp_${name})
  target_include_directories(mcp_${name}
    PUBLIC $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
           $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
  if(ARG_LINUX)
    target_compile_definitions(mcp_${name} PRIVATE _GNU_SOURCE)
  endif()
  list(TRANSFORM ARG_USES PREPEND mcp::)
  target_link_libraries(mcp_${name} PUBLIC ${ARG_USES} ${ARG_EXTERNAL} PRIVATE mcp_flags)
endfunction()

# mcp_program(mcp-call LAYER call MAIN main.c): the executable of a program layer.
function(mcp_program name)
  cmake_parse_arguments(ARG "LINUX" "LAYER;MAIN" "" ${ARGN})
  add_executable(${name} ${ARG_MAIN})
  if(ARG_LINUX)
    target_compile_definitions(${name} PRIVATE _GNU_SOURCE)
  endif()
  target_link_libraries(${name} PRIVATE mcp::${ARG_LAYER} mcp_flags)
  install(TARGETS ${name})
endfunction()

# mcp_embed(mcp_json schemas/x.json product_schema): `extern const char product_schema[]` with
# the file's text and a final NUL, compiled into the target.
function(mcp_embed target file symbol)
  set(source ${PROJECT_SOURCE_DIR}/${file})
  set(unit ${CMAKE_CURRENT_BINARY_DIR}/embed_${symbol}.c)
  add_custom_command(OUTPUT ${unit}
    COMMAND ${CMAKE_COMMAND} -DSOURCE=${source} -DUNIT=${unit} -DSYMBOL=${symbol}
            -P ${PROJECT_SOURCE_DIR}/cmake/McpEmbed.cmake
    DEPENDS ${source} ${PROJECT_SOURCE_DIR}/cmake/McpEmbed.cmake)
  target_sources(${target} PRIVATE ${unit})
endfunction()

# Tests are started through this, so that scripts/valgrind can put a checker around them.
set(MCP_LAUNCH ${PROJECT_SOURCE_DIR}/tests/launch)

# mcp_unit_test(wire sse_parser): tests/unit/wire/test_sse_parser.c -> ctest "unit.wire.sse_parser".
# When tests/probe/probe_sse_parser.c exists it is linked in, and mcp-probe offers the module.
function(mcp_unit_test layer module)
  set(target test_${layer}_${module})
  set(probe ${PROJECT_SOURCE_DIR}/tests/probe/probe_${module}.c)
  add_executable(${target} ${PROJECT_SOURCE_DIR}/tests/unit/${layer}/test_${module}.c)
  if(EXISTS ${probe})
    target_sources(${target} PRIVATE ${probe})
    set_property(GLOBAL APPEND PROPERTY MCP_PROBES ${module})
    set_property(GLOBAL APPEND PROPERTY MCP_PROBE_LAYERS mcp::${layer})
  endif()
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_include_directories(${target} PRIVATE ${PROJECT_SOURCE_DIR}/tests/probe)
  target_link_libraries(${target} PRIVATE mcp::${layer} mcp_test_support mcp_flags)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
  add_test(NAME unit.${layer}.${module} COMMAND ${MCP_LAUNCH} $<TARGET_FILE:${target}>)
  set_tests_properties(unit.${layer}.${module} PROPERTIES LABELS "unit;${layer}" TIMEOUT 120)
endfunction()

# mcp_fuzz_target(wire sse_parser): fuzz/fuzz_sse_parser.c. With MCP_BUILD_FUZZERS a libFuzzer
# binary; otherwise ctest "replay.sse_parser" runs fuzz/corpus and fuzz/regress through it.
function(mcp_fuzz_target layer module)
  set(target fuzz_${module})
  add_executable(${target} ${target}.c)
  target_compile_definitions(${target} PRIVATE _GNU_SOURCE)
  target_link_libraries(${target} PRIVATE mcp::${layer} mcp_flags)
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/fuzz)
  if(MCP_BUILD_FUZZERS)
    target_link_options(${target} PRIVATE -fsanitize=fuzzer)
  else()
    target_sources(${target} PRIVATE replay_main.c)
    file(GLOB inputs CONFIGURE_DEPENDS corpus/${module}/* regress/${module}/*)
    add_test(NAME replay.${module} COMMAND ${MCP_LAUNCH} $<TARGET_FILE:${target}> ${inputs})
    set_tests_properties(replay.${module} PROPERTIES LABELS replay TIMEOUT 60)
  endif()
endfunction()

# mcp_header_check(wire): every public header compiles alone, and twice in a row.
function(mcp_header_check top_layer)
  file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/mcp/*.h)
  set(units)
  foreach(header IN LISTS headers)
    cmake_path(GET header STEM stem)
    set(unit ${CMAKE_CURRENT_BINARY_DIR}/header_check/${stem}.c)
    file(CONFIGURE OUTPUT ${unit} CONTENT
      "#include \"mcp/${stem}.h\"\n#include \"mcp/${stem}.h\"\nextern int header_${stem};\n")
    list(APPEND units ${unit})
  endforeach()
  add_library(header_check OBJECT ${units})
  target_link_libraries(header_check PRIVATE mcp::${top_layer} PkgConfig::JANSSON mcp_flags)
endfunction()
