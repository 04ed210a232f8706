/* SPDX-License-Identifier: MIT */
/*
 * The fixed-count fuzz driver: mutates seeds, keeps every input that reached new code, prints TAP.
 *   fuzz_x               FUZZ_COUNT inputs (20000) from FUZZ_SEED (1)
 *   fuzz_x --seeds DIR   writes the built-in seeds there, for libFuzzer
 *   fuzz_x FILE…         runs these inputs, to repeat a failure
 * Invariant: the same seed, count and binary give the same inputs. The input that ends the process is saved
 * as <program>.crash.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"

enum { MAX_LEN = 65536, MAX_POOL = 4096, MAP_SIZE = 65536, LIMIT_SECONDS = 10 };

void __sanitizer_cov_trace_pc(void);
void __sanitizer_set_death_callback(void (*callback)(void));

static uint8_t seen[MAP_SIZE]; /* code already reached, by hashed address */
static bool fresh;             /* the running input reached something new */
static struct {
    uint8_t *data;
    size_t len;
} pool[MAX_POOL];
static size_t pool_count;
static const uint8_t *current; /* the running input */
static size_t current_len;
static char crash_path[4096];
static uint64_t rng = 1;

__attribute__((weak)) size_t fuzz_seeds(const struct fuzz_seed **seeds)
{
    static const struct fuzz_seed nothing = {"", 0};
    *seeds = &nothing;
    return 1;
}

/* Called from the instrumented code at every branch target. */
void __sanitizer_cov_trace_pc(void)
{
    uintptr_t pc = (uintptr_t)__builtin_return_address(0) - (uintptr_t)&LLVMFuzzerTestOneInput;
    uint8_t *slot = &seen[(pc ^ (pc >> 16)) % MAP_SIZE];
    if (*slot == 0) {
        *slot = 1;
        fresh = true;
    }
}

static void say(const char *text)
{
    ssize_t n = write(STDERR_FILENO, text, strlen(text));
    (void)n;
}

/* Saves the running input; only async-signal-safe calls. */
static void input_save(void)
{
    if (current == NULL)
        return;
    int fd = open(crash_path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0)
        return;
    bool whole = write(fd, current, current_len) == (ssize_t)current_len;
    close(fd);
    say(whole ? "the input is saved in " : "the input is saved in part in ");
    say(crash_path);
    say("\n");
}

static void signal_end(int sig)
{
    say(sig == SIGALRM ? "an input ran longer than its limit\n" : "aborted\n");
    input_save();
    _exit(1);
}

static uint64_t random_next(void)
{
    uint64_t z = (rng += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

static size_t random_below(size_t n)
{
    return n == 0 ? 0 : (size_t)(random_next() % n);
}

/* Runs one input from a heap block of exactly its size, so that any byte read beyond it is reported. */
static void input_run(const uint8_t *data, size_t len)
{
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    if (copy == NULL)
        abort();
    memcpy(copy, data, len);
    current = copy;
    current_len = len;
    fresh = false;
    alarm(LIMIT_SECONDS);
    LLVMFuzzerTestOneInput(copy, len);
    alarm(0);
    current = NULL;
    free(copy);
}

static void pool_add(const uint8_t *data, size_t len)
{
    if (pool_count == MAX_POOL)
        return;
    uint8_t *copy = malloc(len == 0 ? 1 : len);
    if (copy == NULL)
        abort();
    memcpy(copy, data, len);
    pool[pool_count].data = copy;
    pool[pool_count++].len = len;
}

static uint64_t interesting_value(void)
{
    static const uint64_t v[] = {0,          1,          2,          3,          7,          8,
                                 16,         0x7f,       0x80,       0xff,       0x100,      0xfff,
                                 0x1000,     0x7fff,     0x8000,     0xffff,     0x10000,    0x3fffffff,
                                 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, UINT64_MAX, INT64_MAX};
    uint64_t x = v[random_below(sizeof v / sizeof v[0])];
    return random_below(4) == 0 ? x + random_below(5) - 2 : x;
}

static void value_write(uint8_t *b, size_t len)
{
    size_t size = (size_t)1 << random_below(4);
    if (size > len)
        return;
    size_t at = random_below(len - size + 1);
    uint64_t v;
    memset(&v, 0, sizeof v);
    memcpy(&v, b + at, size);
    if (random_below(2) == 0)
        v = interesting_value();
    else
        v += random_below(33) - 16;
    if (random_below(2) == 0)
        at &= ~(size - 1);
    memcpy(b + at, &v, size);
}

/* Changes the input once; gives its new length. */
static size_t input_mutate(uint8_t *b, size_t len)
{
    size_t at = random_below(len), n;
    switch (random_below(9)) {
    case 0:
        if (len != 0)
            b[at] ^= (uint8_t)(1u << random_below(8));
        break;
    case 1:
        if (len != 0)
            b[at] = (uint8_t)random_next();
        break;
    case 2:
    case 3:
    case 4:
        value_write(b, len);
        break;
    case 5: /* cut the end */
        return len - random_below(len + 1) / (1 + random_below(16));
    case 6: /* remove a piece */
        n = random_below(len - at + 1) / (1 + random_below(16));
        memmove(b + at, b + at + n, len - at - n);
        return len - n;
    case 7: /* repeat a piece */
        n = 1 + random_below(64);
        if (n > len - at || len + n > MAX_LEN)
            break;
        memmove(b + at + n, b + at, len - at);
        return len + n;
    default: { /* take a piece from another input */
        size_t other = random_below(pool_count);
        n = random_below(pool[other].len + 1);
        if (at + n > MAX_LEN)
            break;
        memcpy(b + at, pool[other].data + random_below(pool[other].len - n + 1), n);
        return at + n > len ? at + n : len;
    }
    }
    return len;
}

static uint64_t env_number(const char *name, uint64_t otherwise)
{
    const char *s = getenv(name);
    char *end;
    if (s == NULL || *s == '\0')
        return otherwise;
    errno = 0;
    uint64_t v = strtoull(s, &end, 10);
    if (errno != 0 || *end != '\0') {
        fprintf(stderr, "%s: not a number: %s\n", name, s);
        exit(2);
    }
    return v;
}

static void seeds_write(const char *dir)
{
    const struct fuzz_seed *s;
    size_t n = fuzz_seeds(&s);
    for (size_t i = 0; i < n; i++) {
        char path[4096];
        snprintf(path, sizeof path, "%s/seed-%02zu", dir, i);
        FILE *f = fopen(path, "wb");
        if (f == NULL || fwrite(s[i].data, 1, s[i].len, f) != s[i].len || fclose(f) != 0) {
            fprintf(stderr, "%s: %s\n", path, strerror(errno));
            exit(1);
        }
    }
}

static void file_run(const char *path)
{
    static uint8_t b[MAX_LEN];
    FILE *f = fopen(path, "rb");
    if (f == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        exit(1);
    }
    size_t n = fread(b, 1, sizeof b, f);
    fclose(f);
    input_run(b, n);
    printf("# %s: %zu bytes, no defect\n", path, n);
}

static void campaign_run(uint64_t count)
{
    static uint8_t b[MAX_LEN];
    const struct fuzz_seed *s;
    size_t n = fuzz_seeds(&s);
    printf("1..2\n");
    for (size_t i = 0; i < n; i++) {
        input_run(s[i].data, s[i].len);
        if (s[i].len <= MAX_LEN)
            pool_add(s[i].data, s[i].len);
    }
    printf("ok 1 - %zu built-in inputs\n", n);
    fflush(stdout);
    for (uint64_t i = 0; i < count; i++) {
        size_t from = random_below(pool_count), len = pool[from].len;
        memcpy(b, pool[from].data, len);
        for (size_t k = 1 + random_below(6); k > 0; k--)
            len = input_mutate(b, len);
        input_run(b, len);
        if (fresh)
            pool_add(b, len);
    }
    size_t reached = 0;
    for (size_t i = 0; i < MAP_SIZE; i++)
        reached += seen[i];
    printf("ok 2 - %llu mutated inputs\n# %zu code blocks reached, %zu inputs kept\n",
           (unsigned long long)count, reached, pool_count);
}

int main(int argc, char **argv)
{
    if (snprintf(crash_path, sizeof crash_path, "%s.crash", argv[0]) >= (int)sizeof crash_path)
        return 2;
    if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
        seeds_write(argv[2]);
        return 0;
    }
    __sanitizer_set_death_callback(input_save);
    signal(SIGABRT, signal_end);
    signal(SIGALRM, signal_end);
    if (argc > 1) {
        for (int i = 1; i < argc; i++)
            file_run(argv[i]);
        return 0;
    }
    rng = env_number("FUZZ_SEED", 1);
    campaign_run(env_number("FUZZ_COUNT", 20000));
    for (size_t i = 0; i < pool_count; i++)
        free(pool[i].data);
    return 0;
}
