# SPDX-License-Identifier: LGPL-2.1-or-later

# A program by the library and one by the archive, each of which knows of <vpoll.h> by its target alone, and of no other header of the library.

set(sources ${CMAKE_CURRENT_LIST_DIR}/../programs/additions.c ${CMAKE_CURRENT_LIST_DIR}/headers.c)
add_executable(shared ${sources})
target_link_libraries(shared PRIVATE vpoll::vpoll)
add_executable(static ${sources})
target_link_libraries(static PRIVATE vpoll::vpoll_static)
