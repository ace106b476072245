// Valgrind 3.19 (Debian 12) writes into the mask that a program gives to sigsuspend and crashes where it is constant, as
// libdispatch's is. This one, loaded in front of libc's, gives it a copy.
//   cc -O2 -shared -fPIC -o sigsuspend.so Tests/Benchmarks/sigsuspend.c
#define _GNU_SOURCE
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

int sigsuspend(const sigset_t *mask) {
    sigset_t copy = *mask;
    return syscall(SYS_rt_sigsuspend, &copy, 8);
}
