/* What charts need to know of the terminal that they are printed on. */
#ifndef TOOL_TERMINAL_H
#define TOOL_TERMINAL_H

#include <stdio.h>

#include <tapeloop/chart.h>

/* As wide as the terminal is; in colours where has_colours says so; ASCII, where the locale
 * (LC_ALL, LC_CTYPE or LANG) has another encoding than UTF-8. A file is 80 columns wide. */
tl_chart_options terminal_of(FILE *file);

#endif
