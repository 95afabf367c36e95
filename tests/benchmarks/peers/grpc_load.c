/* Load a gRPC server with one unary call over and over and check each reply; wrk for gRPC.
 *
 *     grpc_load PORT PATH CONNECTIONS SECONDS FOLDER
 *
 * FOLDER has the files `request` (a message), `prefix` and `suffix` (what each reply begins and ends
 * with) and `longest` (bytes of the longest right reply). One call at a time on each connection, all
 * in one thread. Calls under way at the end are waited for and counted. Prints one line of JSON.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME = 5, MAX_CONNECTIONS = 1024, WINDOW = 1 << 30, STUCK_MS = 30000 };

typedef struct {
    uint8_t *at;
    size_t length;
} Bytes;

typedef struct {
    int fd;
    nghttp2_session *session;
    Bytes reply;
    size_t room, sent;
    const uint8_t *out; /* what nghttp2 wants to send and the socket has not taken */
    size_t out_length;
    double started;
    int is_http_ok, is_grpc_ok, is_busy;
} Connection;

static Bytes request, prefix, suffix;
static size_t longest;
static const char *path;
static Connection connections[MAX_CONNECTIONS];
static double *latencies;
static size_t done, latencies_room, wrong, refused;
static char why[256]; /* of the first refusal */
static double stop_at;

static void die(const char *what) {
    fprintf(stderr, "grpc_load: %s: %s\n", what, errno ? strerror(errno) : "");
    exit(1);
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + time.tv_nsec / 1e9;
}

static Bytes read_file(const char *folder, const char *name, size_t room_before) {
    char file_name[4096];
    snprintf(file_name, sizeof file_name, "%s/%s", folder, name);
    FILE *file = fopen(file_name, "rb");
    if (!file) die(file_name);
    fseek(file, 0, SEEK_END);
    Bytes bytes = {NULL, room_before + (size_t)ftell(file)};
    rewind(file);
    bytes.at = calloc(1, bytes.length + 1);
    size_t length = bytes.length - room_before;
    if (fread(bytes.at + room_before, 1, length, file) != length) die(file_name);
    fclose(file);
    return bytes;
}

/* gRPC over HTTP/2, “Length-Prefixed-Message → Compressed-Flag Message-Length Message”. */
static int is_right(const Connection *on) {
    if (!on->is_http_ok || !on->is_grpc_ok || on->reply.length < FRAME) return 0;
    const uint8_t *message = on->reply.at + FRAME;
    size_t length = on->reply.length - FRAME;
    return length >= prefix.length + suffix.length && length <= longest &&
           !memcmp(message, prefix.at, prefix.length) &&
           !memcmp(message + length - suffix.length, suffix.at, suffix.length);
}

static ssize_t give_request(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
                            uint32_t *flags, nghttp2_data_source *source, void *user) {
    (void)session, (void)stream, (void)source;
    Connection *on = user;
    size_t left = request.length - on->sent, length = left < room ? left : room;
    memcpy(to, request.at + on->sent, length);
    on->sent += length;
    if (length == left) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return (ssize_t)length;
}

static nghttp2_nv header(const char *name, const char *value) {
    return (nghttp2_nv){(uint8_t *)name, (uint8_t *)value, strlen(name), strlen(value), 0};
}

static void call(Connection *on) {
    nghttp2_nv headers[] = {
        header(":method", "POST"), header(":scheme", "http"), header(":path", path),
        header(":authority", "localhost"), header("te", "trailers"),
        header("content-type", "application/grpc"), header("user-agent", "grpc-load"),
    };
    nghttp2_data_provider data = {.read_callback = give_request};
    on->sent = on->reply.length = 0;
    on->is_http_ok = on->is_grpc_ok = 0;
    on->is_busy = 1;
    on->started = now();
    if (nghttp2_submit_request(on->session, NULL, headers, 7, &data, NULL) < 0) die("submit");
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
                     size_t name_length, const uint8_t *value, size_t length, uint8_t flags,
                     void *user) {
    (void)session, (void)frame, (void)flags;
    Connection *on = user;
    if (!strcmp((const char *)name, ":status")) on->is_http_ok = length == 3 && !memcmp(value, "200", 3);
    if (!strcmp((const char *)name, "grpc-status")) on->is_grpc_ok = length == 1 && *value == '0';
    int is_told = !strncmp((const char *)name, "grpc-", 5) && !on->is_grpc_ok;
    if (is_told && strlen(why) + name_length + length + 4 < sizeof why)
        sprintf(why + strlen(why), "%s: %.*s. ", name, (int)length, value);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
                   size_t length, void *user) {
    (void)session, (void)flags, (void)stream;
    Connection *on = user;
    if (on->reply.length + length > on->room) {
        on->room = 2 * (on->reply.length + length);
        on->reply.at = realloc(on->reply.at, on->room);
        if (!on->reply.at) die("memory");
    }
    memcpy(on->reply.at + on->reply.length, data, length);
    on->reply.length += length;
    return 0;
}

static int on_close(nghttp2_session *session, int32_t stream, uint32_t code, void *user) {
    (void)session, (void)stream;
    Connection *on = user;
    if (done == latencies_room) {
        latencies_room = latencies_room ? 2 * latencies_room : 4096;
        latencies = realloc(latencies, latencies_room * sizeof *latencies);
        if (!latencies) die("memory");
    }
    double at = now();
    latencies[done++] = at - on->started;
    if (code && !*why) sprintf(why, "HTTP/2 error %u. ", code);
    refused += code != 0 || !on->is_http_ok || !on->is_grpc_ok;
    wrong += code == 0 && on->is_http_ok && on->is_grpc_ok && !is_right(on);
    on->is_busy = 0;
    if (at < stop_at) call(on);
    return 0;
}

static void open_connection(Connection *on, int port, const nghttp2_session_callbacks *callbacks) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    on->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(on->fd, (struct sockaddr *)&address, sizeof address)) die("connect");
    int yes = 1;
    setsockopt(on->fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    fcntl(on->fd, F_SETFL, O_NONBLOCK);
    nghttp2_session_client_new(&on->session, callbacks, on);
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW}};
    nghttp2_submit_settings(on->session, 0, settings, 1);
    nghttp2_session_set_local_window_size(on->session, 0, 0, WINDOW);
    call(on);
}

/* Send what there is; return whether the socket has to be waited for. */
static int flush(Connection *on) {
    for (;;) {
        if (!on->out_length) {
            ssize_t length = nghttp2_session_mem_send(on->session, &on->out);
            if (length < 0) die(nghttp2_strerror((int)length));
            if (!length) return 0;
            on->out_length = (size_t)length;
        }
        ssize_t taken = send(on->fd, on->out, on->out_length, MSG_NOSIGNAL);
        if (taken < 0 && errno == EAGAIN) return 1;
        if (taken < 0) die("send");
        on->out += taken;
        on->out_length -= (size_t)taken;
    }
}

static void receive(Connection *on) {
    static uint8_t buffer[1 << 18];
    ssize_t length = recv(on->fd, buffer, sizeof buffer, 0);
    if (length < 0 && errno == EAGAIN) return;
    errno = length ? errno : 0;
    if (length <= 0) die("the server closed a connection");
    ssize_t taken = nghttp2_session_mem_recv(on->session, buffer, (size_t)length);
    if (taken < 0) die(nghttp2_strerror((int)taken));
}

static void run(int count) {
    struct pollfd polled[MAX_CONNECTIONS];
    for (int busy = 1; busy;) {
        busy = 0;
        for (int i = 0; i < count; i++) {
            int is_full = flush(&connections[i]);
            polled[i] = (struct pollfd){connections[i].fd, POLLIN | (is_full ? POLLOUT : 0), 0};
            busy += connections[i].is_busy;
        }
        if (busy && !poll(polled, (nfds_t)count, STUCK_MS)) die("no reply for 30 seconds");
        for (int i = 0; i < count && busy; i++)
            if (polled[i].revents & ~POLLOUT) receive(&connections[i]);
    }
}

static int by_size(const void *left, const void *right) {
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

static void frame_request(void) {
    uint32_t length = htonl((uint32_t)(request.length - FRAME));
    memcpy(request.at + 1, &length, sizeof length);
}

int main(int argc, char **argv) {
    if (argc != 6 || atoi(argv[3]) < 1 || atoi(argv[3]) > MAX_CONNECTIONS) {
        fprintf(stderr, "usage: grpc_load PORT PATH CONNECTIONS SECONDS FOLDER\n");
        return 2;
    }
    int count = atoi(argv[3]);
    path = argv[2];
    request = read_file(argv[5], "request", FRAME);
    frame_request();
    prefix = read_file(argv[5], "prefix", 0);
    suffix = read_file(argv[5], "suffix", 0);
    longest = strtoul((char *)read_file(argv[5], "longest", 0).at, NULL, 10);
    nghttp2_session_callbacks *callbacks;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_close);
    double start = now();
    stop_at = start + atof(argv[4]);
    for (int i = 0; i < count; i++) open_connection(&connections[i], atoi(argv[1]), callbacks);
    run(count);
    double seconds = now() - start;
    qsort(latencies, done, sizeof *latencies, by_size);
    if (*why) fprintf(stderr, "%s\n", why);
    printf("{\"requests\": %zu, \"seconds\": %.6f, \"wrong\": %zu, \"errors\": %zu, ", done, seconds,
           wrong, refused);
    printf("\"p50_ms\": %.4f, \"p99_ms\": %.4f}\n", latencies[done / 2] * 1e3,
           latencies[done * 99 / 100] * 1e3);
    return 0;
}
