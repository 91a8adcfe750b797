/* What charts need to know of the terminal that they are printed on. */
#define _DEFAULT_SOURCE /* fileno, strcasecmp */
#include "terminal.h"
#include "said.h"

#include <stdlib.h>
#include <strings.h>
#include <sys/ioctl.h>

static bool has_utf8(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
	const char *locale = NULL;
	for (int k = 0; k < 3 && !(locale && *locale); k++)
		locale = getenv(names[k]);
	const char *encoding = locale;
	while (encoding && *encoding && *encoding != '.')
		encoding++;
	return encoding &&
	       (!strncasecmp(encoding, ".UTF-8", 6) || !strncasecmp(encoding, ".UTF8", 5));
}

tl_chart_options terminal_of(FILE *file)
{
	struct winsize size = {0};
	tl_chart_options o = {
		.width = PAGE_WIDTH, .ascii = !has_utf8(), .colors = has_colours(file)};
	if (!ioctl(fileno(file), TIOCGWINSZ, &size) && size.ws_col >= 40)
		o.width = size.ws_col < 160 ? size.ws_col : 160;
	return o;
}
