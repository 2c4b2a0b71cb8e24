# The installed library: libmcp static and shared from the objects of its layers, the public headers,
# pkg-config and CMake packages.
include(CMakePackageConfigHelpers)

set(objects)
foreach(layer IN ITEMS base json wire protocol server client listen oauth_client dial program orchestrator)
  list(APPEND objects $<TARGET_OBJECTS:mcp_${layer}>)
endforeach()

# What a header declares is exported, nothing else.
set(exports)
file(GLOB headers CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/include/mcp/*.h)
foreach(header IN LISTS headers)
  file(READ ${header} text)
  string(REGEX MATCHALL "(mcp|orch)_[a-z0-9_]+\\(" calls "${text}")
  list(APPEND exports ${calls})
endforeach()
list(REMOVE_DUPLICATES exports)
list(SORT exports)
set(names)
foreach(call IN LISTS exports)
  string(REPLACE "(" ";" call "${call}")
  string(APPEND names "    ${call}\n")
endforeach()
file(CONFIGURE OUTPUT ${CMAKE_CURRENT_BINARY_DIR}/mcp.map CONTENT "{\n  global:\n@names@  local: *;\n};\n" @ONLY)

set(needs PkgConfig::PCRE2 PkgConfig::IDN2 PkgConfig::NETTLE PkgConfig::YAML PkgConfig::CURL PkgConfig::MICROHTTPD
          PkgConfig::GNUTLS PkgConfig::CRYPTO Threads::Threads m)
set(pc_redis)
set(config_redis)
if(MCP_HAS_REDIS)
  list(APPEND needs PkgConfig::HIREDIS)
  set(pc_redis " hiredis >= 0.14")
  set(config_redis "pkg_check_modules(HIREDIS QUIET REQUIRED IMPORTED_TARGET hiredis>=0.14)")
endif()

add_library(mcp SHARED ${objects})
add_library(mcp_archive STATIC ${objects})
set_target_properties(mcp PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
  LINK_DEPENDS ${CMAKE_CURRENT_BINARY_DIR}/mcp.map)
set_target_properties(mcp_archive PROPERTIES OUTPUT_NAME mcp EXPORT_NAME mcp_static)
target_link_options(mcp PRIVATE $<TARGET_PROPERTY:mcp_flags,INTERFACE_LINK_OPTIONS>
  -Wl,--version-script=${CMAKE_CURRENT_BINARY_DIR}/mcp.map -Wl,--no-undefined)
foreach(target IN ITEMS mcp mcp_archive)
  set_target_properties(${target} PROPERTIES LINKER_LANGUAGE C)
  target_include_directories(${target} INTERFACE
    $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
  target_link_libraries(${target} PUBLIC PkgConfig::JANSSON PRIVATE ${needs})
endforeach()

# Both packages find everything from where they lie, so that a prefix can be chosen when installing.
set(cmake_dir ${CMAKE_INSTALL_LIBDIR}/cmake/mcp)
set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_to_prefix /${pc_dir} /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
configure_file(${PROJECT_SOURCE_DIR}/cmake/mcp.pc.in ${CMAKE_CURRENT_BINARY_DIR}/mcp.pc @ONLY)
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/mcpConfig.cmake.in
  ${CMAKE_CURRENT_BINARY_DIR}/mcpConfig.cmake INSTALL_DESTINATION ${cmake_dir})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/mcpConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)

install(TARGETS mcp mcp_archive EXPORT mcp)
install(EXPORT mcp NAMESPACE mcp:: FILE mcpTargets.cmake DESTINATION ${cmake_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mcpConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/mcpConfigVersion.cmake
  DESTINATION ${cmake_dir})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/mcp.pc DESTINATION ${pc_dir})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/mcp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN *.h)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE ${PROJECT_SOURCE_DIR}/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
