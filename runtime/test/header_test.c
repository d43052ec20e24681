/* The public headers are C11 and C++17, each on its own; CMake compiles this
 * file as both with -pedantic, once for every header. */
#include SQART_TEST_HEADER

int sqart_test_header_compiles(void);
int sqart_test_header_compiles(void) { return 0; }
