// The floor that the gateway's cost per delivery is compared with: the least a server on Linux can do.
// One thread, one epoll loop, one write(2) per message and listener, nothing kept, nothing checked.
//   cc -O2 -o floor Tests/Benchmarks/floor.c && ./floor 8081      (0: the kernel chooses; the port is printed)
// GET opens a stream; POST sends its body to every stream of its room. The room is the number behind the path's last
// hyphen, so /rooms/bench-1/events and /rooms/bench-1/messages meet, and so do all paths without one. Writes block: a
// listener that does not read holds everybody up, and offered load that is too much shows as POSTs that wait.
#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { LIMIT = 1 << 20, ROOMS = 1 << 16 };
// A room's streams are a list of descriptors; 0 ends it. member[fd] is the room of a stream, plus 1; 0: not a stream.
static int first[ROOMS], after[LIMIT], before[LIMIT], member[LIMIT];
static char request[128 * 1024], frame[128 * 1024];

static void join(int fd, int room) {
    if (member[fd]) return;
    if (first[room]) before[first[room]] = fd;
    after[fd] = first[room], before[fd] = 0, first[room] = fd, member[fd] = room + 1;
}

static void drop(int fd) {
    if (member[fd]) {
        if (before[fd]) after[before[fd]] = after[fd]; else first[member[fd] - 1] = after[fd];
        if (after[fd]) before[after[fd]] = before[fd];
        member[fd] = 0;
    }
    close(fd);
}

static int room(void) {
    char *end = strchr(strchr(request, ' ') + 1, ' '), *hyphen = end ? memrchr(request, '-', end - request) : 0;
    return hyphen ? strtoul(hyphen + 1, 0, 10) % ROOMS : 0;
}

static void serve(int fd) {
    ssize_t n = recv(fd, request, sizeof request - 1, MSG_PEEK);
    if (n <= 0) { drop(fd); return; }
    request[n] = 0;
    char *body = strstr(request, "\r\n\r\n");
    if (!body) return;
    body += 4;
    char *length = strcasestr(request, "\r\ncontent-length:");
    size_t size = length && length < body ? strtoul(length + 17, 0, 10) : 0, head = body - request;
    if (head + size > (size_t)n) return;
    recv(fd, request, head + size, 0);
    if (!strchr(request, ' ')) { drop(fd); return; }
    if (request[0] == 'G') {
        static const char open[] = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n:\n\n";
        write(fd, open, sizeof open - 1);
        join(fd, room());
        return;
    }
    static const char created[] = "HTTP/1.1 201 Created\r\nContent-Length: 0\r\n\r\n";
    write(fd, created, sizeof created - 1);
    int bytes = snprintf(frame, sizeof frame, "data: %.*s\n\n", (int)size, body);
    for (int listener = first[room()]; listener; listener = after[listener]) write(listener, frame, bytes);
}

int main(int argc, char **argv) {
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files), files.rlim_cur = files.rlim_max, setrlimit(RLIMIT_NOFILE, &files);
    int one = 1, door = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), loop = epoll_create1(0);
    struct sockaddr_in address = {AF_INET, htons(argc > 1 ? atoi(argv[1]) : 0), {htonl(INADDR_LOOPBACK)}, {0}};
    socklen_t size = sizeof address;
    setsockopt(door, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(door, (void *)&address, size) || listen(door, 4096)) { perror("floor"); return 1; }
    getsockname(door, (void *)&address, &size);
    printf("%d\n", ntohs(address.sin_port)), fflush(stdout);
    struct epoll_event event = {EPOLLIN, {.fd = door}}, ready[256];
    epoll_ctl(loop, EPOLL_CTL_ADD, door, &event);
    for (;;) {
        int n = epoll_wait(loop, ready, 256, -1);
        for (int i = 0; i < n; i++) {
            if (ready[i].data.fd != door) { serve(ready[i].data.fd); continue; }
            for (int fd; (fd = accept4(door, 0, 0, 0)) >= 0;) {
                setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
                event.data.fd = fd;
                epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
            }
        }
    }
}
