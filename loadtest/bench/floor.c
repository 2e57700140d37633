/* The kernel's floor: one send() per member and message, and nothing else.
 *
 *   floor PORT MEMBERS MESSAGES RATE PAYLOAD_BYTES
 *
 * Accepts MEMBERS connections, answers each request with a canned upgrade, then sends one WebSocket text frame of
 * PAYLOAD_BYTES to every member RATE times a second. Prints "ready", then one line: CPU microseconds spent, sends done,
 * sends that did not go out whole.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char UPGRADE[] =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";

static double cpu_us(void) {
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1e6 + u.ru_utime.tv_usec + u.ru_stime.tv_usec;
}

int main(int argc, char **argv) {
    if (argc != 6) return 2;
    int members = atoi(argv[2]), messages = atoi(argv[3]), payload = atoi(argv[5]);
    double gap_s = 1.0 / atof(argv[4]);
    if (members < 1 || messages < 1 || payload < 1 || payload > 60000) return 2;

    int one = 1, listener = socket(AF_INET, SOCK_STREAM, 0);
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons((unsigned short)atoi(argv[1]))};
    where.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&where, sizeof where) || listen(listener, 4096)) return 1;
    puts("ready");
    fflush(stdout);

    int *sockets = calloc((size_t)members, sizeof *sockets);
    char request[4096];
    for (int i = 0; i < members; i++) {
        sockets[i] = accept(listener, NULL, NULL);
        if (sockets[i] < 0) return 1;
        setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        size_t got = 0;
        do {
            ssize_t n = recv(sockets[i], request + got, sizeof request - 1 - got, 0);
            if (n <= 0) return 1;
            got += (size_t)n;
            request[got] = 0;
        } while (!strstr(request, "\r\n\r\n") && got < sizeof request - 1);
        if (send(sockets[i], UPGRADE, sizeof UPGRADE - 1, MSG_NOSIGNAL) < 0) return 1;
    }

    size_t head = payload < 126 ? 2 : 4, size = head + (size_t)payload;
    char *frame = malloc(size);
    memset(frame, 'x', size);
    frame[0] = (char)0x81;
    frame[1] = (char)(payload < 126 ? payload : 126);
    if (payload >= 126) {
        frame[2] = (char)(payload >> 8);
        frame[3] = (char)(payload & 0xff);
    }

    sleep(1);
    struct timespec due;
    clock_gettime(CLOCK_MONOTONIC, &due);
    double began = cpu_us();
    long sent = 0, cut_short = 0;
    for (int m = 0; m < messages; m++) {
        for (int i = 0; i < members; i++) {
            if (send(sockets[i], frame, size, MSG_NOSIGNAL | MSG_DONTWAIT) == (ssize_t)size) sent++;
            else cut_short++;
        }
        due.tv_nsec += (long)(gap_s * 1e9);
        while (due.tv_nsec >= 1000000000L) {
            due.tv_nsec -= 1000000000L;
            due.tv_sec++;
        }
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &due, NULL);
    }
    printf("%.0f %ld %ld\n", cpu_us() - began, sent, cut_short);
    fflush(stdout);
    sleep(1);
    return 0;
}
