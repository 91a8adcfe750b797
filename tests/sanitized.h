/* Whether AddressSanitizer looks at each access: gcc and clang say it in ways of their own. */
#ifndef TL_TESTS_SANITIZED_H
#define TL_TESTS_SANITIZED_H

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

#endif
