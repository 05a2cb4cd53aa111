#pragma once
#include <stddef.h>
#include <stdint.h>

/* libFuzzer's entry: it calls `test` with one input after the other, and does not return before it is done. */
int LLVMFuzzerRunDriver(int *count, char ***arguments, int (*test)(const uint8_t *bytes, size_t count));
