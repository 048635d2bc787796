/* What the compiler's C++ library, linked in, takes from a newer C library than the shipped library may ask for. Nobody
 * outside sees these: they are not exported. */
#include <stdint.h>
#include <stdlib.h>
#include <sys/random.h>

/* Whether there is one thread only, so that counting needs no atomic instructions. False is always right. */
extern char __libc_single_threaded;
char __libc_single_threaded = 0;

/* A source of std::random_device. */
uint32_t arc4random(void);
uint32_t arc4random(void) {
    uint32_t value;
    if (getrandom(&value, sizeof value, 0) != (ssize_t)sizeof value) {
        abort();
    }
    return value;
}
