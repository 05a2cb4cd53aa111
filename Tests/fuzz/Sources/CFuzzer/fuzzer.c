#include "fuzzer.h"

/* libFuzzer brings a main of its own, which wants this. Ours is the one that is called. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count) {
    (void)bytes;
    (void)count;
    return 0;
}
