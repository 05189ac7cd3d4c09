/* Preloaded into the gateway: the wall clock is off by as many seconds as the mapped file says. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile long long *offset;

__attribute__((constructor)) static void open_clock(void) {
    int file = open(getenv("TEST_CLOCK"), O_RDONLY);
    void *map = file < 0 ? MAP_FAILED : mmap(0, 8, PROT_READ, MAP_SHARED, file, 0);
    if (map == MAP_FAILED) _exit(99);
    offset = map;
}

int clock_gettime(clockid_t id, struct timespec *time) {
    int outcome = syscall(SYS_clock_gettime, id, time);
    if (outcome == 0 && id == CLOCK_REALTIME) time->tv_sec += *offset;
    return outcome;
}
