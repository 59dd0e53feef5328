# SPDX-License-Identifier: LGPL-2.1-or-later

# find_package(vpoll): the targets vpoll::vpoll and vpoll::vpoll_static.

include(CMakeFindDependencyMacro)
find_dependency(Threads)
include(${CMAKE_CURRENT_LIST_DIR}/vpollTargets.cmake)
