# What find_package(SqaMlir) finds: headers with the paths they have here, the
# libraries, and the macros of SqaMlirLlvm.cmake.
include(CMakePackageConfigHelpers)
set(SQA_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/SqaMlir)
set(SQA_INCLUDE_DIR ${CMAKE_INSTALL_INCLUDEDIR}/sqa-mlir)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/dialects DESTINATION ${SQA_INCLUDE_DIR}
  FILES_MATCHING PATTERN "*.h" PATTERN "*.td")
install(DIRECTORY ${PROJECT_BINARY_DIR}/dialects DESTINATION ${SQA_INCLUDE_DIR}
  FILES_MATCHING PATTERN "*.h.inc" PATTERN "CMakeFiles" EXCLUDE)
foreach(root ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  install(DIRECTORY ${root}/include/sqa DESTINATION ${SQA_INCLUDE_DIR}
    FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.h.inc" PATTERN "CMakeFiles" EXCLUDE)
endforeach()

install(EXPORT SqaMlirTargets NAMESPACE SqaMlir:: DESTINATION ${SQA_CMAKE_DIR})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/SqaMlirConfig.cmake.in
  ${PROJECT_BINARY_DIR}/SqaMlirConfig.cmake INSTALL_DESTINATION ${SQA_CMAKE_DIR}
  PATH_VARS SQA_INCLUDE_DIR)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/SqaMlirConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/SqaMlirConfig.cmake
  ${PROJECT_BINARY_DIR}/SqaMlirConfigVersion.cmake DESTINATION ${SQA_CMAKE_DIR})
