/* libidn2: IDNA 2008, for the domains of addresses and hosts. Few names need it, and loading it and its tables takes
 * every command a fifth of a millisecond: so it is loaded when the first such name comes. */
#pragma once
#include <dlfcn.h>
#include <idn2.h>

/* What the functions below say where the library is not there: none of its own codes. */
#define CIDN2_NOT_INSTALLED (-10000)

static inline void *cidn2_function(const char *name) {
    void *library = dlopen("libidn2.so.0", RTLD_NOW | RTLD_LOCAL);
    return library ? dlsym(library, name) : 0;
}

static inline int cidn2_lookup_u8(const uint8_t *label, uint8_t **output, int flags) {
    int (*function)(const uint8_t *, uint8_t **, int) =
        (int (*)(const uint8_t *, uint8_t **, int))cidn2_function("idn2_lookup_u8");
    return function ? function(label, output, flags) : CIDN2_NOT_INSTALLED;
}

static inline int cidn2_register_u8(const uint8_t *label, const uint8_t *alabel, uint8_t **output, int flags) {
    int (*function)(const uint8_t *, const uint8_t *, uint8_t **, int) =
        (int (*)(const uint8_t *, const uint8_t *, uint8_t **, int))cidn2_function("idn2_register_u8");
    return function ? function(label, alabel, output, flags) : CIDN2_NOT_INSTALLED;
}

static inline int cidn2_to_unicode_8z8z(const char *label, char **output, int flags) {
    int (*function)(const char *, char **, int) =
        (int (*)(const char *, char **, int))cidn2_function("idn2_to_unicode_8z8z");
    return function ? function(label, output, flags) : CIDN2_NOT_INSTALLED;
}

static inline const char *cidn2_strerror(int code) {
    const char *(*function)(int) = (const char *(*)(int))cidn2_function("idn2_strerror");
    return function ? function(code) : "libidn2 is not installed (apt-get install libidn2-0)";
}

static inline void cidn2_free(void *pointer) {
    void (*function)(void *) = (void (*)(void *))cidn2_function("idn2_free");
    if (pointer && function) function(pointer);
}
