/* What the two files of the C++ test share. */
#ifndef TL_TESTS_CPP_MACROS_H
#define TL_TESTS_CPP_MACROS_H

void check(bool holds, const char *what);
void every_macro();

#endif
