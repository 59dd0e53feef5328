# SPDX-License-Identifier: LGPL-2.1-or-later

# What is installed, by which name find_package() finds it, and the release.

include(CMakePackageConfigHelpers)

if(VPOLL_FUSE)
  install(PROGRAMS $<TARGET_FILE:vpoll-fuse> DESTINATION ${helper_folder})
  # The same program as a service of the machine: nothing starts it before an administrator says so.
  install(PROGRAMS $<TARGET_FILE:vpoll-fuse> DESTINATION ${CMAKE_INSTALL_SBINDIR})
  file(READ helper/vpoll-fuse.service unit)
  string(REPLACE "=/usr/sbin/" "=${CMAKE_INSTALL_FULL_SBINDIR}/" unit "${unit}")
  file(WRITE ${CMAKE_CURRENT_BINARY_DIR}/vpoll-fuse.service "${unit}")
  install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vpoll-fuse.service DESTINATION lib/systemd/system)
  install(FILES man/vpoll-fuse.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
endif()

configure_file(vpoll.pc.in vpoll.pc @ONLY)

install(TARGETS vpoll vpoll_static EXPORT vpoll
  LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR}
  INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES vpoll.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/vpoll.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
install(DIRECTORY man/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3 FILES_MATCHING PATTERN "*.3")
install(FILES man/vpoll.7 DESTINATION ${CMAKE_INSTALL_MANDIR}/man7)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/vpoll)
write_basic_package_version_file(vpollConfigVersion.cmake COMPATIBILITY SameMajorVersion)
install(EXPORT vpoll NAMESPACE vpoll:: FILE vpollTargets.cmake DESTINATION ${package})
install(FILES vpollConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/vpollConfigVersion.cmake DESTINATION ${package})

add_custom_target(uninstall COMMAND ${CMAKE_COMMAND} -P ${CMAKE_CURRENT_SOURCE_DIR}/uninstall.cmake)

set(CPACK_PACKAGE_NAME libvpoll)
set(CPACK_SOURCE_GENERATOR TGZ)
set(CPACK_SOURCE_PACKAGE_FILE_NAME libvpoll-${PROJECT_VERSION})
set(CPACK_SOURCE_INSTALLED_DIRECTORIES "${CMAKE_CURRENT_SOURCE_DIR};/")
get_filename_component(licenses ${CMAKE_CURRENT_SOURCE_DIR}/../../LICENSES ABSOLUTE)
if(EXISTS ${licenses})
  list(APPEND CPACK_SOURCE_INSTALLED_DIRECTORIES ${licenses} /LICENSES)
endif()
set(CPACK_SOURCE_IGNORE_FILES "/build[^/]*/" "/\\." "/GPL-2.0-only" "/Linux-syscall-note")
# The release: `make package_source`.
include(CPack)
