# LLVM/MLIR 22: found here, and the four macros the tree is built with.
file(STRINGS ${PROJECT_SOURCE_DIR}/cmake/llvm-version.txt SQA_LLVM_VERSION LIMIT_COUNT 1)
string(REGEX MATCH "^[0-9]+" SQA_LLVM_MAJOR ${SQA_LLVM_VERSION})
find_package(MLIR ${SQA_LLVM_VERSION} REQUIRED CONFIG
  HINTS /usr/lib/llvm-${SQA_LLVM_MAJOR}/lib/cmake/mlir)
message(STATUS "MLIR ${LLVM_PACKAGE_VERSION} in ${MLIR_DIR}")
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
# The tools of the same LLVM: lit, FileCheck, not, split-file.
set(SQA_LLVM_TOOLS_DIR ${LLVM_TOOLS_BINARY_DIR})

# What every library and tool that sees MLIR compiles with.
add_library(sqa_mlir_flags INTERFACE)
target_include_directories(sqa_mlir_flags SYSTEM INTERFACE ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
target_include_directories(sqa_mlir_flags INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}>
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
  $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}/sqa-mlir>)
separate_arguments(sqa_llvm_defs NATIVE_COMMAND "${LLVM_DEFINITIONS}")
target_compile_options(sqa_mlir_flags INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-fno-exceptions>)
if(CMAKE_CXX_COMPILER_ID MATCHES "Clang")
  # A header without its time stamp is the same file after every build, which
  # lets ccache serve what was compiled with it.
  target_compile_options(sqa_mlir_flags INTERFACE "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-Xclang -fno-pch-timestamp>")
endif()
target_compile_definitions(sqa_mlir_flags INTERFACE ${sqa_llvm_defs})
install(TARGETS sqa_mlir_flags EXPORT SqaMlirTargets)

# MLIR's headers take 10 s a file to read; precompiled, 1 s.
add_library(sqa_pch OBJECT ${PROJECT_SOURCE_DIR}/cmake/Pch.cpp)
target_link_libraries(sqa_pch PRIVATE sqa_mlir_flags)
target_precompile_headers(sqa_pch PRIVATE ${PROJECT_SOURCE_DIR}/cmake/Pch.h)

# add_sqa_tablegen(<dialect> <file.td> [OPS] [ATTRS] [ENUMS] [TYPES] DIALECT <name>):
# the .inc files of a dialect, in the build tree under the same sub-path.
function(add_sqa_tablegen target td)
  cmake_parse_arguments(ARG "ATTRS;ENUMS;TYPES" "DIALECT" "" ${ARGN})
  set(LLVM_TARGET_DEFINITIONS ${td})
  get_filename_component(stem ${td} NAME_WE)
  mlir_tablegen(${stem}.h.inc -gen-op-decls -dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  mlir_tablegen(${stem}.cpp.inc -gen-op-defs -dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  mlir_tablegen(${stem}Dialect.h.inc -gen-dialect-decls -dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  mlir_tablegen(${stem}Dialect.cpp.inc -gen-dialect-defs -dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  if(ARG_ENUMS)
    mlir_tablegen(${stem}Enums.h.inc -gen-enum-decls EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
    mlir_tablegen(${stem}Enums.cpp.inc -gen-enum-defs EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  endif()
  if(ARG_ATTRS)
    mlir_tablegen(${stem}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
    mlir_tablegen(${stem}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  endif()
  if(ARG_TYPES)
    mlir_tablegen(${stem}Types.h.inc -gen-typedef-decls -typedefs-dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
    mlir_tablegen(${stem}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${ARG_DIALECT} EXTRA_INCLUDES ${PROJECT_SOURCE_DIR} ${MLIR_INCLUDE_DIRS})
  endif()
  add_public_tablegen_target(${target})
  set_property(GLOBAL APPEND PROPERTY SQA_TABLEGEN_TARGETS ${target})
endfunction()

# add_sqa_library(<name> SOURCES ... LINK ... [DEPENDS ...]): a static library.
# Every library waits for all generated headers: there are few, and a missing
# edge would only show on a clean parallel build.
function(add_sqa_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC sqa_mlir_flags ${ARG_LINK} MLIR LLVM)
  target_precompile_headers(${name} REUSE_FROM sqa_pch)
  get_property(tablegen GLOBAL PROPERTY SQA_TABLEGEN_TARGETS)
  add_dependencies(${name} ${tablegen} ${ARG_DEPENDS})
  set_property(GLOBAL APPEND PROPERTY SQA_LIBRARIES ${name})
  install(TARGETS ${name} EXPORT SqaMlirTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
endfunction()

# add_sqa_mlir_tool(<name> SOURCES ... LINK ...): a tool that sees MLIR.
function(add_sqa_mlir_tool name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE sqa_mlir_flags ${ARG_LINK} MLIR LLVM)
  # Plugins resolve the symbols of our libraries in the tool that loads them.
  set_target_properties(${name} PROPERTIES ENABLE_EXPORTS ON
    INSTALL_RPATH "$ORIGIN/../${CMAKE_INSTALL_LIBDIR};${LLVM_LIBRARY_DIRS}")
  install(TARGETS ${name} EXPORT SqaMlirTargets RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endfunction()
