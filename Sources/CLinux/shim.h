// Readiness, counters and timers of Linux (epoll(7), eventfd(2), timerfd_create(2)), accept4(2) and an addition to
// posix_spawn(3) that Swift's Glibc module leaves out.
// Declared under names of our own, not included: the system's headers bring declarations along that the Glibc module
// and other packages' modules have too, and with -O Swift then finds some of them nowhere (SOCK_STREAM).
#ifndef CLINUX_SHIM_H
#define CLINUX_SHIM_H

#define LINUX_READABLE 0x001u
#define LINUX_WRITABLE 0x004u
#define LINUX_FAILED 0x008u
#define LINUX_CLOSED 0x010u
#define LINUX_ENDED 0x2000u
#define LINUX_ONCE 0x40000000u
#define LINUX_ADD 1
#define LINUX_DELETE 2
#define LINUX_MODIFY 3

struct linux_readiness {
    unsigned int events;
    unsigned long long tag;
}
#ifdef __x86_64__
__attribute__((packed))
#endif
;

struct linux_timer {
    long interval_seconds, interval_nanoseconds, seconds, nanoseconds;
};

int linux_queue_create(int flags) __asm__("epoll_create1");
int linux_queue_change(int queue, int operation, int descriptor, struct linux_readiness *what) __asm__("epoll_ctl");
int linux_queue_wait(int queue, struct linux_readiness *ready, int count, int milliseconds) __asm__("epoll_wait");
int linux_counter_create(unsigned int count, int flags) __asm__("eventfd");
int linux_accept(int socket, void *address, unsigned int *length, int flags) __asm__("accept4");
int linux_timer_create(int clock, int flags) __asm__("timerfd_create");
int linux_timer_set(int timer, int flags, const struct linux_timer *when, struct linux_timer *before)
    __asm__("timerfd_settime");
int linux_spawn_close_from(void *actions, int descriptor) __asm__("posix_spawn_file_actions_addclosefrom_np");

#endif
